/** What every store promises, run over each of them. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Traits } from '../../src/connectors/connector.ts'
import { initialState, type ProfileState } from '../../src/destination/engine/profile.ts'
import { eventTime } from '../../src/destination/engine/time.ts'
import { type Commit, NOTHING, type PlannedDelivery, type Store } from '../../src/destination/store/store.ts'
import { traitsOf } from '../support/deliveries.ts'

const NOW = 1_000_000

function stateOf(email: string | undefined, rest: Partial<ProfileState> = {}): ProfileState {
  return {
    ...initialState,
    lastSeen: eventTime(NOW),
    known: { anonymousIds: ['anon'], ...(email !== undefined && { email }) },
    ...rest,
  }
}

const empty: Commit = { ...NOTHING, now: NOW }

function traits(id: string, values: Traits, rest: Partial<PlannedDelivery> = {}): PlannedDelivery {
  return { id, profileId: 'p', connector: 'c', kind: 'traits', traits: values, time: NOW, held: false, ...rest }
}

function event(id: string, name: string, rest: Partial<PlannedDelivery> = {}): PlannedDelivery {
  return { ...traits(id, {}), kind: 'event', name, properties: { n: 1 }, ...rest }
}

function deletion(id: string, rest: Partial<PlannedDelivery> = {}): PlannedDelivery {
  return { ...traits(id, {}), kind: 'deletion', identifiers: { email: 'p@example.com', userId: 'u' }, ...rest }
}

function joining(id: string, ...former: readonly string[]): PlannedDelivery {
  const names = (profileId: string) => ({ profileId, names: [{ email: `${profileId}@example.com` }] })
  return { ...traits(id, {}), kind: 'joining', joining: { former: former.map(names), settleMs: 60 } }
}

const KINDS = ['joining', 'event', 'deletion', 'traits'] as const

export function storeContract(name: string, open: () => Promise<Store> | Store): void {
  describe(name, () => {
    let store: Store
    beforeEach(async () => {
      store = await open()
      await store.commit({
        ...empty,
        profiles: [{ id: 'p', state: stateOf('p@example.com') }],
        identities: [{ key: 'a:anon', profileId: 'p' }],
      })
    })
    afterEach(() => store.close())

    const plan = (...deliveries: PlannedDelivery[]) => store.commit({ ...empty, deliveries })
    const nextDue = async () => {
      const dues = await Promise.all(KINDS.map(kind => store.nextDue('c', kind)))
      return dues.reduce<number | undefined>(
        (first, due) => (due === undefined || (first ?? due) < due ? first : due),
        undefined,
      )
    }
    const lease = async (limit = 10) =>
      (await store.lease('c', NOW, { kinds: KINDS, limit })).map(({ delivery }) => delivery)
    const statuses = async () =>
      Object.fromEntries((await store.deliveries({}, 50)).map(({ id, status }) => [id, status]))

    test('starts at position 0 and remembers how far it came', async () => {
      expect(store.cursor()).toBe(0)
      await store.commit({ ...empty, position: 7 })
      expect(store.cursor()).toBe(7)
    })

    test('finds profiles by their keys and messages already seen', async () => {
      await store.commit({ ...empty, seen: ['m1'] })
      const { profiles, seen } = await store.load(['a:anon', 'u:nobody'], ['m1', 'm2'])
      expect([...profiles.keys()]).toEqual(['a:anon'])
      expect(profiles.get('a:anon')?.state.known.email).toBe('p@example.com')
      expect([...seen]).toEqual(['m1'])
    })

    test('finds a person by id, e-mail in any case, and anonymousId', async () => {
      for (const id of ['p', 'P@Example.com', 'anon']) expect((await store.person(id))?.id).toBe('p')
      expect(await store.person('nobody')).toBeUndefined()
    })

    test('finds all of whom an address is known, the latest first, and no others', async () => {
      const state = stateOf('p@example.com', { lastSeen: eventTime(NOW + 1) })
      await store.commit({
        ...empty,
        profiles: [
          { id: 'q', state },
          { id: 'r', state: stateOf('r@example.com') },
        ],
      })
      expect((await store.peopleWith('P@Example.com')).map(({ id }) => id)).toEqual(['q', 'p'])
      expect(await store.peopleWith('nobody@example.com')).toEqual([])
    })

    test('bookmarks are kept by their names, beside the cursor', async () => {
      expect(await store.bookmark('a')).toBeUndefined()
      await store.keepBookmark('a', 1)
      await store.keepBookmark('a', NOW)
      await store.keepBookmark('cursor', 7)
      expect([await store.bookmark('a'), await store.bookmark('cursor'), store.cursor()]).toEqual([NOW, 7, 0])
    })

    test('a commit that fails halfway leaves nothing behind', async () => {
      const broken = event('e', 'A', {
        properties: {
          toJSON: () => {
            throw new Error('unwritable')
          },
        } as never,
      })
      await expect(store.commit({ ...empty, position: 9, seen: ['m9'], deliveries: [broken] })).rejects.toThrow(
        'unwritable',
      )
      expect(store.cursor()).toBe(0)
      expect((await store.load([], ['m9'])).seen.size).toBe(0)
      await store.commit({ ...empty, position: 10 })
      expect(store.cursor()).toBe(10)
    })

    test('gives the timers that are due, the longest due first, and no others', async () => {
      const timers = [
        { key: 'cart' as const, due: eventTime(NOW - 1) },
        { key: 'settle' as const, due: eventTime(NOW - 5) },
      ]
      const later = { key: 'cart' as const, due: eventTime(NOW + 1) }
      await store.commit({
        ...empty,
        profiles: [
          { id: 'p', state: stateOf(undefined, { timers }) },
          { id: 'q', state: stateOf(undefined, { timers: [later] }) },
        ],
      })
      expect((await store.dueTimers(NOW, 10)).map(({ timer }) => timer.key)).toEqual(['settle', 'cart'])
      await store.commit({ ...empty, profiles: [{ id: 'p', state: stateOf(undefined) }] })
      expect(await store.dueTimers(NOW, 10)).toEqual([])
    })

    test('a delivery carries the identifiers its person has when it is leased', async () => {
      await plan(event('e', 'A'))
      await store.commit({ ...empty, profiles: [{ id: 'p', state: stateOf('new@example.com') }] })
      expect((await lease())[0]?.identifiers).toEqual({ email: 'new@example.com', anonymousId: 'anon' })
    })

    test('what is leased is not leased again, until it is settled for another try', async () => {
      await plan(event('e', 'A'))
      expect(await lease()).toHaveLength(1)
      expect(await lease()).toEqual([])
      await store.settle([{ kind: 'retry', id: 'e', at: NOW + 10, reason: 'busy', counts: true }], NOW)
      expect(await lease()).toEqual([])
      expect(await store.nextDue('c', 'event')).toBe(NOW + 10)
      const [again] = await store.lease('c', NOW + 10, { kinds: KINDS, limit: 10 })
      expect(again?.attempts).toBe(1)
    })

    test('what is postponed keeps its place and its attempts, and is leased again at once', async () => {
      await plan(event('e1', 'A'), event('e2', 'B', { profileId: 'q' }))
      await store.commit({ ...empty, profiles: [{ id: 'q', state: stateOf('q@example.com') }] })
      expect((await lease(1)).map(({ id }) => id)).toEqual(['e1'])
      await store.settle([{ kind: 'postponed', id: 'e1', reason: '429' }], NOW)
      const [again] = await store.lease('c', NOW, { kinds: ['event'], limit: 1 })
      expect(again).toMatchObject({ delivery: { id: 'e1' }, attempts: 0 })
      await store.settle([{ kind: 'retry', id: 'e1', at: NOW + 5, reason: 'locked', counts: false }], NOW)
      expect((await lease(1)).map(({ id }) => id)).toEqual(['e2'])
      expect(await store.deliveries({ profileId: 'p' }, 1)).toMatchObject([{ attempts: 0, reason: 'locked' }])
    })

    test('postponed traits go along with an event that waits behind them', async () => {
      await plan(traits('t', { a: 1 }))
      await lease()
      await plan(event('e', 'A', { traits: { b: 2 } }))
      await store.settle([{ kind: 'postponed', id: 't', reason: '429' }], NOW)
      expect(await lease()).toMatchObject([{ id: 'e', traits: { a: 1, b: 2 } }])
    })

    test('whatever stands behind a delivery that waits is due no earlier, and goes with it when it is refused for good', async () => {
      await plan(event('e1', 'A'), event('e2', 'B'))
      await lease()
      await store.settle([{ kind: 'retry', id: 'e1', at: NOW + 10, reason: 'busy', counts: true }], NOW)
      await plan(event('e3', 'C'))
      expect(await store.nextDue('c', 'event')).toBe(NOW + 10)
      const next = async () =>
        (await store.lease('c', NOW + 10, { kinds: ['event'], limit: 9 })).map(one => one.delivery.id)
      expect(await next()).toEqual(['e1'])
      await store.settle([{ kind: 'dead', id: 'e1', reason: 'refused' }], NOW + 10)
      expect(await next()).toEqual(['e2'])
      await store.settle([{ kind: 'delivered', id: 'e2' }], NOW + 10)
      expect(await next()).toEqual(['e3'])
    })

    test('each kind is asked for by itself, in the order given, as many as are wanted', async () => {
      const people = ['q', 'r', 's']
      await store.commit({ ...empty, profiles: people.map(id => ({ id, state: stateOf(`${id}@example.com`) })) })
      await plan(
        traits('t1', { a: 1 }, { profileId: 'q' }),
        event('e1', 'A', { profileId: 'r' }),
        event('e2', 'A', { profileId: 's' }),
      )
      expect(await store.nextDue('c', 'traits')).toBe(NOW)
      expect(await store.nextDue('other', 'traits')).toBeUndefined()
      const asked = async (kinds: readonly ('event' | 'traits')[], limit: number) =>
        (await store.lease('c', NOW, { kinds, limit })).map(({ delivery }) => delivery.id)
      expect(await asked(['traits', 'event'], 2)).toEqual(['t1', 'e1'])
      expect(await asked(['traits'], 9)).toEqual([])
      expect(await store.lease('c', NOW, { kinds: ['event'], limit: 9, least: 2 })).toEqual([])
      expect(await asked(['event', 'traits'], 9)).toEqual(['e2'])
    })

    test('one person is written to in order and one write at a time', async () => {
      await plan(event('e1', 'A'), event('e2', 'B'))
      expect((await lease()).map(({ id }) => id)).toEqual(['e1'])
      expect(await store.nextDue('c', 'event')).toBeUndefined()
      await store.settle([{ kind: 'delivered', id: 'e1' }], NOW)
      expect((await lease()).map(({ id }) => id)).toEqual(['e2'])
    })

    test('events of one person go before traits of another', async () => {
      await store.commit({ ...empty, profiles: [{ id: 'q', state: stateOf(undefined) }] })
      await plan(traits('t', { a: 1 }), event('e', 'A', { profileId: 'q' }))
      expect((await lease()).map(({ id }) => id)).toEqual(['e', 't'])
    })

    test('traits that wait grow by newer ones, the newer value winning', async () => {
      await plan(traits('t1', { a: 1, b: 1 }))
      await plan(traits('t2', { b: 2 }))
      expect(await lease()).toMatchObject([{ id: 't1', traits: { a: 1, b: 2 } }])
      expect(await statuses()).toEqual({ t1: 'pending' })
    })

    test('an event takes waiting traits along, even those waiting for another try', async () => {
      await plan(traits('t', { a: 1 }))
      await lease()
      await store.settle([{ kind: 'retry', id: 't', at: NOW + 60_000, reason: 'busy', counts: true }], NOW)
      await plan(event('e', 'A', { traits: { b: 2 } }))
      expect(await lease()).toMatchObject([{ id: 'e', traits: { a: 1, b: 2 } }])
    })

    test('traits that fail while an event waits behind them go along with it', async () => {
      await plan(traits('t', { a: 1, b: 1 }))
      await lease()
      await plan(event('e', 'A', { traits: { b: 2 } }))
      expect(await lease()).toEqual([])
      await store.settle([{ kind: 'retry', id: 't', at: NOW + 60_000, reason: 'busy', counts: true }], NOW)
      expect(await lease()).toMatchObject([{ id: 'e', traits: { a: 1, b: 2 } }])
    })

    test('what is held is not leased until its lane is released; of one moment only the latest waits', async () => {
      await plan(
        event('e1', 'A', { held: true, heldUntil: NOW + 100 }),
        event('e2', 'A', { held: true, heldUntil: NOW + 100, traits: { a: 1 } }),
      )
      expect(await lease()).toEqual([])
      await store.commit({ ...empty, releases: [{ profileId: 'p', connector: 'c', kind: 'event' }] })
      expect((await lease()).map(({ id }) => id)).toEqual(['e2'])
    })

    test('a held event past its time is not released', async () => {
      await plan(event('e', 'A', { held: true, heldUntil: NOW - 1 }), traits('t', { a: 1 }, { held: true }))
      const releases = (['event', 'traits'] as const).map(kind => ({ profileId: 'p', connector: 'c', kind }))
      await store.commit({ ...empty, releases })
      expect((await lease()).map(({ id }) => id)).toEqual(['t'])
      expect((await statuses())['e']).toBe('expired')
    })

    test('traits that an expired event would have carried are written all the same', async () => {
      await plan(event('e', 'A', { held: true, heldUntil: NOW - 1, traits: { a: 1, b: 1 } }))
      await plan(traits('t', { b: 2 }, { held: true }))
      const releases = (['event', 'traits'] as const).map(kind => ({ profileId: 'p', connector: 'c', kind }))
      await store.commit({ ...empty, releases })
      const [first] = await lease()
      await store.settle([{ kind: 'delivered', id: 't' }], NOW)
      const [second] = await lease()
      expect([traitsOf(first), traitsOf(second)]).toEqual([{ b: 2 }, { a: 1 }])
    })

    test('traits of an event that was refused for good go by themselves', async () => {
      await plan(event('e', 'A', { traits: { a: 1 } }))
      await lease()
      await store.settle([{ kind: 'dead', id: 'e', reason: 'unknown metric' }], NOW)
      const [left, ...more] = await lease()
      expect(more).toEqual([])
      expect(left).toMatchObject({ kind: 'traits', traits: { a: 1 } })
      await store.settle([{ kind: 'dead', id: left?.id ?? '', reason: 'unknown person' }], NOW)
      expect(await lease()).toEqual([])
    })

    test('a joined profile hands over its keys, facts, timers and deliveries', async () => {
      await store.commit({
        ...empty,
        profiles: [{ id: 'from', state: stateOf(undefined, { timers: [{ key: 'cart', due: eventTime(1) }] }) }],
        identities: [{ key: 'a:from', profileId: 'from' }],
        facts: [{ profileId: 'from', fact: { kind: 'merged', id: 'f', at: eventTime(1), why: 'why' } }],
      })
      await plan(event('e', 'A', { profileId: 'from' }))
      await store.commit({ ...empty, merges: [{ from: 'from', into: 'p' }] })
      expect((await store.load(['a:from'], [])).profiles.get('a:from')?.id).toBe('p')
      expect(await store.facts('p', 10)).toHaveLength(1)
      expect(await store.dueTimers(NOW, 10)).toEqual([])
      expect((await lease())[0]?.profileId).toBe('p')
      expect((await store.people(10)).map(({ id }) => id)).toEqual(['p'])
    })

    test('an event of somebody joined with another takes along the traits that already waited', async () => {
      await plan(traits('t', { a: 1, b: 1 }))
      await store.commit({ ...empty, profiles: [{ id: 'from', state: stateOf(undefined) }] })
      await plan(event('e', 'A', { profileId: 'from', traits: { b: 2 } }))
      await store.commit({ ...empty, merges: [{ from: 'from', into: 'p' }] })
      const [first, ...more] = await store.lease('c', NOW, { kinds: ['event'], limit: 9 })
      expect(more).toEqual([])
      expect(first?.delivery).toMatchObject({ id: 'e', traits: { a: 1, b: 2 } })
      await store.settle([{ kind: 'delivered', id: 'e' }], NOW)
      expect(await lease()).toEqual([])
      expect(await statuses()).toEqual({ e: 'delivered', t: 'superseded' })
    })

    test('one write at a time holds for somebody joined with another while one was under way', async () => {
      const joined = async (leasedFirst: string, other: string) => {
        await store.commit({ ...empty, profiles: [{ id: 'from', state: stateOf(undefined) }] })
        await plan(event(`${other}-old`, 'A', { profileId: other, time: 1 }))
        await store.settle([{ kind: 'retry', id: `${other}-old`, at: NOW + 1, reason: 'busy', counts: true }], NOW)
        await plan(event(`${leasedFirst}-new`, 'A', { profileId: leasedFirst }))
        expect((await lease()).map(({ id }) => id)).toEqual([`${leasedFirst}-new`])
        await store.commit({ ...empty, merges: [{ from: 'from', into: 'p' }] })
        expect(await store.lease('c', NOW + 1, { kinds: KINDS, limit: 10 })).toEqual([])
        expect(await store.nextDue('c', 'event')).toBeUndefined()
        await store.settle([{ kind: 'delivered', id: `${leasedFirst}-new` }], NOW)
        expect(await store.nextDue('c', 'event')).toBe(NOW + 1)
        const [next] = await store.lease('c', NOW + 1, { kinds: KINDS, limit: 10 })
        expect(next?.delivery.id).toBe(`${other}-old`)
        await store.settle([{ kind: 'delivered', id: `${other}-old` }], NOW)
      }
      await joined('p', 'from')
      await joined('from', 'p')
    })

    test('a deletion drops what waits for the same person at the same platform, held or pending', async () => {
      await plan(
        event('e', 'A', { held: true }),
        traits('t', { a: 1 }),
        traits('elsewhere', { a: 1 }, { connector: 'other' }),
      )
      await store.commit({ ...empty, profiles: [{ id: 'q', state: stateOf(undefined) }] })
      await plan(event('neighbour', 'A', { profileId: 'q' }), deletion('d'))
      expect(await statuses()).toEqual({
        e: 'superseded',
        t: 'superseded',
        elsewhere: 'pending',
        neighbour: 'pending',
        d: 'pending',
      })
      const [dropped] = await store.deliveries({ profileId: 'p', status: 'superseded' }, 1)
      expect(dropped?.reason).toBe('the person is to be deleted')
    })

    test('a deletion carries its own identifiers, also when the profile knows others or is gone', async () => {
      await store.commit({ ...empty, profiles: [{ id: 'p', state: stateOf('new@example.com') }] })
      await plan(deletion('d'), deletion('gone', { profileId: 'nobody' }))
      const identifiers = { email: 'p@example.com', userId: 'u' }
      expect(await lease()).toMatchObject([
        { id: 'd', kind: 'deletion', identifiers },
        { id: 'gone', kind: 'deletion', profileId: 'nobody', identifiers },
      ])
    })

    test('a deletion waits for the write that is under way, and is then all that is left, whatever became of it', async () => {
      for (const settlement of [
        { kind: 'delivered' },
        { kind: 'retry', at: NOW, reason: 'busy', counts: true },
        { kind: 'dead', reason: 'unknown metric' },
      ] as const) {
        const [e, d] = [`e ${settlement.kind}`, `d ${settlement.kind}`]
        await plan(event(e, 'A', { traits: { a: 1 } }))
        expect((await lease()).map(({ id }) => id)).toEqual([e])
        await plan(deletion(d))
        expect(await lease()).toEqual([])
        await store.settle([{ ...settlement, id: e }], NOW)
        expect((await lease()).map(({ id }) => id)).toEqual([d])
        await store.settle([{ kind: 'delivered', id: d }], NOW)
        expect(await lease()).toEqual([])
      }
    })

    test('a deletion is tried again, and once delivered keeps what the platform said but no identifiers', async () => {
      await plan(deletion('d'))
      await lease()
      await store.settle([{ kind: 'retry', id: 'd', at: NOW, reason: 'busy', counts: true }], NOW)
      expect(await lease()).toMatchObject([{ id: 'd', identifiers: { userId: 'u' } }])
      await store.settle([{ kind: 'delivered', id: 'd', note: 'took it' }], NOW + 5)
      const [proof] = await store.deliveries({ profileId: 'p' }, 1)
      expect(proof).toMatchObject({ kind: 'deletion', status: 'delivered', reason: 'took it', settledAt: NOW + 5 })
      expect(JSON.stringify(await store.deliveries({}, 10))).not.toContain('example.com')
    })

    test('a later deletion leaves an earlier one of other names to be made', async () => {
      await plan(deletion('d1'), deletion('d2', { identifiers: { email: 'other@example.com' } }))
      expect((await lease()).map(({ id }) => id)).toEqual(['d1'])
      await store.settle([{ kind: 'delivered', id: 'd1' }], NOW)
      expect((await lease()).map(({ id }) => id)).toEqual(['d2'])
    })

    test('a joining goes before the writes that wait, with the names of those that were written', async () => {
      await store.commit({
        ...empty,
        profiles: ['from', 'unwritten'].map(id => ({ id, state: stateOf(undefined) })),
      })
      await plan(event('old', 'A', { profileId: 'from' }), event('waits', 'A', { profileId: 'unwritten' }))
      expect((await store.lease('c', NOW, { kinds: KINDS, limit: 1 })).map(({ delivery }) => delivery.id)).toEqual([
        'old',
      ])
      await store.settle([{ kind: 'delivered', id: 'old' }], NOW)
      const merges = ['from', 'unwritten'].map(from => ({ from, into: 'p' }))
      const deliveries = [event('e', 'B'), joining('j', 'from', 'unwritten', 'p')]
      await store.commit({ ...empty, now: NOW + 60, merges, deliveries })
      const next = async () =>
        (await store.lease('c', NOW + 60, { kinds: KINDS, limit: 10 })).map(({ delivery }) => delivery)
      expect(await next()).toMatchObject([
        { id: 'j', kind: 'joining', identifiers: { email: 'p@example.com' }, former: [{ email: 'from@example.com' }] },
      ])
      await store.settle([{ kind: 'delivered', id: 'j' }], NOW + 60)
      expect((await next()).map(({ id }) => id)).toEqual(['waits'])
    })

    test('a joining waits until what was first written is old enough, and the writes of its lane with it', async () => {
      await plan(event('first', 'A'))
      await lease()
      await store.settle([{ kind: 'delivered', id: 'first' }], NOW + 10)
      await store.commit({ ...empty, now: NOW + 20, deliveries: [event('e', 'B'), joining('j', 'p')] })
      expect(await store.lease('c', NOW + 69, { kinds: KINDS, limit: 10 })).toEqual([])
      expect(await nextDue()).toBe(NOW + 70)
      expect(
        (await store.lease('c', NOW + 70, { kinds: KINDS, limit: 10 })).map(({ delivery }) => delivery.id),
      ).toEqual(['j'])
    })

    test('nobody waits for a joining that has failed, and it is tried again beside the writes', async () => {
      await plan(event('first', 'A'))
      await lease()
      await store.settle([{ kind: 'delivered', id: 'first' }], NOW - 60)
      await plan(event('e', 'B'), joining('j', 'p'))
      expect((await lease()).map(({ id }) => id)).toEqual(['j'])
      await store.settle([{ kind: 'retry', id: 'j', at: NOW + 10, reason: 'no permission', counts: true }], NOW)
      expect((await lease()).map(({ id }) => id)).toEqual(['e'])
      await plan(event('later', 'C'))
      await store.settle([{ kind: 'retry', id: 'e', at: NOW + 20, reason: 'busy', counts: true }], NOW)
      expect(await nextDue()).toBe(NOW + 10)
      expect(
        (await store.lease('c', NOW + 10, { kinds: KINDS, limit: 10 })).map(({ delivery }) => delivery.id),
      ).toEqual(['j'])
    })

    test('a joining that nobody is let make holds the writes up for a minute, and no longer', async () => {
      await plan(event('first', 'A'))
      await lease()
      await store.settle([{ kind: 'delivered', id: 'first' }], NOW - 60)
      await plan(event('e', 'B'), joining('j', 'p'))
      const writes = async (at: number) =>
        (await store.lease('c', at, { kinds: ['event'], limit: 1 })).map(({ delivery }) => delivery.id)
      expect(await writes(NOW + 59_999)).toEqual([])
      expect(await writes(NOW + 60_000)).toEqual(['e'])
    })

    test('a write that is under way counts as one that was just made', async () => {
      await plan(event('e', 'A'))
      await lease()
      await plan(joining('j', 'p'))
      await store.settle([{ kind: 'delivered', id: 'e' }], NOW)
      expect(await nextDue()).toBe(NOW + 60)
    })

    test('where nothing was written there is nothing to join', async () => {
      await plan(event('held', 'A', { held: true }), joining('j', 'p', 'nobody'))
      expect(Object.keys(await statuses())).toEqual(['held'])
    })

    test('traits that have to be tried again never go along with a joining', async () => {
      await plan(event('first', 'A'))
      await lease()
      await store.settle([{ kind: 'delivered', id: 'first' }], NOW - 60)
      await plan(traits('t', { a: 1 }))
      await lease()
      await plan(joining('j', 'p'))
      await store.settle([{ kind: 'retry', id: 't', at: NOW, reason: 'busy', counts: true }], NOW)
      const order: string[] = []
      for (let [next] = await lease(); next !== undefined; [next] = await lease()) {
        order.push(`${next.id} ${JSON.stringify(traitsOf(next))}`)
        await store.settle([{ kind: 'delivered', id: next.id }], NOW)
      }
      expect(order).toEqual(['j {}', 't {"a":1}'])
    })

    test('a joining that waits is dropped by a deletion', async () => {
      await plan(event('first', 'A'))
      await lease()
      await store.settle([{ kind: 'delivered', id: 'first' }], NOW)
      await plan(joining('j', 'p'))
      await plan(deletion('d'))
      expect(await statuses()).toMatchObject({ j: 'superseded', d: 'pending' })
    })

    describe('whom a platform is to be asked about', () => {
      const DAY = 86_400_000
      const want = (now = NOW) => store.commit({ ...empty, now, reads: [{ profileId: 'p', connector: 'c' }] })

      test('is wanted once, however often they act, until what was read no longer holds', async () => {
        await want()
        await want(NOW + 5)
        const due = await store.dueRead('c', NOW)
        expect(due).toMatchObject({ profile: { id: 'p' }, askedAt: NOW, attempts: 0 })
        expect(await store.dueRead('other', NOW)).toBeUndefined()
        await store.settleRead('p', 'c', { kind: 'done' }, NOW + 10)
        await want(NOW + 10 + DAY - 1)
        expect(await store.nextRead('c')).toBeUndefined()
        await want(NOW + 10 + DAY)
        expect(await store.dueRead('c', NOW + 10 + DAY)).toMatchObject({ askedAt: NOW + 10 + DAY, attempts: 0 })
      })

      test('waits for another attempt as the same question', async () => {
        await want()
        await store.settleRead('p', 'c', { kind: 'retry', at: NOW + 60 }, NOW)
        await want(NOW + 1)
        expect(await store.dueRead('c', NOW + 59)).toBeUndefined()
        expect(await store.nextRead('c')).toBe(NOW + 60)
        expect(await store.dueRead('c', NOW + 60)).toMatchObject({ askedAt: NOW, attempts: 1 })
      })

      test('is forgotten with a profile that turned out to be another', async () => {
        await store.commit({ ...empty, profiles: [{ id: 'q', state: stateOf(undefined) }] })
        await want()
        await store.commit({ ...empty, merges: [{ from: 'p', into: 'q' }] })
        expect(await store.dueRead('c', NOW)).toBeUndefined()
        expect(await store.nextRead('c')).toBeUndefined()
      })
    })

    test('what a platform refused for good is kept with its words', async () => {
      await plan(event('e', 'A'))
      await lease()
      await store.settle([{ kind: 'dead', id: 'e', reason: 'unknown metric' }], NOW)
      expect(await store.deliveries({ status: 'dead' }, 10)).toMatchObject([
        { id: 'e', reason: 'unknown metric', attempts: 1, properties: { n: 1 } },
      ])
      expect(await lease()).toEqual([])
    })
  })
}
