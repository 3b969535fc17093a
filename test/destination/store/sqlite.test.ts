import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, expect, test } from 'vitest'
import type { Traits } from '../../../src/connectors/connector.ts'
import { openSqliteStore, openThreadedSqliteStore } from '../../../src/destination/store/sqlite.ts'
import { SELECT_DUE, SELECT_READY } from '../../../src/destination/store/sqlite-outbox.ts'
import { storeContract } from '../../contracts/store.ts'
import { traitsOf } from '../../support/deliveries.ts'

storeContract('sqlite', () => openSqliteStore(':memory:'))
storeContract('sqlite, written by a thread of its own', () => openThreadedSqliteStore(file(), () => undefined))

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function file(): string {
  const folder = mkdtempSync(join(tmpdir(), 'inkling-store-'))
  folders.push(folder)
  return join(folder, 'store.db')
}

test('a file written by a newer version is refused, saying what to do', () => {
  const path = file()
  openSqliteStore(path).close()
  const db = new DatabaseSync(path)
  db.exec('pragma user_version = 99')
  db.close()
  expect(() => openSqliteStore(path)).toThrow(/newer Inkling.*DATA_DIR/)
})

test('what was leased when a process ended is leased again by the next', async () => {
  const path = file()
  const commit = { now: 1, profiles: [], merges: [], identities: [], seen: [], facts: [], releases: [], deliveries: [] }
  const first = openSqliteStore(path)
  const { initialState } = await import('../../../src/destination/engine/profile.ts')
  const delivery = {
    id: 'e',
    profileId: 'p',
    connector: 'c',
    kind: 'event' as const,
    name: 'A',
    properties: {},
    traits: {},
    time: 1,
    held: false,
  }
  await first.commit({ ...commit, profiles: [{ id: 'p', state: initialState }], deliveries: [delivery] })
  expect(await first.lease('c', 1, { kinds: ['event', 'traits'], limit: 1 })).toHaveLength(1)
  first.close()
  const second = openSqliteStore(path)
  expect(await second.lease('c', 1, { kinds: ['event', 'traits'], limit: 1 })).toHaveLength(1)
  second.close()
})

test('traits that were on their way when a process ended never undo the newer ones of an event behind them', async () => {
  const path = file()
  const { initialState } = await import('../../../src/destination/engine/profile.ts')
  const nothing = {
    now: 1,
    profiles: [],
    merges: [],
    identities: [],
    seen: [],
    facts: [],
    releases: [],
    deliveries: [],
  }
  const shared = { profileId: 'p', connector: 'c', time: 1, held: false }
  const traits = (id: string, values: Traits) => ({ ...shared, id, kind: 'traits' as const, traits: values })
  const event = { ...shared, id: 'e', kind: 'event' as const, name: 'A', properties: {}, traits: { level: 'high' } }
  const first = openSqliteStore(path)
  await first.commit({
    ...nothing,
    profiles: [{ id: 'p', state: initialState }],
    deliveries: [traits('t1', { level: 'none', page: 'home' })],
  })
  await first.lease('c', 1, { kinds: ['event', 'traits'], limit: 1 })
  await first.commit({ ...nothing, deliveries: [event] })
  first.close()
  const second = openSqliteStore(path)
  await second.commit({ ...nothing, deliveries: [traits('t2', { score: 50 })] })
  const written: Traits[] = []
  for (let turn = 0; turn < 2; turn += 1) {
    const [leased] = await second.lease('c', 1, { kinds: ['event', 'traits'], limit: 1 })
    written.push(traitsOf(leased?.delivery))
    await second.settle([{ kind: 'delivered', id: leased?.delivery.id ?? '' }], 1)
  }
  expect(Object.assign({}, ...written)).toEqual({ level: 'high', page: 'home', score: 50 })
  second.close()
})

test('an older file is upgraded, and holds no names any more of somebody who is deleted', async () => {
  const path = file()
  openSqliteStore(path).close()
  const older = new DatabaseSync(path)
  const first = ['meta', 'profile', 'identity', 'seen', 'fact', 'outbox']
  const tables = older.prepare("select name from sqlite_master where type = 'table'").all()
  for (const { name } of tables) if (!first.includes(String(name))) older.exec(`drop table ${name}`)
  older.exec(`
    alter table outbox drop column identifiers;
    alter table profile drop column written_in;
    create table seen (message_id text primary key, at integer not null) strict, without rowid;
    create table timer (profile_id text not null, key text not null, due integer not null, primary key (profile_id, key)) strict, without rowid;
    drop index outbox_ready;
    drop index outbox_dead;
    drop index outbox_settled;
    drop index fact_at;
    create index outbox_waiting on outbox (connector, due) where status = 'pending';
    pragma user_version = 1`)
  older.close()
  const store = openSqliteStore(path)
  const commit = { now: 1, profiles: [], merges: [], identities: [], seen: [], facts: [], releases: [] }
  const deletion = {
    kind: 'deletion',
    identifiers: { email: 'ada@example.com' },
    traits: {},
    time: 1,
    held: false,
  } as const
  await store.commit({ ...commit, deliveries: [{ ...deletion, id: 'd', profileId: 'p', connector: 'c' }] })
  expect((await store.lease('c', 1, { kinds: ['deletion'], limit: 1 }))[0]?.delivery.identifiers).toEqual({
    email: 'ada@example.com',
  })
  await store.settle([{ kind: 'delivered', id: 'd', note: 'took it' }], 2)
  store.close()
  const db = new DatabaseSync(path)
  const rows = db.prepare('select * from outbox').all()
  db.close()
  expect(rows).toMatchObject([{ id: 'd', status: 'delivered', reason: 'took it' }])
  expect(JSON.stringify(rows)).not.toContain('ada@example.com')
})

test('what may be sent next is found without looking at the rest, however much waits', () => {
  const path = file()
  openSqliteStore(path).close()
  const db = new DatabaseSync(path)
  const planOf = (query: string, ...given: readonly (string | number)[]) =>
    db
      .prepare(`explain query plan ${query}`)
      .all(...given)
      .map(({ detail }) => String(detail))
  const plans = [planOf(SELECT_READY, 'c', 'event', 1, '[]', 1), planOf(SELECT_DUE, 'c', 'event', '[]')]
  db.close()
  for (const plan of plans) {
    expect(plan[0]).toMatch(/^SEARCH o USING INDEX outbox_ready \(connector=\? AND kind=\?/)
    // Whether something stands ahead in the lane is asked of what waits, not of all that was ever sent to a person.
    expect(plan.join()).toContain('SEARCH b USING INDEX outbox_lane (profile_id=? AND connector=? AND seq<?)')
    // Sorted by the index: neither a scan of the outbox nor a sort of what was found.
    expect(plan.filter(step => /^SCAN [ob]\b|TEMP B-TREE/.test(step))).toEqual([])
  }
})
