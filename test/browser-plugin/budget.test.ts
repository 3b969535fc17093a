import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

/** What the plugin may add to a site's own bundle, bytes after gzip. The aim is 6 KB; this is what it costs today. */
const BUDGET = 11_450

test('the plugin stays within its byte budget', async ({ annotate }) => {
  const built = await build({
    stdin: {
      contents: `import { engagement } from './index.ts'; analytics.register(engagement())`,
      resolveDir: folder(),
    },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  })
  const bytes = gzipSync(built.outputFiles[0]?.contents ?? '', { level: 9 }).length
  await annotate(`plugin: ${bytes} bytes gzip of ${BUDGET}`)
  expect(bytes).toBeLessThanOrEqual(BUDGET)
  expect(bytes).toBeGreaterThan(1000)
})

function folder(): string {
  return fileURLToPath(new URL('../../src/browser-plugin', import.meta.url))
}
