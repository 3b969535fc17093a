/** What only several processes on one database can do to each other. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { initialState, type ProfileState } from '../../../src/destination/engine/profile.ts'
import { eventTime } from '../../../src/destination/engine/time.ts'
import { openPostgresStore, type PostgresStore } from '../../../src/destination/store/postgres/store.ts'
import { type Commit, NOTHING } from '../../../src/destination/store/store.ts'
import { StaleError } from '../../../src/destination/store/store-error.ts'
import { createTestDatabase, describeWithServers, type TestDatabase } from '../../support/servers.ts'

const NOW = 1_000_000
const empty: Commit = { ...NOTHING, now: NOW }
const KINDS = ['event', 'traits'] as const

function stateAt(lastSeen: number, rest: Partial<ProfileState> = {}): ProfileState {
  return {
    ...initialState,
    lastSeen: eventTime(lastSeen),
    known: { anonymousIds: ['anon'], email: 'p@example.com' },
    ...rest,
  }
}

const event = (id: string, profileId = 'p') => ({
  ...{ id, profileId, connector: 'c', kind: 'event' as const, name: 'A', properties: {}, traits: {} },
  ...{ time: NOW, held: false },
})

describeWithServers('two processes on one database', () => {
  let database: TestDatabase
  let [one, other]: PostgresStore[] = []
  const stores: PostgresStore[] = []
  const clock = { forward: 0, now: () => Date.now() + clock.forward }
  const open = async () => {
    const store = await openPostgresStore(database.url, clock.now)
    stores.push(store)
    return store
  }
  beforeEach(async () => {
    database = await createTestDatabase()
    // At once: one of them makes the schema.
    ;[one, other] = await Promise.all([open(), open()])
  })
  afterEach(async () => {
    await Promise.all(stores.splice(0).map(store => store.close()))
    await database.remove()
  })
  const partition = (store: PostgresStore | undefined, number = 0) => {
    if (store === undefined) throw new Error('no store')
    return store.partition(number)
  }
  const person: Commit = {
    ...empty,
    profiles: [{ id: 'p', state: stateAt(NOW) }],
    identities: [{ key: 'a:anon', profileId: 'p' }],
  }

  test('whoever has lost a partition writes nothing of it, and goes on from where the other is', async () => {
    const late = await partition(one)
    await late.commit({ ...person, position: 1 })
    const next = await partition(other)
    expect(next.cursor()).toBe(1)
    await next.commit({ ...empty, position: 5, seen: ['m5'] })
    await expect(late.commit({ ...empty, position: 2, deliveries: [event('e')] })).rejects.toThrow(StaleError)
    await expect(late.load([], [])).rejects.toThrow(StaleError)
    expect(late.cursor()).toBe(5)
    expect([...(await late.load([], ['m5'])).seen]).toEqual(['m5'])
    expect(await one?.deliveries({}, 10)).toEqual([])
  })

  test('a timer that was found before the partition was lost has no effect', async () => {
    const late = await partition(one)
    await late.commit({ ...person, position: 1 })
    await (await partition(other)).commit({ ...empty, position: 2 })
    await expect(late.commit({ ...empty, deliveries: [event('e')] })).rejects.toThrow(StaleError)
  })

  test('of two partitions that decide on the same person, one finds out and decides again', async () => {
    const [desk, phone] = [await partition(one, 0), await partition(other, 1)]
    await desk.commit({ ...person, position: 1 })
    for (const each of [desk, phone]) expect((await each.load(['a:anon'], [])).profiles.size).toBe(1)
    await phone.commit({ ...empty, position: 1, profiles: [{ id: 'p', state: stateAt(NOW + 1) }] })
    const again = { ...empty, position: 2, profiles: [{ id: 'p', state: stateAt(NOW + 2) }], seen: ['m2'] }
    await expect(desk.commit(again)).rejects.toThrow(StaleError)
    expect(desk.cursor()).toBe(1)
    const { profiles, seen } = await desk.load(['a:anon'], ['m2'])
    expect(profiles.get('a:anon')?.state.lastSeen).toBe(NOW + 1)
    expect(seen.size).toBe(0)
    await desk.commit(again)
    expect((await one?.person('p'))?.state.lastSeen).toBe(NOW + 2)
  })

  test('a key that two partitions meet first means one person', async () => {
    const [desk, phone] = [await partition(one, 0), await partition(other, 1)]
    const known = (id: string) => ({
      ...empty,
      position: 1,
      profiles: [{ id, state: stateAt(NOW) }],
      identities: [{ key: 'u:ada' as const, profileId: id }],
    })
    for (const each of [desk, phone]) expect((await each.load(['u:ada'], [])).profiles.size).toBe(0)
    await desk.commit(known('p'))
    await expect(phone.commit(known('q'))).rejects.toThrow(StaleError)
    expect(phone.cursor()).toBe(0)
    expect((await phone.load(['u:ada'], [])).profiles.get('u:ada')?.id).toBe('p')
    expect(await one?.person('q')).toBeUndefined()
  })

  test('somebody joined with another elsewhere is not written to as the one they were', async () => {
    const [desk, phone] = [await partition(one, 0), await partition(other, 1)]
    await desk.commit({ ...person, position: 1 })
    await phone.commit({
      ...empty,
      position: 1,
      profiles: [{ id: 'q', state: stateAt(NOW) }],
      identities: [{ key: 'u:q', profileId: 'q' }],
    })
    expect((await desk.load(['u:q'], [])).profiles.get('u:q')?.id).toBe('q')
    await phone.load(['a:anon', 'u:q'], [])
    await phone.commit({ ...empty, position: 2, merges: [{ from: 'q', into: 'p' }] })
    const stale = {
      ...empty,
      position: 2,
      deliveries: [event('e', 'q')],
      profiles: [{ id: 'q', state: stateAt(NOW + 1) }],
    }
    await expect(desk.commit(stale)).rejects.toThrow(StaleError)
    desk.cursor()
    expect((await desk.load(['u:q'], [])).profiles.get('u:q')?.id).toBe('p')
  })

  test('what one has leased no other leases or settles; what it has left behind in order goes on at once', async () => {
    await (await partition(one)).commit({ ...person, position: 1, deliveries: [event('e1'), event('e2')] })
    const leased = async (store: PostgresStore | undefined) =>
      (await store?.lease('c', NOW, { kinds: KINDS, limit: 9 }))?.map(({ delivery }) => delivery.id)
    expect(await leased(one)).toEqual(['e1'])
    expect(await leased(other)).toEqual([])
    await other?.settle([{ kind: 'dead', id: 'e1', reason: 'not mine' }], NOW)
    expect((await one?.deliveries({ status: 'dead' }, 9))?.length).toBe(0)
    expect(one?.replicas()).toBeGreaterThan(0)
    await one?.close()
    stores.splice(stores.indexOf(one ?? (stores[0] as PostgresStore)), 1)
    expect(await leased(other)).toEqual(['e1'])
  })

  test('whoever was away for too long holds nothing of what it had leased, also once it is back', async () => {
    const held = one?.grip()
    expect(held?.()).toBe(true)
    clock.forward = 8_000
    expect(held?.()).toBe(false)
    // It says so again by itself; by then somebody else may have taken everything.
    await expect.poll(() => one?.grip()(), { timeout: 20_000 }).toBe(true)
    expect(held?.()).toBe(false)
    clock.forward = 0
  })

  test('however many lease at once, each delivery is leased once', async () => {
    const people = Array.from({ length: 60 }, (_, index) => `p${index}`)
    await (await partition(one)).commit({
      ...empty,
      profiles: people.map(id => ({ id, state: stateAt(NOW) })),
      deliveries: people.map(id => event(`e-${id}`, id)),
    })
    const turns = Array.from({ length: 12 }, (_, turn) => (turn % 2 === 0 ? one : other))
    const leased = await Promise.all(turns.map(store => store?.lease('c', NOW, { kinds: KINDS, limit: 10 })))
    const ids = leased.flatMap(found => found?.map(({ delivery }) => delivery.id) ?? [])
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('timers are those of the partition a person last acted in', async () => {
    const timers = [{ key: 'cart' as const, due: eventTime(NOW - 1) }]
    const [desk, phone] = [await partition(one, 0), await partition(other, 1)]
    await desk.commit({ ...person, position: 1, profiles: [{ id: 'p', state: stateAt(NOW, { timers }) }] })
    expect((await desk.dueTimers(NOW, 9)).map(({ timer }) => timer.key)).toEqual(['cart'])
    expect(await phone.dueTimers(NOW, 9)).toEqual([])
    await phone.load(['a:anon'], [])
    await phone.commit({ ...empty, position: 1, profiles: [{ id: 'p', state: stateAt(NOW + 1, { timers }) }] })
    expect(await desk.dueTimers(NOW, 9)).toEqual([])
    expect((await phone.dueTimers(NOW, 9)).map(({ timer }) => timer.key)).toEqual(['cart'])
  })

  test('an id with a NUL or half a surrogate pair in it finds whom it means, and stops nobody', async () => {
    const desk = await partition(one)
    const key = 'a:\u0000 \ud800' as const
    await desk.commit({ ...person, position: 1, identities: [{ key, profileId: 'p' }] })
    expect((await (await partition(other)).load([key], [])).profiles.get(key)?.id).toBe('p')
    expect((await other?.owners([key]))?.get(key)?.id).toBe('p')
  })

  test('a database that a newer version wrote is refused', async () => {
    const { Client } = await import('pg')
    const client = new Client({ connectionString: database.url })
    await client.connect()
    await client.query("update inkling.meta set value = '99' where key = 'schema'")
    await client.end()
    await expect(open()).rejects.toThrow(/newer Inkling.*DATABASE_URL/)
  })
})
