import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

/** One call as it arrived at the tracking API. */
export interface Collected {
  readonly path: string
  readonly headers: IncomingMessage['headers']
  // biome-ignore lint/suspicious/noExplicitAny: what a client sends is what the tests look into
  readonly body: any
}

export interface Collector {
  /** For `apiHost`, such as 127.0.0.1:41234/v1. */
  readonly apiHost: string
  /** Everything that arrived so far, in order; a batch counts as its calls. */
  readonly calls: readonly Collected[]
  /** How many requests they came in. */
  requests(): number
  /** Resolves with the first call that fits, whether it arrived already or is yet to come. */
  next(fits: (call: Collected) => boolean): Promise<Collected>
  close(): Promise<void>
}

/**
 * A loopback server that answers browsers as Segment's tracking API does and keeps what arrives. It allows just the headers
 * that Segment allows, so whatever needs another one fails its preflight here too.
 */
export async function openCollector(): Promise<Collector> {
  const calls: Collected[] = []
  let requests = 0
  const waiting = new Set<(call: Collected) => void>()

  function collect(call: Collected): void {
    calls.push(call)
    for (const look of waiting) look(call)
  }

  const server = createServer((request, response) => {
    if (request.method === 'OPTIONS') return answer(response, 204)
    if (request.method !== 'POST' || !/^\/v1\/[btipgas]$/.test(request.url ?? '')) return answer(response, 404)
    const chunks: Buffer[] = []
    request.on('data', chunk => chunks.push(chunk))
    request.on('end', () => {
      const { url: path = '', headers } = request
      requests += 1
      const body = JSON.parse(Buffer.concat(chunks).toString())
      for (const call of body.batch ?? [body]) collect({ path, headers, body: call })
      answer(response, 200)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the collector listens on no port')

  return {
    apiHost: `127.0.0.1:${address.port}/v1`,
    calls,
    requests: () => requests,
    next(fits) {
      const found = calls.find(fits)
      if (found) return Promise.resolve(found)
      return new Promise(resolve => {
        const look = (call: Collected) => {
          if (!fits(call)) return
          waiting.delete(look)
          resolve(call)
        }
        waiting.add(look)
      })
    },
    close() {
      server.closeAllConnections()
      return new Promise((resolve, reject) => server.close(error => (error ? reject(error) : resolve())))
    },
  }
}

function answer(response: ServerResponse, status: number): void {
  response.writeHead(status, {
    'access-control-allow-origin': '*',
    'access-control-allow-headers': 'authorization,content-type,x-retry-count',
    'access-control-allow-methods': 'POST',
    'content-type': 'application/json',
  })
  response.end(status === 200 ? '{"success":true}' : undefined)
}
