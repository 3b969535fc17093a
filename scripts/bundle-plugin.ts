import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { minify } from 'terser'

const FOLDER = fileURLToPath(new URL('../src/browser-plugin', import.meta.url))

/** Everything the plugin's entry offers; a bundler drops what a site does not import. */
export const WHOLE = `export * from './index.ts'`

/**
 * Bundles a script that imports from the plugin's folder, as small as it gets: terser finds what esbuild leaves.
 *
 * @param globalName - makes a script that puts its exports there; without one it is a module.
 */
export async function bundlePlugin(contents: string, globalName?: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: FOLDER, loader: 'ts' },
    bundle: true,
    platform: 'browser',
    target: 'es2022',
    legalComments: 'none',
    logLevel: 'warning',
    write: false,
    ...(globalName ? { format: 'iife', globalName } : { format: 'esm' }),
  })
  const { code = '' } = await minify(outputFiles[0]?.text ?? '', {
    module: !globalName,
    ecma: 2020,
    compress: { passes: 4, unsafe_arrows: true, pure_getters: true, keep_fargs: false },
    ...(globalName && { mangle: { reserved: [globalName] } }),
  })
  return code
}
