/** A loopback server that gives the answers a test asks for, and keeps what it was sent. */
import { createServer, type Server } from 'node:http'

export type Scripted =
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly headers?: Record<string, string>
      readonly body?: string
    }
  /** More announced than sent, then a reset. */
  | { readonly kind: 'half-body' }
  /** Headers at once, then a body that never ends. */
  | { readonly kind: 'trickle' }
  | { readonly kind: 'silence' }

export interface Sent {
  readonly method: string
  readonly path: string
  /** Names as they came, and their values. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** An answer, or how it is chosen, for platforms that take several requests for one delivery. */
export type Answering = Scripted | ((sent: Sent) => Scripted)

export interface PlatformServer {
  readonly url: string
  /** What was asked, in order. */
  readonly sent: readonly Sent[]
  /** The next answers, in order; the last one repeats. One that is a function answers what it is asked. */
  answers(...script: readonly Answering[]): void
  close(): Promise<void>
}

export async function startPlatformServer(): Promise<PlatformServer> {
  const sent: Sent[] = []
  let script: readonly Answering[] = []
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk)
    const { method = '', url: path = '', rawHeaders } = incoming
    const pairs = rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [[name, rawHeaders[at + 1] ?? '']] : []))
    const asked = { method, path, headers: Object.fromEntries(pairs), body: Buffer.concat(chunks).toString() }
    sent.push(asked)
    const [first, ...rest] = script
    if (rest.length > 0) script = rest
    if (first === undefined) throw new Error('the test scripted no answer')
    const next = typeof first === 'function' ? first(asked) : first
    if (next.kind === 'answer') outgoing.writeHead(next.status, next.headers).end(next.body)
    if (next.kind === 'trickle') outgoing.writeHead(200, { 'Content-Type': 'application/json' }).write('{')
    if (next.kind === 'half-body') {
      outgoing.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': 100 })
      outgoing.write('{"data":{"ty', () => outgoing.destroy())
    }
  })
  const url = await listening(server)
  return {
    url,
    sent,
    answers: (...given) => {
      script = given
    },
    close: () =>
      new Promise((resolve, reject) => {
        server.close(error => (error === undefined ? resolve() : reject(error)))
        server.closeAllConnections()
      }),
  }
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `http://127.0.0.1:${address.port}`
}
