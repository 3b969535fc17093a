/** A Postgres of its own for tests: the machine's programs, a folder that goes with it, a port of loopback. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chownSync, globSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, waitUntil } from './port.ts'

export interface PostgresServer {
  /** Of a superuser, to the database `postgres`. */
  readonly url: string
  /** As a crash would: what was committed is there at the next start. */
  kill(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
}

/** @throws {Error} saying what to install, when the machine has no Postgres. */
export async function startPostgres(): Promise<PostgresServer> {
  const programs = programsIn()
  const folder = mkdtempSync(join(tmpdir(), 'inkling-postgres-'))
  const as = unprivileged()
  if (as !== undefined) chownSync(folder, as.uid, as.gid)
  const port = await freePort()
  const data = join(folder, 'data')
  execFileSync(join(programs, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'], {
    ...as,
    cwd: folder,
    stdio: 'ignore',
  })
  let running: ChildProcess | undefined
  // Whoever started it may be gone before it is stopped.
  process.once('exit', () => running?.kill('SIGKILL'))
  const end = async (signal: NodeJS.Signals) => {
    const ended = running
    running = undefined
    if (ended === undefined || ended.exitCode !== null) return
    await new Promise(resolve => {
      ended.once('exit', resolve)
      ended.kill(signal)
    })
  }
  const start = async () => {
    const options = ['listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`, 'max_connections=300']
    running = spawn(
      join(programs, 'postgres'),
      ['-D', data, '-p', String(port), ...options.flatMap(option => ['-c', option])],
      { ...as, cwd: folder, stdio: 'ignore' },
    )
    await waitUntil('Postgres', async () => {
      execFileSync(join(programs, 'pg_isready'), ['-h', '127.0.0.1', '-p', String(port), '-q'], { ...as, cwd: folder })
    })
  }
  await start()
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    start,
    // SIGQUIT ends it without a word, children and all.
    kill: () => end('SIGQUIT'),
    stop: async () => {
      await end('SIGINT')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function programsIn(): string {
  const debian = globSync('/usr/lib/postgresql/*/bin').toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
  const folders = [...debian.toReversed(), ...(process.env['PATH'] ?? '').split(':')]
  const found = folders.find(folder =>
    ['postgres', 'initdb', 'pg_isready'].every(name => globSync(join(folder, name)).length > 0),
  )
  if (found === undefined)
    throw new Error('no Postgres on this machine: install it (Debian: postgresql), or set TEST_DATABASE_URL to one')
  return found
}

/** Postgres refuses to run as root. */
function unprivileged(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const idOf = (option: string) => Number(execFileSync('id', [option, 'nobody'], { encoding: 'utf8' }))
  return { uid: idOf('-u'), gid: idOf('-g') }
}
