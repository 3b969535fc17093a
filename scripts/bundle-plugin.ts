import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { minify } from 'terser'

const FOLDER = fileURLToPath(new URL('../src/browser-plugin', import.meta.url))

/** All that the plugin offers; a bundler drops what a site does not import. */
export const MODULE = `export * from './index.ts'`
/** The plugin for a page without a bundler, under one global name. */
export const SCRIPT = `import { engagement } from './index.ts'; window.inkling = { engagement }`

/** Bundles a script that imports from the plugin's folder, as small as it gets: terser finds what esbuild leaves. */
export async function bundlePlugin(contents: string, format: 'esm' | 'iife' = 'esm'): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: FOLDER, loader: 'ts' },
    bundle: true,
    format,
    target: 'es2022',
    legalComments: 'none',
    logLevel: 'warning',
    write: false,
  })
  const { code = '' } = await minify(outputFiles[0]?.text ?? '', {
    module: format === 'esm',
    ecma: 2020,
    compress: { passes: 4, unsafe_arrows: true, pure_getters: true, keep_fargs: false },
  })
  return code
}
