import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, expect, test } from 'vitest'
import type { Traits } from '../../../src/connectors/connector.ts'
import { openSqliteStore } from '../../../src/destination/store/sqlite.ts'
import { SELECT_DUE, SELECT_READY } from '../../../src/destination/store/sqlite-outbox.ts'
import { storeContract } from '../../contracts/store.ts'

storeContract('sqlite', () => openSqliteStore(':memory:'))

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
    written.push(leased?.delivery.traits ?? {})
    await second.settle([{ kind: 'delivered', id: leased?.delivery.id ?? '' }], 1)
  }
  expect(Object.assign({}, ...written)).toEqual({ level: 'high', page: 'home', score: 50 })
  second.close()
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
