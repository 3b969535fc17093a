/**
 * Writes both halves of the catalog's destination into a checkout of Segment's repository, and says what the browser half
 * weighs: `npm run catalog:assemble ../action-destinations`.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { bundleAction, EMPTY } from './bundle-action.ts'
import { cloudFiles, webFiles } from './catalog-files.ts'

const [checkout] = process.argv.slice(2)
const web = await webFiles()
const files = [...web, ...cloudFiles()]
if (checkout !== undefined) {
  for (const [path, text] of files) {
    mkdirSync(dirname(join(checkout, path)), { recursive: true })
    writeFileSync(join(checkout, path), text)
  }
}
console.log(files.map(([path]) => path).join('\n'))

const cache = join(import.meta.dirname, '../node_modules/.cache')
mkdirSync(cache, { recursive: true })
const folder = mkdtempSync(join(cache, 'action-'))
try {
  const [whole, empty] = [await bundleAction(web, folder), await bundleAction(EMPTY, folder)].map(
    code => gzipSync(code, { level: 9 }).length,
  )
  console.log(`\nThe browser half: ${whole} bytes gzip, of which ${empty} are Segment's runtime.`)
} finally {
  rmSync(folder, { recursive: true })
}
