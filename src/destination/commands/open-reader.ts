/** The store, to be read only: the file in DATA_DIR, or the database that several processes share. */
import { parseEnvironment } from '../config.ts'
import type { LoggedEntry, LogReader } from '../intake/log.ts'
import { openSqliteLogToRead } from '../intake/sqlite.ts'
import { openSqliteReader } from '../store/sqlite-reader.ts'
import type { SharedStore } from '../store/store.ts'
import { findDataFolder, type Refusable } from './backtest-input.ts'
import type { Terminal } from './command.ts'

export interface Reader extends Pick<SharedStore, 'person' | 'facts' | 'deliveries'> {
  /** @returns the user ids and anonymous ids that mean a profile. */
  keysOf(profileId: string): Promise<readonly string[]>
  /** The requests that are kept, oldest first. */
  openLog(): LogReading
  close(): Promise<void>
}

export interface LogReading {
  readonly batches: AsyncIterable<readonly LoggedEntry[]>
  /** 0–1. */
  progress(): number
  close(): void
}

const ENTRIES_AT_ONCE = 200

export async function openReader({
  environment,
  folder,
  now,
}: Pick<Terminal, 'environment' | 'folder' | 'now'>): Promise<Refusable<Reader>> {
  const parsed = parseEnvironment(environment)
  if (parsed.kind === 'invalid') return { kind: 'invalid', problem: parsed.problems.join('\n') }
  const { scale } = parsed.settings
  if (scale !== undefined) {
    const { openPostgresReader } = await import('../store/postgres/reader.ts')
    const { readTopicOnce } = await import('../intake/kafka/read-topic.ts')
    const reads = await openPostgresReader(scale.databaseUrl)
    return { kind: 'ok', value: { ...reads, openLog: () => readTopicOnce(scale.kafka, now) } }
  }
  const found = findDataFolder(environment, folder)
  if (found.kind === 'invalid') return found
  const { keysOf, close, ...reads } = openSqliteReader(`${found.value}/store.db`)
  return {
    kind: 'ok',
    value: {
      ...reads,
      keysOf: async id => keysOf(id),
      close: async () => close(),
      openLog: () => readLog(openSqliteLogToRead(`${found.value}/log.db`)),
    },
  }
}

function readLog(log: LogReader): LogReading {
  const head = log.head()
  let position = 0
  async function* batches(): AsyncGenerator<readonly LoggedEntry[]> {
    while (position < head) {
      const entries = await log.read(position, ENTRIES_AT_ONCE)
      position = entries.at(-1)?.position ?? head
      yield entries
    }
  }
  return { batches: batches(), progress: () => (head === 0 ? 1 : position / head), close: () => log.close() }
}
