/** Writes `catalog/destination-function.js`, to be pasted into Segment, from its source: `npm run catalog:function`. */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
export const FUNCTION: string = join(root, 'catalog/destination-function.js')

/** @returns the source without its types and exports, for Segment finds each handler by its name. */
export function functionText(): string {
  const source = readFileSync(join(root, 'catalog/function/destination-function.ts'), 'utf8')
  const script = stripTypeScriptTypes(source).replace(/^export /gm, '')
  // Where the types stood, there are gaps.
  const biome = join(root, 'node_modules/.bin/biome')
  return execFileSync(biome, ['format', '--stdin-file-path=function.js'], {
    cwd: root,
    input: script,
    encoding: 'utf8',
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(FUNCTION, functionText())
