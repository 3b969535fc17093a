import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { BrowserContextOptions, Page, Request } from 'playwright-core'
import type { EngagementOptions } from '../../src/browser-plugin/index.ts'
import { openChromium } from '../support/chromium.ts'
import { type Collected, openCollector } from '../support/collector.ts'

/** How the page under test is set up. */
export interface Site {
  readonly apiHost: string
  readonly options: EngagementOptions
  /** A consent tool's middleware lets nothing through. */
  readonly dropAll: boolean
  readonly callsPage: boolean
  /** Only hover, scroll and dwell are measured. */
  readonly fewSignals: boolean
}

export interface VisitOptions extends Partial<Omit<Site, 'apiHost'>> {
  readonly body: string
  readonly head?: string
  readonly path?: string
  readonly context?: BrowserContextOptions
  readonly before?: (page: Page) => Promise<unknown>
}

export interface Visit {
  readonly page: Page
  /** The summaries that arrived so far. */
  summaries(): readonly Collected[]
  /** Every call that arrived so far. */
  calls(): readonly Collected[]
  /** Resolves with the first summary that fits. */
  summary(fits?: (properties: Collected['body']) => boolean): Promise<Collected>
  /** Resolves with the first call of any kind that fits. */
  received(fits: (call: Collected) => boolean): Promise<Collected>
  /** Resolves once the collector has got something that the page sent after all before. */
  settled(): Promise<void>
  end(): Promise<void>
}

export interface Sites {
  visit(options: VisitOptions): Promise<Visit>
  close(): Promise<void>
}

/** Opens a browser and makes sites to visit in it, each with a collector of its own in Segment's place. */
export async function openSites({ asVisitor = true }: { asVisitor?: boolean } = {}): Promise<Sites> {
  const [{ browser, close }, script] = await Promise.all([openChromium({ asVisitor }), bundle()])

  async function visit({ body, head = '', path = '/', context = {}, before, ...setup }: VisitOptions): Promise<Visit> {
    const collector = await openCollector()
    const site: Site = {
      options: {},
      dropAll: false,
      callsPage: true,
      fewSignals: false,
      ...setup,
      apiHost: collector.apiHost,
    }
    const html = `<!doctype html><html><head><meta charset="utf-8"><title>Shop</title>${head}</head><body style="margin:0">${body}
      <script>window.site=${JSON.stringify(site)}</script><script src="/site.js"></script></body></html>`
    const server = await serve(html, script)
    const browsing = await browser.newContext({ viewport: { width: 800, height: 600 }, ...context })
    // A request that began earlier may arrive later: each goes by a connection of its own.
    const begun = new Set<Request>()
    const isCall = (request: Request) => request.method() === 'POST' && request.url().includes(collector.apiHost)
    browsing.on('request', request => isCall(request) && begun.add(request))
    browsing.on('requestfailed', request => begun.delete(request))
    const page = await browsing.newPage()
    await before?.(page)
    await page.goto(`${server.origin}${path}`)
    await ready(page)
    if (site.callsPage && !site.dropAll) await collector.next(call => call.path === '/v1/p')

    const isSummary = ({ body }: Collected) => body.event === 'Engagement Measured'
    return {
      page,
      summaries: () => collector.calls.filter(isSummary),
      calls: () => collector.calls,
      summary: (fits = () => true) => collector.next(call => isSummary(call) && fits(call.body.properties)),
      received: fits => collector.next(fits),
      async settled() {
        const name = `Settled ${collector.calls.length}`
        await page.evaluate(
          ([host, event]) => fetch(`http://${host}/t`, { method: 'POST', body: JSON.stringify({ event }) }),
          [collector.apiHost, name],
        )
        await collector.next(call => call.body.event === name)
        const due = begun.size
        await collector.next(() => collector.requests() >= due)
      },
      async end() {
        await browsing.close()
        await Promise.all([server.close(), collector.close()])
      },
    }
  }

  return { visit, close }
}

/** Resolves once analytics.js has started on the page. */
export async function ready(page: Page): Promise<void> {
  await page.waitForSelector('html[data-ready]', { state: 'attached' })
}

/** The site script as one file. */
export async function bundle(): Promise<Uint8Array> {
  const entry = fileURLToPath(new URL('./site-script.ts', import.meta.url))
  const built = await build({ entryPoints: [entry], bundle: true, format: 'iife', write: false, logLevel: 'warning' })
  const [file] = built.outputFiles
  if (!file) throw new Error('the site script has no output')
  return file.contents
}

/** Answers every path with the same page, as the server of a single-page site does. */
async function serve(html: string, script: Uint8Array): Promise<{ origin: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const isScript = request.url === '/site.js'
    response.writeHead(request.url === '/favicon.ico' ? 404 : 200, {
      'content-type': isScript ? 'text/javascript' : 'text/html',
    })
    response.end(isScript ? script : html)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the site listens on no port')
  return {
    origin: `http://127.0.0.1:${address.port}`,
    close() {
      server.closeAllConnections()
      return new Promise((resolve, reject) => server.close(error => (error ? reject(error) : resolve())))
    },
  }
}
