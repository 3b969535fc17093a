/**
 * A page of a site whose source is connected to the destination in Segment's catalog: the snippet, analytics.js, and the
 * browser half, all from where Segment's CDN would be. Everything is on loopback.
 */
import { mkdirSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { join, resolve } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { bundleAction, LIBRARY } from '../../../scripts/bundle-action.ts'
import { webFiles } from '../../../scripts/catalog-files.ts'
import { installClock } from '../../browser-plugin/use-sites.ts'
import { type OpenChromium, openChromium } from '../../support/chromium.ts'
import { type Collected, type Collector, openCollector } from '../../support/collector.ts'

/** What the source's owner chose in Segment, and what the page does. */
export interface Connected {
  /** The fields of the mapping. */
  readonly mapping?: object
  /** The mappings of the connection, in the place of one that is enabled for every event. */
  readonly subscriptions?: readonly object[]
  /** How many times the source is connected to the destination. */
  readonly connections?: number
  /** `integrations` at load. */
  readonly integrations?: object
  /** Runs after the snippet, before analytics.js loads. */
  readonly setup?: string
  /** Runs in the page before anything else. */
  readonly init?: string
  /** Changes the browser half before it is served. */
  readonly change?: (script: string) => string
}

export interface Visited {
  readonly page: Page
  readonly collector: Collector
  /** The paths that the page asked for. */
  readonly asked: readonly string[]
  /** What went wrong in the page without being caught. */
  readonly errors: readonly string[]
  /** Resolves with the first summary that arrives, and fits. */
  summary(fits?: (properties: Collected['body']) => boolean): Promise<Collected['body']>
}

export const TRIGGER = 'type = "track" or type = "identify" or type = "page" or type = "group" or type = "alias"'

/** What Segment's snippet does: an array in the place of `analytics` keeps the calls until the library comes. */
const SNIPPET = `{
  const analytics = window.analytics = []
  for (const method of ['page', 'track', 'identify', 'group', 'alias', 'ready', 'register', 'addSourceMiddleware'])
    analytics[method] = (...args) => { analytics.push([method, ...args]); return analytics }
  analytics._writeKey = 'wk'
  analytics._cdn = location.origin
}`

const PAGE = `<!doctype html><title>Shop</title><script src="/setup.js"></script><body style="margin:0">
  <div data-inkling="card" style="height:200px">card</div></body>`

/** Opens one browser for the tests of a file, bundles the browser half once, and ends each visit after its test. */
export function useConnectedSites(): (connected?: Connected) => Promise<Visited> {
  let chromium: OpenChromium
  let bundle: string
  let endings: (() => Promise<unknown>)[] = []
  beforeAll(async () => {
    const [opened, bundled] = await Promise.all([openChromium({ asVisitor: true }), bundleHalf()])
    chromium = opened
    bundle = bundled
  })
  afterAll(() => chromium.close())
  afterEach(async () => {
    for (const end of endings.toReversed()) await end()
    endings = []
  })

  return async (connected = {}) => {
    const collector = await openCollector()
    const asked: string[] = []
    const files = filesOf(connected, collector.apiHost, bundle)
    const server = createServer(async (request, response) => {
      const path = request.url ?? '/'
      asked.push(path)
      const file = await files(path)
      const type = path.endsWith('.js')
        ? 'text/javascript'
        : path.endsWith('settings')
          ? 'application/json'
          : 'text/html'
      response.writeHead(200, { 'content-type': type }).end(file ?? PAGE)
    })
    const origin = await listen(server)
    const context = await chromium.browser.newContext({ viewport: { width: 800, height: 600 } })
    endings = [() => collector.close(), () => closed(server), () => context.close()]
    const page = await context.newPage()
    const errors: string[] = []
    page.on('pageerror', error => errors.push(error.message))
    if (connected.init) await page.addInitScript(connected.init)
    await installClock(page)
    await page.goto(origin)
    await page.waitForSelector('html[data-ready]', { state: 'attached' })
    return {
      ...{ page, collector, asked, errors },
      async summary(fits = () => true) {
        const isIt = ({ body }: Collected) => body.event === 'Engagement Measured' && fits(body.properties)
        return (await collector.next(isIt)).body
      },
    }
  }
}

/** The browser half as it goes to Segment, bundled. */
export async function bundleHalf(): Promise<string> {
  const cache = resolve('node_modules/.cache')
  mkdirSync(cache, { recursive: true })
  const folder = await mkdtemp(join(cache, 'action-'))
  try {
    return await bundleAction(await webFiles(), folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

function filesOf(connected: Connected, apiHost: string, bundle: string): (path: string) => Promise<string | undefined> {
  const { integrations = {}, setup = '', change = (script: string) => script } = connected
  const options = { integrations: { 'Segment.io': { apiHost, protocol: 'http' }, ...integrations } }
  const library = 'node_modules/@segment/analytics-next/dist/umd'
  return async path => {
    if (path === '/v1/projects/wk/settings') return JSON.stringify(settingsOf(connected))
    if (path.startsWith('/next-integrations/')) return change(bundle)
    if (path === '/analytics.js') return readFile(`${library}/standalone.js`, 'utf8')
    if (path === '/inkling.js') return readFile('dist/inkling.js', 'utf8')
    if (path.startsWith('/analytics-next/bundles/')) return readFile(`${library}/${path.split('/').at(-1)}`, 'utf8')
    if (path !== '/setup.js') return undefined
    return `${SNIPPET}
      analytics._loadOptions = ${JSON.stringify(options)}
      ${setup}
      analytics.page()
      analytics.ready(() => { document.documentElement.dataset.ready = 'yes' })
      const script = document.createElement('script')
      script.src = '/analytics.js'
      document.head.append(script)`
  }
}

/** What Segment's CDN answers for the source. */
function settingsOf({ mapping = {}, subscriptions, connections = 1 }: Connected): object {
  const one = {
    name: 'Engagement Plugin',
    enabled: true,
    partnerAction: 'engagementPlugin',
    subscribe: TRIGGER,
    mapping,
  }
  const plugin = {
    name: 'Inkling',
    creationName: 'Inkling',
    libraryName: LIBRARY,
    // analytics.js puts the CDN it came from in the place of this one.
    url: 'https://cdn.segment.com/next-integrations/actions/inkling-plugins/1.js',
    settings: { versionSettings: { componentTypes: [] }, subscriptions: subscriptions ?? [one] },
  }
  return {
    integrations: { 'Segment.io': { apiKey: 'wk' } },
    metrics: { sampleRate: 0 },
    remotePlugins: Array.from({ length: connections }, () => plugin),
  }
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>(listening => server.listen(0, '127.0.0.1', listening))
  const bound = server.address()
  return `http://127.0.0.1:${typeof bound === 'object' ? bound?.port : ''}/`
}

function closed(server: Server): Promise<unknown> {
  server.closeAllConnections()
  return new Promise(done => server.close(done))
}
