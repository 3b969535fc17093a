/** The shop and the live page, on loopback: pages, a few files, the accounts as a stream, and questions passed on. */
import { readdir, readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname } from 'node:path'
import { openAccountStream } from './account-stream.ts'
import type { StandIns } from './accounts.ts'
import { renderPage } from './pages.ts'

export interface ShopOptions {
  /** 0: any free one. */
  readonly port: number
  /** Such as `http://127.0.0.1:41234`. */
  readonly destinationUrl: string
  readonly standIns: StandIns
  /** Where the shop's files are; default beside this module. */
  readonly folder?: URL
  readonly fetch?: typeof globalThis.fetch
}

export interface Shop {
  readonly url: string
  close(): Promise<void>
}

const MEDIA: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.html': 'text/html; charset=utf-8',
}
const JSON_MEDIA = 'application/json; charset=utf-8'

/** Rejects with the system's error when the port is taken. */
export async function startShop(options: ShopOptions): Promise<Shop> {
  const { standIns, folder = new URL('./shop/', import.meta.url), fetch = globalThis.fetch } = options
  const destination = new URL(options.destinationUrl)
  const files = await listFiles(folder)
  const stream = openAccountStream(standIns)

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://shop')
    const file = pathname === '/live' ? '/live/live.html' : pathname
    if (pathname === '/live/stream') return stream.join(request, response)
    if (pathname === '/live/why') {
      const asked = await fetch(new URL(`/api/people/${encodeURIComponent(searchParams.get('id') ?? '')}`, destination))
      return send(response, asked.status, asked.headers.get('content-type') ?? JSON_MEDIA, await asked.text())
    }
    if (files.has(file)) {
      return send(response, 200, MEDIA[extname(file)] ?? 'text/plain', await readFile(new URL(`.${file}`, folder)))
    }
    const { status, html } = await renderPage(pathname, folder, destination.host)
    send(response, status, 'text/html; charset=utf-8', html)
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(error => {
      // The destination is restarting, or a file went away; the page says so and asks again.
      if (response.headersSent) response.destroy()
      else send(response, 502, JSON_MEDIA, JSON.stringify({ error: String(error) }))
    })
  })
  const port = await listen(server, options.port)
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      stream.close()
      server.closeAllConnections()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}

/** Only what was there at the start is ever served, so no address can lead out of the folder. */
async function listFiles(folder: URL): Promise<ReadonlySet<string>> {
  const entries = await readdir(folder, { recursive: true })
  const paths = entries.map(entry => `/${entry.replaceAll('\\', '/')}`)
  return new Set(paths.filter(path => extname(path) in MEDIA && !path.startsWith('/pages/') && path !== '/layout.html'))
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

function send(response: ServerResponse, status: number, media: string, body: string | Uint8Array): void {
  response.writeHead(status, { 'content-type': media, 'cache-control': 'no-store' }).end(body)
}
