/** The built command as a process of its own. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../dist/src/destination/main.js', import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface RunOptions {
  /** Where it is started. */
  readonly folder: string
  readonly env?: Readonly<Record<string, string>>
  /** What it reads from standard input; absent: nothing. */
  readonly input?: string | Uint8Array
}

export function startCommand(args: readonly string[], { folder, env }: RunOptions): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [MAIN, ...args], { cwd: folder, env: { PATH: process.env['PATH'] ?? '', ...env } })
}

export async function runCommand(args: readonly string[], options: RunOptions): Promise<Ended> {
  const child = startCommand(args, options)
  const ended = endOf(child)
  child.stdin.end(options.input ?? '')
  return ended
}

export function endOf(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  const told = { out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => {
    told.out += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    told.err += chunk.toString()
  })
  return new Promise(resolve => child.once('close', code => resolve({ code, ...told })))
}
