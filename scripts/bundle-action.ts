import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { minify } from 'terser'

/** The name under which Segment's bundle of a browser destination is found: the folder's, with a suffix. */
export const LIBRARY = 'inkling-pluginsDestination'

/** What a bundle without any destination holds: what Segment adds to each. */
export const EMPTY: ReadonlyMap<string, string> = new Map([
  [
    'src/index.ts',
    `import { browserDestination } from '@segment/browser-destination-runtime/shim'
    export default browserDestination({ name: 'none', mode: 'device', actions: {}, initialize: async () => ({}) })`,
  ],
])

/**
 * Bundles a browser destination as Segment's build does: one script that leaves a factory in the window.
 *
 * @param files - by path; the entry is the `src/index.ts` among them.
 * @param folder - where to put them: from there the packages they import are found.
 */
export async function bundleAction(files: ReadonlyMap<string, string>, folder: string): Promise<string> {
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  const entry = [...files.keys()].find(path => path.endsWith('src/index.ts'))
  const { outputFiles } = await build({
    stdin: {
      contents: `import factory from './${entry}'; window[${JSON.stringify(LIBRARY)}] = factory`,
      resolveDir: folder,
    },
    ...{ bundle: true, format: 'iife', target: 'es2020', write: false, logLevel: 'warning' },
  })
  const { code = '' } = await minify(outputFiles[0]?.text ?? '', {
    ecma: 2015,
    mangle: true,
    compress: true,
    format: { comments: false },
  })
  return code
}
