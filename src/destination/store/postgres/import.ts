/** An embedded store copied into an empty database, in one transaction: all of it is there, or nothing. */
import type { DatabaseSync } from 'node:sqlite'
import type { Row } from '../rows.ts'
import { StoreError } from '../store-error.ts'
import { asJson, connectTo, openDatabase, type Session } from './pool.ts'
import { migrate, setMeta } from './schema.ts'

interface Copied {
  readonly table: string
  /** Rows as the embedded store has them, under the names of our columns. */
  readonly select: string
  /** Our columns with their types. */
  readonly columns: Readonly<Record<string, string>>
}

const OUTBOX =
  'seq, id, profile_id, connector, kind, name, properties, traits, time, held_until, status, attempts, due, reason, planned_at, settled_at, identifiers'

const COPIED: readonly Copied[] = [
  {
    table: 'profile',
    select: `select p.id, p.state, 1 as version, p.email, p.seen_at, p.rowid as partition, k.at as look_at
      from profile p left join look k on k.profile_id = p.id`,
    columns: {
      ...{ id: 'text', state: 'text', version: 'bigint', email: 'text', seen_at: 'bigint' },
      ...{ partition: 'integer', look_at: 'bigint' },
    },
  },
  {
    table: 'identity',
    select: 'select key, profile_id from identity',
    columns: { key: 'text', profile_id: 'text' },
  },
  {
    table: 'fact',
    select: 'select profile_id, at, kind, body from fact order by id',
    columns: { profile_id: 'text', at: 'bigint', kind: 'text', body: 'text' },
  },
  {
    table: 'outbox',
    select: `select ${OUTBOX} from outbox order by seq`,
    columns: {
      ...{ seq: 'bigint', id: 'text', profile_id: 'text', connector: 'text', kind: 'text', name: 'text' },
      ...{ properties: 'text', traits: 'text', time: 'bigint', held_until: 'bigint', status: 'text' },
      ...{ attempts: 'integer', due: 'bigint', reason: 'text', planned_at: 'bigint', settled_at: 'bigint' },
      identifiers: 'text',
    },
  },
  {
    table: 'erasure',
    // The log they were to be taken out of stays behind.
    select: 'select profile_id, asked_at, names, 0 as reached, 0 as last from erasure order by id',
    columns: { profile_id: 'text', asked_at: 'bigint', names: 'text', reached: 'bigint', last: 'bigint' },
  },
  {
    table: 'reading',
    select: 'select profile_id, connector, asked_at, due, read_at, attempts from reading',
    columns: {
      ...{ profile_id: 'text', connector: 'text', asked_at: 'bigint', due: 'bigint', read_at: 'bigint' },
      attempts: 'integer',
    },
  },
]

export interface ImportDeps {
  readonly url: string
  /** Closed by nobody else, and read only here. */
  readonly from: DatabaseSync
  /** Of the topic: people are spread over them until they say something. */
  readonly partitions: number
  readonly onProgress: (progress: { readonly table: string; readonly done: number; readonly of: number }) => void
  /** What is to be done before any of it counts. */
  readonly before: () => Promise<void>
}

/** Ids of messages that any partition may meet again. */
export const EVERY_PARTITION: number = -1
const ROWS_AT_ONCE = 500

/**
 * @returns by table, how many rows there are: as many as there were, or it is undone.
 * @throws StoreError when Postgres cannot be used, or is not empty.
 */
export async function importStore(deps: ImportDeps): Promise<ReadonlyMap<string, number>> {
  const database = openDatabase(deps.url)
  try {
    await connectTo(database)
    await migrate(database)
    return await database.transaction(async session => {
      await requireEmpty(session)
      const counts = new Map<string, number>()
      for (const copied of COPIED) counts.set(copied.table, await copyTable(session, copied, deps))
      await copyMeta(session, deps.from)
      await session.query(
        "select setval(pg_get_serial_sequence('inkling.outbox', 'seq'), (select coalesce(max(seq), 0) + 1 from inkling.outbox))",
      )
      await deps.before()
      return counts
    })
  } finally {
    await database.close()
  }
}

async function requireEmpty(session: Session): Promise<void> {
  const { rows } = await session.query(
    'select exists (select 1 from inkling.profile) or exists (select 1 from inkling.consumed where position > 0) as used',
  )
  if (rows[0]?.['used'] === true)
    throw new StoreError('unreadable', 'DATABASE_URL: the database is in use already. Name an empty one.')
}

async function copyTable(session: Session, { table, select, columns }: Copied, deps: ImportDeps): Promise<number> {
  const { from, partitions, onProgress } = deps
  const of = Number(from.prepare(`select count(*) as n from ${table}`).get()?.['n'])
  const names = Object.keys(columns).join(', ')
  const types = Object.entries(columns)
    .map(([name, type]) => `${name} ${type}`)
    .join(', ')
  let rows: Row[] = []
  let done = 0
  const flush = async () => {
    await session.query(
      `insert into inkling.${table} (${names}) select ${names} from json_to_recordset($1::json) as u(${types})`,
      [asJson(rows)],
    )
    done += rows.length
    rows = []
    onProgress({ table, done, of })
  }
  for (const row of from.prepare(select).iterate()) {
    rows.push('partition' in row ? { ...row, partition: Number(row['partition']) % partitions } : row)
    if (rows.length >= ROWS_AT_ONCE) await flush()
  }
  if (rows.length > 0) await flush()
  const { rows: counted } = await session.query(`select count(*) as n from inkling.${table}`)
  const there = Number(counted[0]?.['n'])
  if (there !== of) throw new StoreError('unreadable', `${table}: ${of} rows, of which ${there} came over`)
  return there
}

/** With the salt come the hashes: of people who were forgotten, and of messages that were taken in. */
async function copyMeta(session: Session, from: DatabaseSync): Promise<void> {
  for (const row of from.prepare("select key, value from meta where key = 'salt' or key like 'bookmark %'").all())
    await setMeta(session, String(row['key']), String(row['value']))
  for (const { at, hashes } of from.prepare('select at, hashes from seen_ids order by id').iterate())
    await session.query('insert into inkling.seen_ids (partition, at, hashes) values ($1, $2, $3)', [
      ...[EVERY_PARTITION, at, hashes],
    ])
}
