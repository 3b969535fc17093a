/**
 * The raw ceiling of the disk: a bare loop, one thread, writes the rows that the service writes for the same messages, with
 * the same pragmas, and nothing else. What the rows are is found out beforehand and is not in the time.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { defaultPolicy } from '../../src/destination/engine/policy.ts'
import { ingestEntries } from '../../src/destination/ingest.ts'
import { messagesOf } from '../../src/destination/parse.ts'
import type { Addressee } from '../../src/destination/plan.ts'
import { type Rows, toRows } from '../../src/destination/store/commit-rows.ts'
import { createLiveProfiles } from '../../src/destination/store/live-profiles.ts'
import { createSeenIds } from '../../src/destination/store/seen-ids.ts'
import type { Commit, Loaded } from '../../src/destination/store/store.ts'
import { required } from '../plugin/table.ts'
import { requestsIn } from './requests.ts'

/** As many as the service commits together when it has enough of them. */
const MESSAGES_PER_COMMIT = 500
/** In the 5 ms that a group of requests waits for more. */
const SINGLES_PER_COMMIT = 50
const MAILER: Addressee = {
  name: 'klaviyo',
  needs: { event: ['email', 'phone', 'userId'], traits: ['email', 'phone'] },
}

interface Group {
  readonly bodies: readonly Uint8Array[]
  readonly rows: Rows
}

export interface Ceiling {
  readonly messages: number
  readonly perSecond: number
  /** Of what was written for each, without what SQLite adds. */
  readonly bytes: number
}

/** @param stock - of requests, each with `perRequest` messages; the first `skip` only fill the profiles. */
export async function bareSqlite(stock: {
  readonly file: string
  readonly skip: number
  readonly requests: number
  readonly perRequest: number
}): Promise<Ceiling> {
  const folder = mkdtempSync(join(tmpdir(), 'inkling-bare-'))
  try {
    const groups = await groupsOf(stock)
    const [log, store] = ['log', 'store'].map(name => openBare(join(folder, name)))
    const writes = [writerOf(required(log, 'log')), writerOf(required(store, 'store'))] as const
    const atOnce = stock.perRequest === 1 ? SINGLES_PER_COMMIT : MESSAGES_PER_COMMIT / stock.perRequest
    const begun = performance.now()
    for (const { bodies, rows } of groups) {
      for (let at = 0; at < bodies.length; at += atOnce)
        writes[0](bodies.slice(at, at + atOnce).map(body => ['request', body]))
      writes[1](rowsIn(rows))
    }
    const seconds = (performance.now() - begun) / 1000
    for (const db of [log, store]) db?.close()
    const messages = groups.reduce((sum, { rows }) => sum + rows.hashes.length / 8, 0)
    const bytes = groups.reduce(
      (sum, { rows }) => sum + rowsIn(rows).reduce((size, [, value]) => size + value.length, 0),
      0,
    )
    return { messages, perSecond: messages / seconds, bytes: bytes / messages }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

type Row = readonly [table: string, value: string | Uint8Array]

/** Everything a commit appends. Profiles that are written anew are appended here, which costs less than finding theirs. */
function rowsIn({ journal, profiles, facts, deliveries, hashes }: Rows): readonly Row[] {
  return [
    ['journal', journal],
    ['seen', hashes],
    ...profiles.map(({ state }): Row => ['profile', state]),
    ...facts.map(({ body }): Row => ['fact', body]),
    ...deliveries.map((delivery): Row => ['outbox', JSON.stringify(delivery)]),
  ]
}

function openBare(path: string): DatabaseSync {
  const db = new DatabaseSync(path)
  db.exec('pragma journal_mode = wal; pragma synchronous = full; pragma wal_autocheckpoint = 1000')
  for (const table of ['request', 'journal', 'seen', 'profile', 'fact', 'outbox'])
    db.exec(`create table ${table} (id integer primary key, value any not null) strict`)
  return db
}

function writerOf(db: DatabaseSync): (rows: readonly Row[]) => void {
  const tables = ['request', 'journal', 'seen', 'profile', 'fact', 'outbox']
  const inserts = new Map(tables.map(table => [table, db.prepare(`insert into ${table} (value) values (?)`)]))
  return rows => {
    db.exec('begin immediate')
    for (const [table, value] of rows) inserts.get(table)?.run(value)
    db.exec('commit')
  }
}

/** Parses and decides as the service does, and notes what it would have written. */
async function groupsOf({
  file,
  skip,
  requests,
  perRequest,
}: Parameters<typeof bareSqlite>[0]): Promise<readonly Group[]> {
  const live = createLiveProfiles({ most: 1_000_000, journal: 64_000_000 })
  const seen = createSeenIds('0123456789abcdef')
  const groups: Group[] = []
  let [commits, index] = [0, 0]
  let bodies: Uint8Array[] = []
  const store = {
    load: async (keys: readonly Parameters<typeof live.profileOf>[0][]): Promise<Loaded> => ({
      profiles: new Map(keys.flatMap(key => entryOf(key, live.profileOf(key)))),
      seen: new Set(),
    }),
    commit: async (change: Commit) => {
      commits += 1
      const rows = toRows(change, { commit: commits, live, seen })
      live.committed(commits)
      if (index > skip) groups.push({ bodies, rows })
      bodies = []
    },
  }
  const take = async () => {
    const entry = (body: Uint8Array, at: number) => ({
      position: index * 1000 + at,
      call: 'webhook' as const,
      receivedAt: Date.now(),
      body,
    })
    const arrived = bodies.map((body, at) => ({ position: index, messages: messagesOf(entry(body, at)) }))
    await (await ingestEntries({ store, policy: defaultPolicy, connectors: [MAILER] }, arrived, Date.now())).committed
  }
  for (const { body } of requestsIn(file)) {
    index += 1
    bodies.push(Uint8Array.from(body))
    if (bodies.length * perRequest >= MESSAGES_PER_COMMIT) await take()
    if (index >= skip + requests) break
  }
  return groups
}

function entryOf<Key, Value>(key: Key, value: Value | undefined): readonly (readonly [Key, Value])[] {
  return value === undefined ? [] : [[key, value]]
}
