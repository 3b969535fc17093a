import { createServer } from 'node:http'
import type { EngagementProperties } from '../../../src/browser-plugin/signals.ts'
import { bundle } from '../../../test/browser-plugin/site.ts'
import { openCollector } from '../../../test/support/collector.ts'
import type { Measured } from '../accuracy/compare.ts'
import { record } from '../accuracy/record.ts'
import { watch } from './watch.ts'

export interface EngineSite {
  readonly origin: string
  /** The totals of each page view as they were last told, in the order in which the views were first told of. */
  told(): readonly Measured[]
  /** Forgets what was told. */
  clear(): void
  /** Messages that came with the id of an earlier one. */
  twice(): number
  close(): Promise<void>
}

export const IDLE_MS = 1500

/** Opens a site with the plugin on every page but `/empty`, and a collector in Segment's place. */
export async function openEngineSite(): Promise<EngineSite> {
  const [collector, script] = await Promise.all([openCollector(), bundle()])
  const setup = { apiHost: collector.apiHost, options: { idleMs: IDLE_MS }, dropAll: false, callsPage: true }
  const server = createServer(({ url = '/' }, response) => {
    const type = url === '/site.js' ? 'text/javascript' : 'text/html'
    response.writeHead(url === '/favicon.ico' ? 404 : 200, { 'content-type': type })
    response.end(url === '/site.js' ? script : url.startsWith('/empty') ? '<!doctype html>' : html(setup, url))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the site listens on no port')
  let from = 0
  const summaries = () => collector.calls.slice(from).filter(({ body }) => body.event === 'Engagement Measured')
  return {
    origin: `http://127.0.0.1:${address.port}`,
    told() {
      const views = new Map<string, Measured>()
      for (const { body } of summaries()) {
        const properties: EngagementProperties = body.properties
        const known = views.get(properties.pageview_id)
        if ((known?.properties.sequence ?? 0) < properties.sequence)
          views.set(properties.pageview_id, { path: body.context.page.path, properties })
      }
      return [...views.values()]
    },
    twice() {
      const ids = summaries().map(({ body }) => body.messageId)
      return ids.length - new Set(ids).size
    },
    clear() {
      from = collector.calls.length
    },
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
      await collector.close()
    },
  }
}

/**
 * What watches stands in the page itself, for a driver does not reach into a page that is prerendered. One page asks the browser
 * to prerender the next one.
 */
function html(setup: object, url: string): string {
  const rules = JSON.stringify({ prerender: [{ urls: ['/prerendered'], eagerness: 'immediate' }] })
  return `<!doctype html><html><head><meta charset="utf-8"><title>${url}</title>
    <script>(${record})();(${watch})()</script>
    ${url === '/prerendering' ? `<script type="speculationrules">${rules}</script>` : ''}</head><body style="margin:0">
    <div data-inkling="card" style="width:300px;height:100px;background:#ddd">card</div>
    <form id="sign-up" style="height:60px;margin:0"><input name="email"><input name="name"></form>
    <a href="${url === '/prerendering' ? '/prerendered' : '/next'}" style="display:block;width:300px;height:40px">next</a>
    <div style="height:3000px"></div>
    <script>window.site=${JSON.stringify(setup)}</script><script src="/site.js"></script></body></html>`
}
