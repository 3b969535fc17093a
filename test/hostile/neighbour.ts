/**
 * Somebody who sends as they always do while others do their worst, in a thread of their own: a signed webhook ten times a
 * second, and a look at whether the service is ready. What they met is told when they are asked to stop.
 */
import { createHmac } from 'node:crypto'
import { Agent, request } from 'node:http'
import { fileURLToPath } from 'node:url'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

export interface Met {
  readonly sent: number
  /** Neither 200 nor at all. */
  readonly refused: number
  /** Looks at which the service was not ready. */
  readonly notReady: number
  /** ms until the answer. */
  readonly p50: number
  readonly p99: number
}

export interface Neighbour {
  /** Up to now, and from now on anew. */
  tell(): Promise<Met>
  stop(): Promise<void>
}

const EVERY_MS = 100
const LOOK_EVERY = 5

export function startNeighbour(options: { readonly port: number; readonly secret: string }): Neighbour {
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: options })
  return {
    tell: () =>
      new Promise(resolve => {
        worker.once('message', resolve)
        worker.postMessage('tell')
      }),
    stop: async () => void (await worker.terminate()),
  }
}

if (!isMainThread) {
  const { port, secret }: Parameters<typeof startNeighbour>[0] = workerData
  const agent = new Agent({ keepAlive: true })
  let [sent, refused, notReady, round] = [0, 0, 0, 0]
  let waits: number[] = []
  const ask = (method: string, path: string, body = '', headers: Record<string, string> = {}) =>
    new Promise<number>(resolve => {
      const asked = request({ host: '127.0.0.1', port, agent, method, path, headers }, response => {
        response.resume()
        response.on('end', () => resolve(response.statusCode ?? 0))
      })
      asked.on('error', () => resolve(0))
      asked.end(body)
    })
  const send = async () => {
    const body = JSON.stringify({ type: 'identify', userId: `neighbour-${round % 100}`, messageId: `n-${round}` })
    const begun = performance.now()
    const status = await ask('POST', '/segment', body, {
      'x-signature': createHmac('sha1', secret).update(body).digest('hex'),
    })
    sent += 1
    waits.push(performance.now() - begun)
    if (status !== 200) refused += 1
  }
  setInterval(() => {
    round += 1
    void send()
    if (round % LOOK_EVERY === 0) void ask('GET', '/readyz').then(status => (notReady += status === 200 ? 0 : 1))
  }, EVERY_MS)
  parentPort?.on('message', () => {
    const sorted = waits.sort((a, b) => a - b)
    const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
    const met: Met = { sent, refused, notReady, p50: at(0.5), p99: at(0.99) }
    ;[sent, refused, notReady, waits] = [0, 0, 0, []]
    parentPort?.postMessage(met)
  })
}
