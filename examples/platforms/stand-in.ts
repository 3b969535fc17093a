/**
 * What every platform stand-in has in common: a server on loopback that remembers the requests it saw and can be told to
 * fail. What a request means is the platform's own: it hands in `answer`.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Platform, type ReceivedRequest, write } from './exchange.ts'
import { createFaults, type Fault, type FaultOptions } from './faults.ts'

/** How many requests are remembered; the oldest are forgotten first. */
const REMEMBERED = 10_000

export interface SeenRequest {
  /** Epoch ms. */
  readonly at: number
  readonly method: string
  /** With its query. */
  readonly path: string
  /** The status sent; 0 when the answer was broken off or never came. */
  readonly status: number
}

export interface StandIn {
  /** Such as `http://127.0.0.1:41234`. */
  readonly url: string
  /** The latest requests, refused ones too, oldest first. */
  requests(): readonly SeenRequest[]
  /** Breaks answers from now on. Faults are used up in the order they were given. */
  fail(fault: Fault, options?: FaultOptions): void
  close(): Promise<void>
}

export interface StandInOptions {
  /** 0 for any free one. */
  readonly port: number
  readonly now: () => number
}

/** Listens on loopback only. */
export async function startStandIn(platform: Platform, { port, now }: StandInOptions): Promise<StandIn> {
  const seen: SeenRequest[] = []
  const faults = createFaults(platform)
  const server = createServer((incoming, outgoing) => {
    void receive(incoming, now, platform.maxBodyBytes).then(
      async request => {
        const status = await reply(request, outgoing)
        seen.push({ at: request.at, method: request.method, path: request.url.pathname + request.url.search, status })
        if (seen.length > REMEMBERED) seen.shift()
      },
      // The sender hung up before its request was whole: nothing was asked.
      () => outgoing.destroy(),
    )
  })

  async function reply(request: ReceivedRequest, outgoing: ServerResponse): Promise<number> {
    const fault = faults.next(request.url.pathname)
    const answer = fault === undefined || fault.afterRecording ? platform.answer(request) : undefined
    if (fault !== undefined) return faults.show(fault.fault, answer, outgoing)
    if (answer === undefined) return 0
    write(outgoing, answer)
    return answer.status
  }

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${portOf(server.address())}`,
    requests: () => [...seen],
    fail: faults.add,
    close: () =>
      new Promise<void>((resolve, reject) => {
        faults.stop()
        server.close(error => (error === undefined ? resolve() : reject(error)))
        server.closeAllConnections()
      }),
  }
}

async function receive(incoming: IncomingMessage, now: () => number, maxBytes: number): Promise<ReceivedRequest> {
  const at = now()
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of incoming) {
    // The rest is read and dropped, so that the sender gets an answer instead of a reset.
    if (bytes <= maxBytes) chunks.push(Buffer.from(chunk))
    bytes += chunk.length
  }
  const headers = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)])
  return {
    at,
    method: incoming.method ?? 'GET',
    url: new URL(incoming.url ?? '/', 'http://127.0.0.1'),
    headers: Object.fromEntries(headers),
    body: Buffer.concat(chunks).subarray(0, maxBytes + 1),
  }
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the stand-in listens on no port')
  return address.port
}
