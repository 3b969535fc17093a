/** The destination as a process of its own, exactly as an operator starts it; only its environment is the demo's. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

export interface DestinationOptions {
  readonly dataDir: string
  readonly writeKey: string
  /** Where the platforms are, and the keys they take: variables as in docs/configuration.md. */
  readonly platforms: Readonly<Record<string, string>>
  /** How long it may take to become ready, ms; default 20,000, of which a cold, busy machine needs a tenth. */
  readonly readyWithinMs?: number
}

export interface RunningDestination {
  readonly url: string
  /** Resolves when the process ends, for whatever reason. */
  readonly ended: Promise<Ending>
  /** Ends it as an operator would, and waits. */
  stop(): Promise<void>
}

export interface Ending {
  /** Whether it was asked to end and did. */
  readonly inOrder: boolean
  /** Such as `exit code 1` or `SIGKILL`. */
  readonly how: string
  /** Its latest output, newest last. */
  readonly lastWords: readonly string[]
}

type Child = ChildProcessByStdio<null, Readable, Readable>

const LAST_WORDS = 15
const READY_POLL_MS = 50
// Compiled, this file stands in dist beside the compiled command; in the checkout, both are TypeScript.
const EXTENSION = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
const COMMAND = fileURLToPath(new URL(`../../src/destination/main.${EXTENSION}`, import.meta.url))
/** The demo's own behaviour. */
export const CONFIG: string = fileURLToPath(new URL(`./inkling.config.${EXTENSION}`, import.meta.url))

/** Rejects when it ends or stays silent before it is ready, with its last words in the message. */
export async function startDestination(options: DestinationOptions): Promise<RunningDestination> {
  const child = spawn(process.execPath, [COMMAND, 'serve', '--config', CONFIG], {
    env: { ...systemEnvironment(), ...settings(options) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const started = whenStarted(child)
  const ended = whenEnded(child)
  const deadline = AbortSignal.timeout(options.readyWithinMs ?? 20_000)
  const url = await Promise.race([started.then(url => whenReady(url, deadline)), whenAborted(deadline), ended])
  if (typeof url === 'string') {
    const stop = async () => {
      child.kill('SIGTERM')
      await ended
    }
    return { url, ended, stop }
  }
  child.kill('SIGKILL')
  const { how, lastWords } = await ended
  const why = url === undefined ? 'did not become ready in time' : `ended before it was ready (${how})`
  throw new Error([`the destination ${why}. It said last:`, ...lastWords].join('\n  '))
}

/** Nothing of the caller's own: a demo must never reach a real account whose key happens to be set in this shell. */
function systemEnvironment(): Record<string, string> {
  const names = ['PATH', 'HOME', 'SystemRoot', 'TMPDIR', 'TEMP', 'TZ', 'LANG']
  return Object.fromEntries(
    names.flatMap(name => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value] as const]
    }),
  )
}

function settings(options: DestinationOptions): Record<string, string> {
  return {
    PORT: '0',
    HOST: '127.0.0.1',
    DATA_DIR: options.dataDir,
    SEGMENT_WRITE_KEYS: options.writeKey,
    ...options.platforms,
  }
}

/** @returns the address it chose, as its log tells it. Never settles when it does not come that far. */
function whenStarted(child: Child): Promise<string> {
  return new Promise(resolve => {
    createInterface(child.stdout).on('line', line => {
      if (!line.includes('"started"')) return
      const event: { kind: string; url: string } = JSON.parse(line)
      if (event.kind === 'started') resolve(event.url)
    })
  })
}

function whenEnded(child: Child): Promise<Ending> {
  const lastWords: string[] = []
  for (const output of [child.stdout, child.stderr]) {
    createInterface(output).on('line', line => {
      lastWords.push(line)
      if (lastWords.length > LAST_WORDS) lastWords.shift()
    })
  }
  return new Promise(resolve => {
    child.once('error', error => resolve({ inOrder: false, lastWords, how: error.message }))
    child.once('close', (code, signal) =>
      resolve({ inOrder: code === 0, lastWords, how: signal ?? `exit code ${code}` }),
    )
  })
}

/** @returns the same address once it answers that it is ready; undefined when that comes too late. */
async function whenReady(url: string, deadline: AbortSignal): Promise<string | undefined> {
  while (!deadline.aborted) {
    const answer = await fetch(`${url}/readyz`)
    if (answer.ok) return url
    await new Promise(resolve => setTimeout(resolve, READY_POLL_MS))
  }
  return undefined
}

function whenAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise(resolve => signal.addEventListener('abort', () => resolve(undefined), { once: true }))
}
