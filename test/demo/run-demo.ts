/** The built command `inkling demo`, run as a newcomer runs it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const COMMAND = fileURLToPath(new URL('../../dist/src/destination/main.js', import.meta.url))

export interface RunningDemo {
  readonly process: ChildProcess
  /** Everything printed so far. */
  output(): string
  errors(): string
  /** Resolves once the output matches; rejects with the output when it ends before that. */
  until(pattern: RegExp): Promise<RegExpExecArray>
  /** Resolves with the exit code. */
  readonly ended: Promise<number | null>
}

/** @param environment - on top of this process's own. */
export function runDemo(args: readonly string[], environment: Readonly<Record<string, string>> = {}): RunningDemo {
  const child = spawn(process.execPath, [COMMAND, 'demo', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  })
  const said = { output: '', errors: '' }
  child.stderr.setEncoding('utf8').on('data', chunk => {
    said.errors += chunk
  })
  child.stdout.setEncoding('utf8').on('data', chunk => {
    said.output += chunk
  })
  const ended = once(child, 'close').then(([code]) => code)
  return {
    process: child,
    output: () => said.output,
    errors: () => said.errors,
    until: pattern =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(said.output)
          if (match) resolve(match)
        }
        child.stdout.on('data', look)
        look()
        ended.then(code => reject(new Error(`ended with ${code} before ${pattern}:\n${said.output}${said.errors}`)))
      }),
    ended,
  }
}
