/** The plugin of the installed package on a page, with the real analytics.js in a real Chromium. */
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, inject, onTestFinished, test } from 'vitest'
import { openChromium } from '../test/support/chromium.ts'
import { openCollector } from '../test/support/collector.ts'
import { root } from './consumer.ts'

const { folder } = inject('consumer')
const ANALYTICS = join(root, 'node_modules/@segment/analytics-next/dist/umd/index.js')
const SCRIPT = join(folder, 'node_modules/segment-inkling/dist/inkling.js')

/** What a site's bundler makes of its own module. */
async function bundle(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: folder },
    ...{ bundle: true, minify: true, format: 'iife', target: 'es2022', write: false },
  })
  return outputFiles[0]?.text ?? ''
}

test.each([
  ['as one script from node_modules', () => readFile(SCRIPT, 'utf8')],
  [
    'in the bundle of a site',
    () => bundle(`import { engagement } from 'segment-inkling/browser'; window.inkling = { engagement }`),
  ],
])('the plugin measures %s', async (_how, script) => {
  const collector = await openCollector()
  const site = await openSite({ '/analytics.js': await readFile(ANALYTICS, 'utf8'), '/inkling.js': await script() })
  const { browser, close } = await openChromium({ asVisitor: true })
  onTestFinished(async () => {
    await close()
    await Promise.all([site.close(), collector.close()])
  })
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(`${site.url}/?${collector.apiHost}`)
  await page.waitForSelector('html[data-ready]', { state: 'attached' })
  await page.mouse.move(100, 14, { steps: 4 })
  await page.close({ runBeforeUnload: true })
  const { body } = await collector.next(({ body }) => body.properties?.reason === 'exit')
  expect(body.event).toBe('Engagement Measured')
})

const HTML = `<!doctype html><title>Shop</title><div data-inkling="card">card</div>
  <script src="/analytics.js"></script><script src="/inkling.js"></script><script>
    const cdnSettings = { integrations: { 'Segment.io': { apiKey: 'wk' } }, metrics: { sampleRate: 0 } }
    const analytics = AnalyticsNext.AnalyticsBrowser.load(
      { writeKey: 'wk', cdnSettings, plugins: [inkling.engagement()] },
      { integrations: { 'Segment.io': { apiHost: location.search.slice(1), protocol: 'http' } } })
    analytics.page()
    analytics.ready(() => { document.documentElement.dataset.ready = 'yes' })
  </script>`

async function openSite(scripts: Readonly<Record<string, string>>) {
  const server = createServer(({ url = '/' }, response) => {
    const script = scripts[url]
    response.writeHead(200, { 'content-type': script === undefined ? 'text/html' : 'text/javascript' })
    response.end(script ?? HTML)
  })
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
  const bound = server.address()
  return {
    url: `http://127.0.0.1:${typeof bound === 'object' ? bound?.port : ''}`,
    close() {
      server.closeAllConnections()
      return new Promise(closed => server.close(closed))
    },
  }
}

test('a bundler leaves out the signals that a site does not measure', async () => {
  const all = await bundle(`import { engagement } from 'segment-inkling/browser'; window.plugin = engagement()`)
  const few = await bundle(
    `import { engagementWith, trackHover, trackScroll } from 'segment-inkling/browser'
     window.plugin = engagementWith([trackHover, trackScroll])`,
  )
  const word = await bundle(
    `import { ENGAGEMENT_MEASURED } from 'segment-inkling/browser'; window.word = ENGAGEMENT_MEASURED`,
  )
  const weigh = (text: string) => `${text.length} bytes, ${gzipSync(text).length} gzipped`
  process.stdout.write(`in a bundle: all signals ${weigh(all)}; hover, scroll and dwell ${weigh(few)}\n`)
  expect(few.length).toBeLessThan(all.length * 0.8)
  expect(word.length).toBeLessThan(200)
})
