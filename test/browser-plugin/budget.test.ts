/** What the plugin weighs after gzip, as it is built. `npm run bench:plugin:size` sets it beside its peers. */
import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { bundlePlugin } from '../../scripts/bundle-plugin.ts'
import { THREE_SIGNALS } from '../../scripts/weigh-plugin.ts'

const gzipped = (code: string | Uint8Array) => gzipSync(code, { level: 9 }).length

test('the script with every signal stays within its byte budget', async ({ annotate }) => {
  const bytes = gzipped(await readFile('dist/inkling.js'))
  await annotate(`the whole script: ${bytes} bytes gzip`)
  expect(bytes).toBeLessThanOrEqual(9310)
  expect(bytes).toBeGreaterThan(1000)
})

test('hover, scroll and dwell with all they stand on stay within their byte budget', async ({ annotate }) => {
  const bytes = gzipped(await bundlePlugin(THREE_SIGNALS))
  await annotate(`three signals: ${bytes} bytes gzip`)
  expect(bytes).toBeLessThanOrEqual(3540)
  expect(bytes).toBeGreaterThan(1000)
})

test('a bundler leaves out the signals that a site does not import', async () => {
  const bundle = async (signals: string) => {
    const { outputFiles } = await build({
      stdin: {
        contents: `import { engagementWith, ${signals} } from './dist/browser.js'; register(engagementWith([${signals}]))`,
        resolveDir: process.cwd(),
      },
      bundle: true,
      minify: true,
      format: 'esm',
      target: 'es2022',
      write: false,
    })
    return outputFiles[0]?.text ?? ''
  }
  const [few, more] = await Promise.all([bundle('trackHover,trackScroll'), bundle('trackHover,trackScroll,trackForm')])
  expect(more).toContain('autofill')
  expect(few).not.toContain('autofill')
  expect(few).not.toContain('data-inkling-section')
})
