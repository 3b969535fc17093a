/** Writes what is derived from the definition in `catalog/cloud`: the types of its settings and fields, and its metadata. */
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { build } from 'esbuild'
import { derivedFiles } from './describe-cloud.ts'

const folder = join(import.meta.dirname, '../catalog/cloud')
const outfile = join(import.meta.dirname, '../node_modules/.cache/inkling/cloud.cjs')

// The sources import each other without extensions, as Segment's repository does, which Node alone does not follow.
await build({
  entryPoints: [join(folder, 'index.ts')],
  ...{ bundle: true, platform: 'node', format: 'cjs', packages: 'external', logLevel: 'warning', outfile },
})
const { default: definition } = createRequire(import.meta.url)(outfile)
for (const [path, text] of derivedFiles(definition)) {
  writeFileSync(join(folder, path), text)
  console.log(path)
}
