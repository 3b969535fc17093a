/** Writes what is derived from the definitions in `catalog/`: the types of their settings and fields, and their metadata. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { build } from 'esbuild'
import { type Definition, derivedFiles } from './describe-destination.ts'

const HALVES = [
  { folder: 'catalog/cloud', sources: '.' },
  { folder: 'catalog/web', sources: 'src', directory: 'inkling-plugins' },
]

const root = join(import.meta.dirname, '..')
for (const { folder, ...place } of HALVES) {
  const definition = await load(join(root, folder, place.sources, 'index.ts'))
  for (const [path, text] of derivedFiles(definition, place)) {
    writeFileSync(join(root, folder, path), text)
    console.log(join(folder, path))
  }
}

/** The sources import each other without extensions, as Segment's repository does, which Node alone does not follow. */
async function load(entry: string): Promise<Definition> {
  const cache = join(root, 'node_modules/.cache/inkling')
  mkdirSync(cache, { recursive: true })
  const outfile = join(cache, 'definition.cjs')
  await build({
    entryPoints: [entry],
    ...{ bundle: true, platform: 'node', format: 'cjs', packages: 'external', logLevel: 'warning', outfile },
  })
  const require = createRequire(import.meta.url)
  delete require.cache[outfile]
  const loaded: { readonly destination?: Definition; readonly default: Definition } = require(outfile)
  return loaded.destination ?? loaded.default
}
