import { DatabaseSync } from 'node:sqlite'
import { parseEnvironment, type ScaleSettings } from '../config.ts'
import { alone, quarantineOf } from '../dead-letters.ts'
import { openSqliteLog, type SqliteLog } from '../intake/sqlite.ts'
import { lockFolder } from '../lock.ts'
import { parseRequest } from '../parse.ts'
import { openSqliteStore } from '../store/sqlite.ts'
import { findDataFolder } from './backtest-input.ts'
import { type Command, EXIT, type Terminal } from './command.ts'
import { readCommandLine } from './options.ts'
import { createProgress } from './progress.ts'
import { count } from './table.ts'

const HELP = `Usage: inkling migrate

Copies what one machine has kept in DATA_DIR into the Postgres at DATABASE_URL, which must be empty, and what waits in its log
into the topic at KAFKA_BROKERS. The service must be stopped. DATA_DIR stays as it is; counts are compared at the end, and
where they differ nothing has been copied.

Before: "inkling setup kafka" makes the topic. After: "inkling serve", with the same variables, on as many machines as you like.`

const ENTRIES_AT_ONCE = 500
const MOST_REFUSED = 1_000_000
/** No partition of the topic. */
const FROM_ELSEWHERE = -1

export const migrate: Command = async (args, terminal) => {
  const line = readCommandLine(args, { options: {}, operands: 0 }, HELP, terminal)
  if (typeof line === 'number') return line
  const parsed = parseEnvironment(terminal.environment)
  const { DATABASE_URL: _, KAFKA_BROKERS: __, ...alone } = terminal.environment
  const folder = findDataFolder(alone, terminal.folder)
  const problems = parsed.kind === 'invalid' ? parsed.problems : folder.kind === 'invalid' ? [folder.problem] : []
  const scale = parsed.kind === 'ok' ? parsed.settings.scale : undefined
  if (scale === undefined || folder.kind === 'invalid') {
    for (const problem of problems) terminal.err(problem)
    if (problems.length === 0) terminal.err('DATABASE_URL and KAFKA_BROKERS are not set: they say where to.')
    return EXIT.failed
  }
  try {
    return await copy({ dataDir: folder.value, scale }, terminal)
  } catch (error) {
    terminal.err(`Nothing was copied: ${error instanceof Error ? error.message : String(error)}`)
    return EXIT.failed
  }
}

async function copy(
  { dataDir, scale }: { readonly dataDir: string; readonly scale: ScaleSettings },
  terminal: Terminal,
): Promise<number> {
  const lock = lockFolder(dataDir)
  const progress = createProgress(terminal)
  try {
    const { readTopic } = await import('../intake/kafka/setup.ts')
    const { importStore } = await import('../store/postgres/import.ts')
    const topic = await readTopic(scale.kafka)
    if (topic === undefined) {
      terminal.err(`There is no topic ${scale.kafka.topic} yet: "inkling setup kafka" makes it.`)
      return EXIT.failed
    }
    // Closing it writes what stood in the journal alone into the rows.
    const store = openSqliteStore(`${dataDir}/store.db`)
    const cursor = store.cursor()
    await store.close()
    const log = openSqliteLog(`${dataDir}/log.db`)
    const from = new DatabaseSync(`${dataDir}/store.db`, { readOnly: true })
    let [requests, refused] = [0, 0]
    try {
      const counts = await importStore({
        ...{ url: scale.databaseUrl, from, partitions: topic.partitions },
        onProgress: ({ table, done, of }) => progress.show(of === 0 ? 1 : done / of, `${table} ${count(done)}`),
        before: async () => {
          refused = await copyRefused(log, scale)
          requests = await sendRest(log, cursor, scale)
        },
      })
      progress.clear()
      for (const [table, rows] of counts) terminal.out(`  ${count(rows).padStart(12)} ${table}`)
      terminal.out(`  ${count(refused).padStart(12)} messages in quarantine`)
      terminal.out(`  ${count(requests).padStart(12)} requests that were not decided on yet, now in the topic`)
      terminal.out('\nAll of it is there. DATA_DIR is as it was: keep it until you are content.')
      return EXIT.done
    } finally {
      from.close()
      await log.close()
    }
  } finally {
    progress.clear()
    lock.release()
  }
}

/** What was accepted and not decided on. */
async function sendRest(log: SqliteLog, cursor: number, { kafka }: ScaleSettings): Promise<number> {
  const { openTopic } = await import('../intake/kafka/topic.ts')
  const { toRecords } = await import('../intake/kafka/records.ts')
  const topic = openTopic(kafka)
  let position = cursor
  let sent = 0
  try {
    while (position < log.head()) {
      const entries = await log.read(position, ENTRIES_AT_ONCE)
      await Promise.all(
        entries.map(async entry => {
          const parsed = parseRequest(entry.call, entry.body, entry.receivedAt)
          await topic.append(toRecords(entry, [], parsed.kind === 'parsed' ? parsed.messages : []))
        }),
      )
      sent += entries.length
      position = entries.at(-1)?.position ?? log.head()
    }
    return sent
  } finally {
    await topic.close()
  }
}

async function copyRefused(log: SqliteLog, { databaseUrl }: ScaleSettings): Promise<number> {
  const { keepRefusedAt } = await import('../store/postgres/quarantine.ts')
  const found = await quarantineOf(log).list(MOST_REFUSED)
  const refused = []
  for (const [index, one] of found.entries()) {
    const content = await one.content()
    if (content === undefined) continue
    const { call, body, receivedAt } = alone(content, one.id)
    refused.push({ partition: FROM_ELSEWHERE, position: index, index: 0, reason: one.reason, call, receivedAt, body })
  }
  await keepRefusedAt(databaseUrl, refused)
  return refused.length
}
