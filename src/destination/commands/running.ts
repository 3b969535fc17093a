/** Who works over DATA_DIR: the service that runs there and is asked, or nobody, and then this command itself. */
import { mkdirSync } from 'node:fs'
import { parseEnvironment, type Settings } from '../config.ts'
import { openSqliteLog, type SqliteLog } from '../intake/sqlite.ts'
import { FolderInUse, lockFolder } from '../lock.ts'
import { openSqliteStore } from '../store/sqlite.ts'
import type { Store } from '../store/store.ts'
import type { Refusable } from './backtest-input.ts'
import { findDataFolder } from './backtest-input.ts'
import type { Terminal } from './command.ts'

export interface Running {
  /** @returns the JSON of a 2xx answer. @throws {Error} with the service's own words otherwise. */
  ask(path: string, body?: unknown): Promise<unknown>
}

/** Its files, opened as nobody else has them. */
export interface Files {
  readonly dataDir: string
  readonly log: SqliteLog
  readonly store: Store
  close(): Promise<void>
}

export type Place =
  | { readonly kind: 'running'; readonly running: Running }
  | { readonly kind: 'files'; readonly files: Files }

const ANSWERS_WITHIN_MS = 2_000
/** What is asked for may be long. */
const DONE_WITHIN_MS = 600_000

/** Asks the service at HOST and PORT first; where nobody answers, its files are opened. */
export async function findPlace(
  terminal: Pick<Terminal, 'environment' | 'folder' | 'request'>,
): Promise<Refusable<Place>> {
  const parsed = parseEnvironment(terminal.environment)
  if (parsed.kind === 'invalid') return { kind: 'invalid', problem: parsed.problems.join('\n') }
  const { settings } = parsed
  if (await isRunning(settings, terminal.request))
    return { kind: 'ok', value: { kind: 'running', running: reach(settings, terminal.request) } }
  if (settings.scale !== undefined) {
    const problem = `Nobody answers at ${addressOf(settings)}: set HOST and PORT to one of the processes, which does it.`
    return { kind: 'invalid', problem }
  }
  const folder = findDataFolder(terminal.environment, terminal.folder)
  if (folder.kind === 'invalid') return folder
  try {
    return { kind: 'ok', value: { kind: 'files', files: openFiles(folder.value) } }
  } catch (error) {
    if (!(error instanceof FolderInUse)) throw error
    const problem = `${error.message}\nIt does not answer at ${addressOf(settings)}: set HOST and PORT to where it listens.`
    return { kind: 'invalid', problem }
  }
}

function openFiles(dataDir: string): Files {
  mkdirSync(dataDir, { recursive: true })
  const lock = lockFolder(dataDir)
  try {
    const log = openSqliteLog(`${dataDir}/log.db`)
    const store = openSqliteStore(`${dataDir}/store.db`)
    return {
      ...{ dataDir, log, store },
      close: async () => {
        await log.close()
        await store.close()
        lock.release()
      },
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

function addressOf({ host, port }: Settings): string {
  // Whatever listens on every address listens on this one.
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
}

async function isRunning(settings: Settings, request: Terminal['request']): Promise<boolean> {
  try {
    const response = await request(`${addressOf(settings)}/readyz`, { signal: AbortSignal.timeout(ANSWERS_WITHIN_MS) })
    const found: unknown = await response.json()
    return typeof found === 'object' && found !== null && 'ready' in found && 'backlog' in found
  } catch {
    return false
  }
}

function reach(settings: Settings, request: Terminal['request']): Running {
  const { adminToken } = settings
  return {
    ask: async (path, body) => {
      const response = await request(addressOf(settings) + path, {
        signal: AbortSignal.timeout(DONE_WITHIN_MS),
        headers: {
          ...(adminToken !== undefined && { authorization: `Bearer ${adminToken}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
      })
      const found: unknown = await response.json()
      if (response.ok) return found
      throw new Error(`The service answered ${response.status}: ${messageIn(found)}`)
    },
  }
}

function messageIn(found: unknown): string {
  const error = typeof found === 'object' && found !== null && 'error' in found ? found.error : undefined
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : 'nothing more'
}
