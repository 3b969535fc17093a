/**
 * A contract served in a thread of its own: its methods are called by name, and what they return comes back as a promise.
 * Calls of one turn of the event loop travel together, and so do their answers, for a message between threads costs as much
 * as a small call.
 */
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

/** What is called: each takes and returns what can be copied between threads. */
export type Served = Readonly<Record<string, (...args: never[]) => unknown>>

export interface Thread {
  /** @returns what the method returned; rejects with what it threw, or when the thread has ended. */
  call(method: string, args: readonly unknown[], transfer?: readonly ArrayBuffer[]): Promise<unknown>
  /** Calls made before have been answered when it settles. */
  stop(): Promise<void>
}

interface Call {
  readonly id: number
  readonly method: string
  readonly args: readonly unknown[]
}

interface Answer {
  readonly id: number
  readonly value?: unknown
  readonly error?: Thrown
}

/** An error keeps its name and its code on the way. */
interface Thrown {
  readonly name: string
  readonly message: string
  readonly code?: string
}

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/**
 * @param file - the module that calls `serveThread`, with the ending of the sources.
 * @param onLost - called when the thread ends by itself; nothing can be asked of it any more.
 * @returns the thread and what its opening returned; rejects with what that threw.
 */
export async function startThread(
  file: URL,
  options: { readonly data: unknown; readonly onLost: (error: Error) => void },
): Promise<{ readonly thread: Thread; readonly opened: unknown }> {
  // In the package, the sources have been compiled.
  const url = import.meta.url.endsWith('.ts') ? file : new URL(file.href.replace(/\.ts$/, '.js'))
  const worker = new Worker(url, { workerData: options.data })
  const waiting = new Map<number, Waiting>()
  let [calls, transfers]: [Call[], ArrayBuffer[]] = [[], []]
  let last = 0
  let lost: Error | undefined
  let stopping = false

  const settle = ({ id, value, error }: Answer) => {
    const one = waiting.get(id)
    waiting.delete(id)
    if (error === undefined) one?.resolve(value)
    else one?.reject(toError(error))
  }
  const send = () => {
    const [together, moved] = [calls, transfers]
    calls = []
    transfers = []
    sendAll(together, moved)
  }
  const sendAll = (together: readonly Call[], moved: readonly ArrayBuffer[]) => {
    try {
      worker.postMessage(together, moved)
    } catch (error) {
      // One of them cannot be copied, and nothing was sent: the others are not to blame.
      if (together.length === 1) for (const { id } of together) settle({ id, error: toThrown(error) })
      else for (const one of together) sendAll([one], [])
    }
  }
  const call: Thread['call'] = (method, args, transfer = []) =>
    new Promise((resolve, reject) => {
      if (lost !== undefined) return reject(lost)
      last += 1
      waiting.set(last, { resolve, reject })
      if (calls.length === 0) setImmediate(send)
      calls.push({ id: last, method, args })
      transfers.push(...transfer)
    })
  const lose = (error: Error) => {
    if (lost !== undefined) return
    lost = error
    for (const { reject } of waiting.values()) reject(error)
    waiting.clear()
    if (!stopping) options.onLost(error)
  }
  worker.on('message', (answers: readonly Answer[]) => {
    for (const answer of answers) settle(answer)
  })
  worker.on('error', error => lose(error instanceof Error ? error : new Error(String(error))))
  worker.on('exit', code => lose(new Error(`a thread of the service has ended with ${code}`)))
  const thread: Thread = {
    call,
    stop: async () => {
      stopping = true
      await call(STOP, []).catch(() => undefined)
      await worker.terminate()
    },
  }
  try {
    return { thread, opened: await call(OPEN, []) }
  } catch (error) {
    stopping = true
    await worker.terminate()
    throw error
  }
}

const OPEN = '(open)'
const STOP = '(stop)'

/**
 * In the thread's module: opens what it serves, and serves it.
 *
 * @param open - is given what the thread was started with; `opened` is told to whoever started it.
 */
export function serveThread(open: (data: never) => { readonly served: Served; readonly opened: unknown }): void {
  if (isMainThread || parentPort === null) throw new Error('this module is the inside of a thread')
  const port = parentPort
  let served: Served = {}
  let answers: Answer[] = []
  const underWay = new Set<Promise<void>>()
  const answer = (one: Answer) => {
    if (answers.length === 0)
      setImmediate(() => {
        port.postMessage(answers)
        answers = []
      })
    answers.push(one)
  }
  const run = async ({ method, args }: Call): Promise<unknown> => {
    if (method === STOP) return Promise.allSettled(underWay).then(() => undefined)
    if (method === OPEN) {
      const made = open(workerData as never)
      served = made.served
      return made.opened
    }
    const found = Object.hasOwn(served, method) ? served[method] : undefined
    if (found === undefined) throw new Error(`the thread serves no ${method}`)
    return found(...(args as never[]))
  }
  port.on('message', (calls: readonly Call[]) => {
    for (const call of calls) {
      const done = run(call)
        .then(
          value => answer({ id: call.id, value }),
          (error: unknown) => answer({ id: call.id, error: toThrown(error) }),
        )
        .finally(() => underWay.delete(done))
      underWay.add(done)
    }
  })
}

function toThrown(error: unknown): Thrown {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) }
  const { name, message } = error
  return 'code' in error ? { name, message, code: String(error.code) } : { name, message }
}

function toError({ name, message, code }: Thrown): Error {
  const error = new Error(message)
  error.name = name
  return code === undefined ? error : Object.assign(error, { code })
}
