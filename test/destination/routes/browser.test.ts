import { createServer } from 'node:http'
import sparticuz from '@sparticuz/chromium'
import { build } from 'esbuild'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { EdgeEvent } from '../../../src/destination/routes/accept.ts'
import { listening, portOf, startService } from './service.ts'

let browser: Browser
let script: string

beforeAll(async () => {
  const bundle = await build({
    stdin: {
      contents: `import { AnalyticsBrowser } from '@segment/analytics-next'
        window.start = cdnURL => AnalyticsBrowser.load({ writeKey: 'web', cdnURL })`,
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    format: 'iife',
    write: false,
    logLevel: 'error',
  })
  script = bundle.outputFiles[0]?.text ?? ''
  const executablePath = process.env.CHROMIUM_PATH ?? (await sparticuz.executablePath())
  // Not the package's own arguments: they switch the same-origin policy off, and CORS is what is tried here.
  browser = await chromium.launch({ executablePath, args: ['--no-sandbox'], headless: true })
})
afterAll(() => browser.close())

/** A page of another origin than the service. */
async function shopPage(): Promise<Page> {
  const server = await listening(
    createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<title>Shop</title>')
    }).listen(0, '127.0.0.1'),
  )
  const page = await browser.newPage()
  onTestFinished(async () => {
    await page.close()
    server.closeAllConnections()
    await new Promise(done => server.close(done))
  })
  await page.goto(`http://localhost:${portOf(server)}/`)
  return page
}

test('the real analytics.js starts from our settings alone and delivers here, across origins', async () => {
  const service = await startService({ settings: { writeKeys: ['web'] } })
  const page = await shopPage()
  const foreign: string[] = []
  page.on('request', request => {
    if (!/^http:\/\/(localhost|127\.0\.0\.1):/.test(request.url())) foreign.push(request.url())
  })
  await page.addScriptTag({ content: script })
  const answered = page.waitForResponse(response => response.url() === `${service.url}/v1/t`)
  await page.evaluate(`start(${JSON.stringify(service.url)}).track('Product Viewed', { product_id: 'p-1' })`)
  expect((await answered).status()).toBe(200)
  expect(await service.messages()).toMatchObject([
    { type: 'track', event: 'Product Viewed', properties: { product_id: 'p-1' }, context: { page: { title: 'Shop' } } },
  ])
  expect(foreign).toEqual([])
})

test.each(['text/plain', 'application/json'])('a beacon of %s arrives while its page is left', async type => {
  const { promise, resolve } = Promise.withResolvers<EdgeEvent>()
  const service = await startService({ settings: { writeKeys: ['web'] }, onEvent: resolve })
  const page = await shopPage()
  await page.evaluate(
    ([url, body, media]) => {
      addEventListener('pagehide', () => navigator.sendBeacon(url, new Blob([body], { type: media })))
    },
    [`${service.url}/v1/t`, JSON.stringify({ event: 'Left', anonymousId: 'a', writeKey: 'web' }), type] as const,
  )
  await page.goto('about:blank')
  expect(await promise).toMatchObject({ kind: 'request accepted', accepted: 1 })
})
