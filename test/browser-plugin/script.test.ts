/** The plugin as one script on a page with Segment's snippet and a strict policy, and what is left of it once it is taken off. */
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { type OpenChromium, openChromium } from '../support/chromium.ts'
import { type Collector, openCollector } from '../support/collector.ts'
import { installClock } from './use-sites.ts'
import { setVisible } from './visibility.ts'

/**
 * What Segment's snippet does: an array in the place of `analytics` keeps the calls until the library comes. The library and
 * its settings come from where `_cdn` says, here from the same server, as a self-hosted installation has it.
 */
const SNIPPET = `{
  const analytics = window.analytics = []
  for (const method of ['page', 'track', 'identify', 'ready', 'register', 'deregister', 'addSourceMiddleware'])
    analytics[method] = (...args) => { analytics.push([method, ...args]); return analytics }
  analytics.load = (key, options) => {
    const script = document.createElement('script')
    script.src = '/analytics.js'
    document.head.append(script)
    analytics._loadOptions = options
  }
  analytics._writeKey = 'wk'
  analytics._cdn = location.origin
}`

const OPTIONS = `{ integrations: { 'Segment.io': { apiHost: API_HOST, protocol: 'http' } } }`
const LOAD = `analytics.load('wk', ${OPTIONS})
  analytics.page()
  analytics.ready(() => { document.documentElement.dataset.ready = 'yes' })`

let chromium: OpenChromium
beforeAll(async () => {
  chromium = await openChromium({ asVisitor: true })
})
afterAll(() => chromium.close())

/** A page whose policy allows its own scripts and nothing inline, and connections to Segment's stand-in. */
async function open(setup: string): Promise<{ page: Page; collector: Collector; complaints: readonly string[] }> {
  const collector = await openCollector()
  const policy = `default-src 'self'; connect-src 'self' http://${new URL(`http://${collector.apiHost}`).host}`
  const files: Record<string, () => Promise<string>> = {
    '/analytics.js': () => readFile('node_modules/@segment/analytics-next/dist/umd/standalone.js', 'utf8'),
    '/analytics-next.js': () => readFile('node_modules/@segment/analytics-next/dist/umd/index.js', 'utf8'),
    '/inkling.js': () => readFile('dist/inkling.js', 'utf8'),
    '/snippet.js': async () => SNIPPET,
    '/setup.js': async () => `const API_HOST = '${collector.apiHost}'; {${setup}}`,
    '/v1/projects/wk/settings': async () =>
      JSON.stringify({ integrations: { 'Segment.io': { apiKey: 'wk' } }, metrics: { sampleRate: 0 } }),
  }
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '/'
    const file = await files[path]?.()
    const type = path.endsWith('.js') ? 'text/javascript' : path.endsWith('settings') ? 'application/json' : 'text/html'
    response.writeHead(200, { 'content-type': type, 'content-security-policy': policy })
    response.end(file ?? HTML)
  }
  const server = createServer(answer)
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
  const context = await chromium.browser.newContext({ viewport: { width: 800, height: 600 } })
  onTestFinished(async () => {
    await context.close()
    server.closeAllConnections()
    await Promise.all([new Promise(closed => server.close(closed)), collector.close()])
  })
  const bound = server.address()
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', error => complaints.push(error.message))
  page.on('console', message => {
    if (/Content Security Policy|Inkling/.test(message.text())) complaints.push(message.text())
  })
  await installClock(page)
  await page.addInitScript(COUNT)
  await page.goto(`http://127.0.0.1:${typeof bound === 'object' ? bound?.port : ''}/`)
  await page.waitForSelector('html[data-ready]', { state: 'attached' })
  return { page, collector, complaints }
}

const HTML = `<!doctype html><title>Shop</title><script src="/snippet.js"></script><script src="/analytics-next.js"></script>
  <script src="/inkling.js"></script>  <script src="/setup.js"></script><div data-inkling="card" data-inkling-section="card" id="card">card</div>`

/** Keeps count of what is listened to, timed and observed, told apart by whose script asked for it. */
const COUNT = `{
  const ours = () => new Error().stack.includes('/inkling.js')
  const held = window.held = { listeners: new Set(), timers: new Set(), observers: new Set(), seen: 0 }
  const add = EventTarget.prototype.addEventListener
  EventTarget.prototype.addEventListener = function (type, run, options) {
    if (ours()) {
      const listener = { type }
      held.seen++
      held.listeners.add(listener)
      options?.signal && add.call(options.signal, 'abort', () => held.listeners.delete(listener))
    }
    return add.call(this, type, run, options)
  }
  const { setTimeout: set, clearTimeout: clear } = window
  window.setTimeout = (run, ms, ...args) => {
    const mine = ours()
    const id = set(() => { held.timers.delete(id); run(...args) }, ms)
    if (mine) held.timers.add(id)
    return id
  }
  window.clearTimeout = id => { held.timers.delete(id); clear(id) }
  for (const Observer of [IntersectionObserver, MutationObserver]) {
    const { observe, disconnect } = Observer.prototype
    Observer.prototype.observe = function (...args) { ours() && held.observers.add(this); return observe.apply(this, args) }
    Observer.prototype.disconnect = function () { held.observers.delete(this); return disconnect.call(this) }
  }
}`

async function hover(page: Page): Promise<void> {
  await page.mouse.move(100, 14, { steps: 4 })
  await page.mouse.move(110, 14, { steps: 4 })
  await page.clock.runFor(3500)
}

test.for([
  ['registered before load', `analytics.register(inkling.engagement()); ${LOAD}`],
  ['registered after load', `${LOAD}; analytics.register(inkling.engagement())`],
  ['registered long after load', `${LOAD}; analytics.ready(() => analytics.register(inkling.engagement()))`],
  [
    'given to load as one of its plugins',
    `const loaded = AnalyticsNext.AnalyticsBrowser.load(
       { writeKey: 'wk', cdnURL: location.origin, plugins: [inkling.engagement()] }, ${OPTIONS})
     loaded.page()
     loaded.ready(() => { document.documentElement.dataset.ready = 'yes' })`,
  ],
] as const)('as one script beside the snippet under a strict policy it measures when %s', async ([, setup]) => {
  const { page, collector, complaints } = await open(setup)
  await hover(page)
  const first = await collector.next(({ body }) => body.event === 'Engagement Measured')
  expect(first.body.properties).toMatchObject({ sequence: 1, hovers: [{ element: 'card' }] })
  await page.close({ runBeforeUnload: true })
  const last = await collector.next(({ body }) => body.properties?.reason === 'exit')
  expect(last.body.properties.pageview_id).toBe(first.body.properties.pageview_id)
  expect(complaints).toEqual([])
})

test('the script adds one name to the page and no other', async () => {
  const { page } = await open(`analytics.register(inkling.engagement()); ${LOAD}`)
  await hover(page)
  const plain = await page.context().newPage()
  await plain.goto(`${new URL(page.url()).origin}/v1/projects/wk/settings`)
  const usual = new Set(await plain.evaluate(() => Object.getOwnPropertyNames(window)))
  const added = (await page.evaluate(() => Object.getOwnPropertyNames(window))).filter(
    name => !usual.has(name) && !/^(__|held$|builtins$|analytics|Analytics|webpackChunk_segment|card$)/.test(name),
  )
  expect(added).toEqual(['inkling'])
})

test('a selector that is none is told by analytics.js, and the page goes on without the plugin', async () => {
  const { page, collector } = await open(`analytics.register(inkling.engagement({ sections: '..' })); ${LOAD}`)
  await hover(page)
  await setVisible(page, false)
  const { body } = await collector.next(({ path }) => path === '/v1/p')
  expect(body._metadata.failedInitializations).toContain('Inkling Engagement')
  expect(collector.calls.filter(({ body }) => body.event !== undefined)).toEqual([])
})

test('deregistering leaves no listener, timer or observer behind', async () => {
  const { page } = await open(`analytics.register(inkling.engagement({ sections: '#card' })); ${LOAD}`)
  await page.mouse.wheel(0, 10)
  await hover(page)
  const counts = () =>
    page.evaluate(() => {
      const held: { listeners: Set<object>; timers: Set<number>; observers: Set<object>; seen: number } = Reflect.get(
        window,
        'held',
      )
      return { listeners: held.listeners.size, timers: held.timers.size, observers: held.observers.size }
    })
  const during = await counts()
  expect(during.listeners).toBeGreaterThan(15)
  expect(during.timers).toBeGreaterThan(0)
  expect(during.observers).toBeGreaterThanOrEqual(2)
  await page.evaluate(() => window.analytics.deregister('Inkling Engagement').then(() => undefined))
  await page.clock.runFor(100)
  expect(await counts()).toEqual({ listeners: 0, timers: 0, observers: 0 })
})
