/** An HTTP server around the app: bounded against slow senders, closed without cutting off answers. */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Listening {
  readonly port: number
  /** Takes no new connection and lets requests under way finish, for at most `graceMs`. */
  close(graceMs: number): Promise<void>
}

/** A sender that has not delivered its headers, or its whole request, by then is cut off. */
const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 30_000
/** Looked at this often. */
const CHECK_EVERY_MS = 5_000
/** A connection on which nothing moves, because its end does not read, is cut off. */
const SILENCE_MS = 60_000
/**
 * How long a connection may rest between two requests. A proxy keeps its own for a minute, as a rule, and sends a request
 * on one of them at any time: whoever closes it first at that moment loses the request. Strangers' connections rest shorter.
 */
const REST_MS = { proxied: 65_000, direct: 5_000 }
/** Each costs some kilobytes; what comes beyond is closed at once. */
const MOST_CONNECTIONS = 12_000
/** Segment and every library send about ten. */
const MOST_HEADERS = 100
const MOST_HEADER_BYTES = 16_384

/** Rejects with the system's error when the address cannot be had. */
export async function listen(
  app: RequestListener,
  address: { readonly host: string; readonly port: number; readonly isProxied?: boolean },
): Promise<Listening> {
  const server = createServer(
    {
      ...{ headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS },
      ...{ connectionsCheckingInterval: CHECK_EVERY_MS, maxHeaderSize: MOST_HEADER_BYTES },
    },
    app,
  )
  server.maxHeadersCount = MOST_HEADERS
  server.maxConnections = MOST_CONNECTIONS
  server.timeout = SILENCE_MS
  server.keepAliveTimeout = address.isProxied === true ? REST_MS.proxied : REST_MS.direct
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(address.port, address.host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  return { port: portOf(server), close: graceMs => closeWithin(server, graceMs) }
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function closeWithin(server: Server, graceMs: number): Promise<void> {
  const cutOff = setTimeout(() => server.closeAllConnections(), graceMs)
  await new Promise<void>(resolve => {
    server.close(() => resolve())
    server.closeIdleConnections()
  })
  clearTimeout(cutOff)
}
