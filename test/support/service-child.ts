/** `inkling serve` as a process of its own, to be killed and started again over the same folder and port. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const COMMAND = fileURLToPath(new URL('../../dist/src/destination/main.js', import.meta.url))
/** A cold start on a busy machine takes a tenth of it. */
const READY_WITHIN_MS = 30_000
const LAST_WORDS = 20

export interface ChildOptions {
  readonly dataDir: string
  readonly port: number
  /** Behaviour; the path of a configuration file. */
  readonly config: string
  /** Beside PORT and DATA_DIR. */
  readonly environment: Readonly<Record<string, string>>
  /** Told of each line it says. */
  readonly onLine?: (line: string) => void
}

export interface ServiceChild {
  readonly url: string
  readonly pid: number
  /** Once it listens; rejects with its last words when it ends before. */
  readonly ready: Promise<void>
  /** How it ended: an exit code or a signal. */
  readonly ended: Promise<string>
  /** The latest it said, newest last. */
  lastWords(): readonly string[]
  /** The signal is sent before this returns. */
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<string>
}

export function startChild({ dataDir, port, config, environment, onLine }: ChildOptions): ServiceChild {
  // Of this process's own environment only what finds programs and folders: no key of somebody's shell.
  const { PATH = '', HOME = '', TMPDIR } = process.env
  const child = spawn(process.execPath, ['--max-semi-space-size=64', COMMAND, 'serve', '--config', config], {
    env: {
      PATH,
      HOME,
      ...(TMPDIR !== undefined && { TMPDIR }),
      PORT: String(port),
      DATA_DIR: dataDir,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const words: string[] = []
  const ended = new Promise<string>(resolve => {
    child.once('error', error => resolve(error.message))
    child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`))
  })
  const ready = whenReady(child, ended, line => {
    words.push(line)
    if (words.length > LAST_WORDS) words.shift()
    onLine?.(line)
  })
  // Whoever kills it while it starts does not wait for it to be ready.
  ready.catch(() => undefined)
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    ready,
    ended,
    lastWords: () => [...words],
    kill: signal => {
      child.kill(signal)
      return ended
    },
  }
}

function whenReady(child: ChildProcess, ended: Promise<string>, hear: (line: string) => void): Promise<void> {
  const words: string[] = []
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(['the service did not start:', why, ...words].join('\n  ')))
    const deadline = setTimeout(() => {
      fail(`not ready within ${READY_WITHIN_MS} ms`)
      child.kill('SIGKILL')
    }, READY_WITHIN_MS)
    void ended.then(how => {
      clearTimeout(deadline)
      fail(how)
    })
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue
      createInterface(stream).on('line', line => {
        if (words.length < LAST_WORDS) words.push(line)
        hear(line)
        if (!line.includes('"kind":"started"')) return
        clearTimeout(deadline)
        resolve()
      })
    }
  })
}

/** @returns a port nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise(resolve => server.close(resolve))
  if (typeof address !== 'object' || address === null) throw new Error('no port')
  return address.port
}
