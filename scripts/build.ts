/** Builds `dist/`: the sources as JavaScript with types, the plugin small, as one script and as one module, and the demo shop. */
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, globSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { bundlePlugin, MODULE, SCRIPT } from './bundle-plugin.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
process.chdir(root)

rmSync('dist', { recursive: true, force: true })
execFileSync('tsc', ['-p', 'tsconfig.build.json'], {
  stdio: 'inherit',
  env: { ...process.env, PATH: `${root}/node_modules/.bin:${process.env['PATH']}` },
})
// Nobody imports the demo.
for (const types of globSync('dist/examples/**/*.d.ts')) rmSync(types)
chmodSync('dist/src/destination/main.js', 0o755)
const schema = execFileSync(process.execPath, ['dist/src/destination/main.js', 'check', '--schema'])
writeFileSync('dist/inkling.config.schema.json', schema)

const page = {
  bundle: true,
  minify: true,
  platform: 'browser',
  target: 'es2020',
  legalComments: 'none',
  logLevel: 'warning',
} as const
writeFileSync('dist/inkling.js', await bundlePlugin(SCRIPT, 'iife'))
writeFileSync('dist/browser.js', await bundlePlugin(MODULE))
if (existsSync('examples/demo/shop')) {
  cpSync('examples/demo/shop', 'dist/examples/demo/shop', { recursive: true, filter: path => !path.endsWith('.ts') })
  await build({
    ...page,
    entryPoints: ['examples/demo/shop/shop.ts', 'examples/demo/shop/live/live.ts'],
    format: 'iife',
    outbase: 'examples/demo/shop',
    outdir: 'dist/examples/demo/shop',
  })
}
