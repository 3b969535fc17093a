/**
 * The load, a process of its own: requests from a file over some connections, as fast as they are answered or at a rate.
 * What was answered, and how soon, is printed as one line of JSON.
 *
 * At a rate, a request that is due while every connection is busy waits, and its waiting counts: a slow answer must not
 * make the load lighter.
 */
import { connect, type Socket } from 'node:net'
import { type Request, requestsIn } from './requests.ts'

export interface LoadOptions {
  readonly file: string
  readonly port: number
  readonly path: string
  readonly connections: number
  /** Requests a second; 0: as fast as they are answered. */
  readonly rate: number
  readonly requests: number
  /** Requests of the file that were sent before. */
  readonly skip: number
}

export interface LoadResult {
  readonly answered: number
  /** By status. */
  readonly refused: Readonly<Record<string, number>>
  readonly seconds: number
  /** ms until the answer. */
  readonly p50: number
  readonly p99: number
  readonly max: number
}

const options: LoadOptions = JSON.parse(process.argv[2] ?? '{}')
const source = requestsIn(options.file)
for (let skipped = 0; skipped < options.skip; skipped += 1) source.next()
const waits: number[] = []
const refused: Record<string, number> = {}
let [sent, answered] = [0, 0]
const begun = performance.now()

function next(): { readonly request: Request; readonly dueAt: number } | undefined {
  if (sent >= options.requests) return undefined
  const taken = source.next()
  if (taken.done === true) return undefined
  const dueAt = options.rate === 0 ? performance.now() : begun + (sent / options.rate) * 1000
  sent += 1
  return { request: taken.value, dueAt }
}

function write(socket: Socket, { signature, body }: Request): void {
  socket.cork()
  socket.write(
    `POST ${options.path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\nx-signature: ${signature}\r\ncontent-length: ${body.length}\r\n\r\n`,
    'latin1',
  )
  socket.write(body)
  socket.uncork()
}

/** Answers are small and come in one piece or two: their end is where the announced length is reached. */
function drive(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(options.port, '127.0.0.1')
    let text = ''
    let dueAt = 0
    const go = () => {
      const one = next()
      if (one === undefined) {
        socket.end()
        return resolve()
      }
      dueAt = one.dueAt
      const early = one.dueAt - performance.now()
      if (early > 1) setTimeout(() => write(socket, one.request), early)
      else write(socket, one.request)
    }
    socket.on('connect', go)
    socket.on('error', reject)
    socket.on('data', part => {
      text += part.toString('latin1')
      const head = text.indexOf('\r\n\r\n')
      if (head === -1) return
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0)
      if (text.length < head + 4 + length) return
      const status = text.slice(9, 12)
      text = text.slice(head + 4 + length)
      if (status === '200') {
        answered += 1
        waits.push(performance.now() - dueAt)
      } else refused[status] = (refused[status] ?? 0) + 1
      go()
    })
  })
}

await Promise.all(Array.from({ length: options.connections }, drive))
const seconds = (performance.now() - begun) / 1000
waits.sort((a, b) => a - b)
const at = (share: number) => waits[Math.max(0, Math.ceil(share * waits.length) - 1)] ?? 0
const result: LoadResult = { answered, refused, seconds, p50: at(0.5), p99: at(0.99), max: at(1) }
console.log(JSON.stringify(result))
