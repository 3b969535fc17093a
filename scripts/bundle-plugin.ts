import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { minify } from 'terser'

const FOLDER = fileURLToPath(new URL('../src/browser-plugin', import.meta.url))

/** All that the plugin offers; a bundler drops what a site does not import. */
export const MODULE = `export * from './index.ts'`
/** The plugin for a page without a bundler, under one global name. */
export const SCRIPT = `import { engagement } from './index.ts'; window.inkling = { engagement }`

/**
 * Properties that only our own objects have, and only our own code reads: short in the bundle. None of them may be a name
 * of the browser's, of analytics.js, of an option or of the summary.
 */
const INNER = [
  ...['timer', 'laidOut', 'scrollPosition', 'isVisible', 'guard', 'settle', 'follow', 'tell', 'report'],
  ...['totals', 'scrolled', 'look', 'leave', 'hide', 'show', 'acted', 'trackers', 'claim', 'isClaimed', 'lastInput'],
  ...['viewport', 'windowWidth', 'inView', 'since', 'stage', 'group', 'fields', 'startedAt', 'watched', 'reach'],
  ...[
    'beat',
    'inputAt',
    'restorable',
    'leadsTo',
    'lastAt',
    'calls',
    'forget',
    'isSteady',
    'keep',
    'attendedMs',
    'nameOf',
  ],
]

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
  // One keyword for all declarations repeats better; the compiler has held the constants constant.
  const text = (outputFiles[0]?.text ?? '').replace(/\bconst /g, 'let ')
  const { code = '' } = await minify(text, {
    module: format === 'esm',
    ecma: 2020,
    mangle: { properties: { regex: new RegExp(`^(${INNER.join('|')})$`) } },
    compress: {
      passes: 4,
      unsafe: true,
      unsafe_arrows: true,
      unsafe_comps: true,
      pure_getters: true,
      keep_fargs: false,
    },
  })
  return code
}
