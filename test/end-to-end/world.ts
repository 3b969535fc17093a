/** The whole way on one machine: a page with the real analytics.js and the plugin, the service, a Klaviyo to write to. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Page } from 'playwright-core'
import { openChromium } from '../../examples/demo/chromium.ts'
import { createHand, type Hand } from '../../examples/demo/hand.ts'
import { type KlaviyoStandIn, startKlaviyo } from '../../examples/platforms/klaviyo.ts'
import type { ScaleSettings } from '../../src/destination/config.ts'
import type { InklingConfig } from '../../src/destination/define-config.ts'
import type { Person } from '../../src/destination/explain.ts'
import { listen } from '../../src/destination/listen.ts'
import { parsePolicy } from '../../src/destination/parse-policy.ts'
import { startService } from '../../src/destination/service.ts'

export interface Visitor {
  readonly page: Page
  readonly hand: Hand
  /** Calls analytics.js on the page, as the site's own code does. */
  call(method: 'identify' | 'track' | 'page', ...args: readonly unknown[]): Promise<void>
  /** Closes the tab as a person does. */
  closeTab(): Promise<void>
}

export interface World {
  readonly klaviyo: KlaviyoStandIn
  /** Opens a page of the site in a fresh browser profile. */
  visit(path: string): Promise<Visitor>
  person(id: string): Promise<Person | undefined>
  /** Settles once `holds` is true; asks again whenever Klaviyo got something. */
  until(what: string, holds: () => boolean | Promise<boolean>): Promise<void>
  close(): Promise<void>
}

const PATIENCE_MS = 20_000
const KEY = 'pk_end_to_end'

export async function openWorld({
  config = {},
  asVisitor = true,
  scale,
}: {
  readonly config?: InklingConfig
  readonly asVisitor?: boolean
  /** On a topic and a database, instead of files. */
  readonly scale?: ScaleSettings
} = {}): Promise<World> {
  const parsed = parsePolicy(config)
  if (parsed.kind === 'invalid') throw new Error(parsed.problems.join('\n'))
  const dataDir = mkdtempSync(join(tmpdir(), 'inkling-end-to-end-'))
  const klaviyo = await startKlaviyo({ apiKey: KEY })
  const settings = {
    dataDir,
    ...(scale !== undefined && { scale }),
    segment: { writeKeys: ['wk'] },
    connectors: { klaviyo: { apiKey: KEY, baseUrl: klaviyo.url } },
  }
  const service = await startService({ settings, policy: parsed.policy, onEvent: () => undefined })
  const listening = await listen(service.app, { host: '127.0.0.1', port: 0 })
  const url = `http://127.0.0.1:${listening.port}`
  const site = await openSite(`127.0.0.1:${listening.port}/v1`)
  const { browser, close } = await openChromium({ asVisitor })

  const person = async (id: string): Promise<Person | undefined> => {
    const answer = await fetch(`${url}/api/people/${encodeURIComponent(id)}`)
    return answer.status === 404 ? undefined : await answer.json()
  }
  return {
    klaviyo,
    person,
    visit: async path => {
      const context = await browser.newContext({ viewport: { width: 900, height: 700 } })
      const page = await context.newPage()
      await page.goto(`${site.url}${path}`)
      await page.waitForSelector('html[data-ready]', { state: 'attached' })
      return {
        page,
        hand: createHand(page, Math.random),
        call: async (method, ...args) => {
          await page.evaluate(
            ([name, values]) => Reflect.apply(Reflect.get(window.analytics, name), window.analytics, values),
            [method, args] as const,
          )
        },
        closeTab: async () => {
          const closed = page.waitForEvent('close')
          await page.close({ runBeforeUnload: true })
          // The browser stays open, as a person's does: closing its profile too would cancel what the page sends last.
          await closed
        },
      }
    },
    until: (what, holds) =>
      new Promise((resolve, reject) => {
        const look = async () => {
          if (await holds()) done(resolve)
        }
        const failed = (error: unknown) => done(() => reject(error))
        const stopListening = klaviyo.onChange(() => void look().catch(failed))
        // The service itself tells nobody; what is asked of it is asked again.
        const again = setInterval(() => void look().catch(failed), 100)
        const late = setTimeout(() => failed(new Error(`never came true: ${what}`)), PATIENCE_MS)
        const done = (end: () => void) => {
          stopListening()
          clearInterval(again)
          clearTimeout(late)
          end()
        }
        look().catch(failed)
      }),
    close: async () => {
      await close()
      await listening.close(0)
      await service.stop()
      await Promise.all([klaviyo.close(), site.close()])
      rmSync(dataDir, { recursive: true })
    },
  }
}

/** A site of one long page for every path: a product to hover, a form to fill, text to scroll. */
async function openSite(apiHost: string): Promise<{ readonly url: string; close(): Promise<void> }> {
  const entry = fileURLToPath(new URL('../browser-plugin/site-script.ts', import.meta.url))
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'iife',
    write: false,
    logLevel: 'warning',
  })
  const script = outputFiles[0]?.contents ?? new Uint8Array()
  const setup = JSON.stringify({ apiHost, options: {}, dropAll: false, callsPage: true })
  const html = `<!doctype html><meta charset="utf-8"><title>Ferns</title>
    <body style="margin:0"><div data-inkling="fern" style="height:300px;background:#dfe8df">A fern</div>
    <form id="contact"><input name="full_name" aria-label="Name"><input name="phone" aria-label="Phone"><button>Send</button></form><div style="height:3000px">…</div>
    <script>window.site=${setup}</script><script src="/site.js"></script>`
  const server = createServer((request, response) => {
    response.writeHead(200, {
      'content-type': request.url === '/site.js' ? 'text/javascript' : 'text/html; charset=utf-8',
    })
    response.end(request.url === '/site.js' ? script : html)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
