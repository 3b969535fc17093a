import { expect, onTestFinished, test } from 'vitest'
import type { Connector, Delivery, Outcome, Route } from '../../../src/connectors/connector.ts'
import { startDispatch } from '../../../src/destination/delivery/dispatch.ts'
import { initialState } from '../../../src/destination/engine/profile.ts'
import type { LogEvent } from '../../../src/destination/log-event.ts'
import { openSqliteStore } from '../../../src/destination/store/sqlite.ts'
import { type Commit, NOTHING, type PlannedDelivery, type Store } from '../../../src/destination/store/store.ts'
import { timeInSteps } from '../../support/in-steps.ts'

const NOW = Date.parse('2026-03-01T10:00:00Z')
const DELIVERED: Outcome = { kind: 'delivered' }
const BUSY: Outcome = { kind: 'retry', reason: '503' }

/** A platform with one route for everything, that takes any number of calls unless told otherwise. */
function limited({ concurrency = 10, ...route }: Partial<Route> & { readonly concurrency?: number } = {}) {
  const shared: Route = { kinds: ['event', 'traits'], path: '/', batchSize: 1, batchBytes: 100_000, windows: [] }
  return { concurrency, routes: [{ ...shared, ...route }] }
}

interface Asked {
  readonly batch: readonly Delivery[]
  readonly answer: (outcome: Outcome) => void
  readonly fail: (error: Error) => void
}

/** A platform that answers when the test says so, and a dispatch that writes to it. */
function open(limits: Connector['limits'] = limited(), wrap = (store: Store) => store) {
  const time = timeInSteps(NOW)
  const store = wrap(openSqliteStore(':memory:'))
  const asked: Asked[] = []
  const events: LogEvent[] = []
  const connector: Connector = {
    name: 'mailer',
    limits,
    needs: { event: ['email'], traits: ['email'] },
    deliver: batch =>
      new Promise((resolve, reject) => {
        asked.push({ batch, answer: outcome => resolve(batch.map(() => outcome)), fail: reject })
      }),
  }
  const dispatch = startDispatch({
    store,
    connector,
    now: time.now,
    random: () => 0,
    onEvent: event => events.push(event),
  })
  onTestFinished(async () => {
    const stopped = dispatch.stop()
    for (const { answer } of asked) answer(DELIVERED)
    await stopped
    store.close()
  })
  return {
    ...time,
    store,
    asked,
    events,
    dispatch,
    /** Ids asked for, in order. */
    ids: () => asked.flatMap(({ batch }) => batch.map(({ id }) => id)),
    async plan(...deliveries: readonly Partial<PlannedDelivery>[]) {
      await store.commit({ ...nothing, now: time.now(), ...planned(deliveries) })
      dispatch.wake()
      await time.pass(0)
    },
    async answer(at: number, outcome: Outcome) {
      asked[at]?.answer(outcome)
      await time.pass(0)
    },
    statuses: async () => Object.fromEntries((await store.deliveries({}, 99)).map(({ id, status }) => [id, status])),
  }
}

const nothing: Commit = { ...NOTHING, now: NOW }

function planned(deliveries: readonly Partial<PlannedDelivery>[]): Pick<Commit, 'profiles' | 'deliveries'> {
  const full = deliveries.map(
    (rest): PlannedDelivery => ({
      id: 'e',
      profileId: 'ada',
      connector: 'mailer',
      kind: 'event',
      name: 'Cart Abandoned',
      properties: {},
      traits: {},
      time: NOW,
      held: false,
      ...rest,
    }),
  )
  return {
    deliveries: full,
    profiles: [...new Set(full.map(({ profileId }) => profileId))].map(id => ({ id, state: initialState })),
  }
}

test('what is planned is delivered at once, and settled with the answer', async () => {
  const { plan, ids, answer, statuses, events } = open()
  await plan({ id: 'e1' })
  expect(ids()).toEqual(['e1'])
  expect(await statuses()).toEqual({ e1: 'pending' })
  await answer(0, DELIVERED)
  expect(await statuses()).toEqual({ e1: 'delivered' })
  expect(events).toMatchObject([{ kind: 'delivery attempted', outcome: 'delivered', attempt: 1 }])
})

test('it says how long the platform took and how old the behaviour is', async () => {
  const { plan, pass, answer, events } = open()
  await plan({ time: NOW - 500 })
  await pass(200)
  await answer(0, DELIVERED)
  expect(events).toMatchObject([{ tookMs: 200, lagMs: 700 }])
})

test('a failed delivery is tried again when its wait is over, not before', async () => {
  const { plan, ids, answer, pass } = open()
  await plan({ id: 'e1' })
  await answer(0, BUSY)
  await pass(999)
  expect(ids()).toEqual(['e1'])
  await pass(1)
  expect(ids()).toEqual(['e1', 'e1'])
})

test('as long as a platform asks to be left alone, a delivery waits', async () => {
  const { plan, ids, answer, pass } = open()
  await plan({ id: 'e1' })
  await answer(0, { ...BUSY, afterMs: 40_000 })
  await pass(39_999)
  expect(ids()).toEqual(['e1'])
  await pass(1)
  expect(ids()).toEqual(['e1', 'e1'])
})

test("one person's failing delivery keeps their later ones waiting and nobody else's", async () => {
  const { plan, ids, answer, pass } = open()
  await plan({ id: 'a1' }, { id: 'a2' }, { id: 'b1', profileId: 'bob' })
  expect(ids()).toEqual(['a1', 'b1'])
  await answer(0, BUSY)
  await answer(1, DELIVERED)
  await plan({ id: 'b2', profileId: 'bob' })
  expect(ids()).toEqual(['a1', 'b1', 'b2'])
  await pass(1000)
  await answer(3, DELIVERED)
  expect(ids()).toEqual(['a1', 'b1', 'b2', 'a1', 'a2'])
})

test('no more requests are under way than the platform allows', async () => {
  const { plan, asked, answer } = open(limited({ concurrency: 2 }))
  await plan(...['a', 'b', 'c', 'd'].map(id => ({ id, profileId: id })))
  expect(asked).toHaveLength(2)
  await answer(0, DELIVERED)
  expect(asked).toHaveLength(3)
})

test('deliveries share a call where the platform takes several', async () => {
  const { plan, asked } = open(limited({ batchSize: 3, concurrency: 2 }))
  await plan(...['a', 'b', 'c', 'd'].map(id => ({ id, profileId: id })))
  expect(asked.map(({ batch }) => batch.map(({ id }) => id))).toEqual([['a', 'b', 'c'], ['d']])
})

test('what the platform refuses is kept as a dead letter in its words, and the next one goes', async () => {
  const { plan, store, ids, answer } = open()
  await plan({ id: 'e1' }, { id: 'e2' })
  await answer(0, { kind: 'rejected', reason: '400 no such metric' })
  expect(await store.deliveries({ status: 'dead' }, 9)).toMatchObject([{ id: 'e1', reason: '400 no such metric' }])
  expect(ids()).toEqual(['e1', 'e2'])
})

test('no more calls are made than the platform allows, and the next go as soon as it allows them', async () => {
  const { plan, asked, answer, pass } = open(limited({ windows: [{ calls: 2, perMs: 1_000 }] }))
  await plan(...['a', 'b', 'c'].map(id => ({ id, profileId: id })))
  await answer(0, DELIVERED)
  await answer(1, DELIVERED)
  await pass(999)
  expect(asked).toHaveLength(2)
  await pass(1)
  expect(asked).toHaveLength(3)
})

test('a few go one by one, many that wait together in bulk', async () => {
  const [single] = limited({ kinds: ['event'] }).routes
  const [bulk] = limited({ kinds: ['event'], batchSize: 9, from: 3 }).routes
  const { plan, asked, answer } = open({ concurrency: 3, routes: [bulk, single].filter(one => one !== undefined) })
  const people = (...ids: readonly string[]) => ids.map(id => ({ id, profileId: id }))
  await plan(...people('a', 'b'))
  await plan(...people('c', 'd', 'e', 'f', 'g'))
  const batches = () => asked.map(({ batch }) => batch.map(({ id }) => id).join(''))
  expect(batches()).toEqual(['a', 'b', 'cdefg'])
  await answer(0, DELIVERED)
  await answer(2, DELIVERED)
  await plan(...people('h'))
  expect(batches()).toEqual(['a', 'b', 'cdefg', 'h'])
})

test('events go before traits that have waited longer', async () => {
  const { plan, ids, answer } = open(limited({ concurrency: 2 }))
  await plan(...['t1', 't2', 't3'].map(id => ({ id, profileId: id, kind: 'traits' as const })))
  // One of the two calls that may be under way is left to events.
  expect(ids()).toEqual(['t1'])
  await plan({ id: 'e1', profileId: 'ada' }, { id: 'e2', profileId: 'bob' })
  await answer(1, DELIVERED)
  expect(ids()).toEqual(['t1', 'e1', 'e2'])
})

test('a throttled platform is left alone by everybody, and nothing counts as tried', async () => {
  const { plan, ids, answer, pass, store } = open(limited({ concurrency: 1 }))
  await plan({ id: 'e1' }, { id: 'e2', profileId: 'bob' })
  await answer(0, { kind: 'retry', reason: '429', afterMs: 40_000, throttled: true })
  await pass(39_999)
  expect(ids()).toEqual(['e1'])
  await pass(1)
  expect(ids()).toEqual(['e1', 'e1'])
  expect(await store.deliveries({}, 9)).toMatchObject([{ attempts: 0 }, { attempts: 0, reason: '429' }])
})

test('what does not fit into a call by its size goes in the next one', async () => {
  const { plan, asked, answer } = open(limited({ batchSize: 9, batchBytes: 1_000, concurrency: 1 }))
  const traits = { hint: 'x'.repeat(250) }
  await plan(...['a', 'b', 'c', 'd'].map(id => ({ id, profileId: id, traits })))
  expect(asked.map(({ batch }) => batch.map(({ id }) => id))).toEqual([['a', 'b']])
  await answer(0, DELIVERED)
  expect(asked.map(({ batch }) => batch.map(({ id }) => id))).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ])
})

test('a platform that is down is tried with a single delivery now and then, and gets everything once it is back', async () => {
  const { plan, ids, answer, pass, events, dispatch, statuses } = open(limited({ concurrency: 5 }))
  const people = Array.from({ length: 12 }, (_, at) => `p${at}`)
  await plan(...people.map(id => ({ id, profileId: id })))
  for (let at = 0; at < 9; at += 1) await answer(at, BUSY)
  const opened = { kind: 'circuit opened', connector: 'mailer', of: 'event', reason: '503' }
  expect(events.filter(({ kind }) => kind.startsWith('circuit'))).toEqual([opened])
  expect(dispatch.state().stopped).toEqual([{ kind: 'event', since: NOW, reason: '503', probeAt: NOW + 5_000 }])
  await pass(4_999)
  expect(ids()).toHaveLength(9)
  await pass(1)
  expect(ids()).toHaveLength(10)
  await answer(9, BUSY)
  await pass(10_000)
  expect(ids()).toHaveLength(11)
  await answer(10, DELIVERED)
  expect(events.at(-1)).toEqual({ kind: 'circuit closed', connector: 'mailer', of: 'event', openMs: 15_000 })
  expect(dispatch.state().stopped).toEqual([])
  await pass(10_000)
  for (let at = 11; at < ids().length; at += 1) await answer(at, DELIVERED)
  expect(Object.values(await statuses())).toEqual(people.map(() => 'delivered'))
})

test('a platform that is down, with a backlog, slows no other one', async () => {
  const { plan, store, now, pass, answer } = open(limited({ concurrency: 5 }))
  const people = Array.from({ length: 50 }, (_, at) => `p${at}`)
  await plan(...people.map(id => ({ id, profileId: id })))
  for (let at = 0; at < 9; at += 1) await answer(at, BUSY)
  const went: string[] = []
  const other: Connector = {
    ...{ name: 'other', limits: limited({ batchSize: 9 }), needs: { event: ['email'], traits: ['email'] } },
    deliver: async batch => {
      went.push(...batch.map(({ id }) => id))
      return batch.map(() => DELIVERED)
    },
  }
  const dispatch = startDispatch({ store, connector: other, now, random: () => 0, onEvent: () => undefined })
  await plan(...people.map(id => ({ id: `other ${id}`, profileId: id, connector: 'other' })))
  dispatch.wake()
  await pass(0)
  expect(went).toEqual(people.map(id => `other ${id}`))
  await dispatch.stop()
})

test('with a refused key nothing is given up, however long it lasts', async () => {
  const { plan, ids, answer, pass, statuses } = open()
  await plan({ id: 'e1' })
  for (let minutes = 0; minutes < 60 * 48; minutes += 1) {
    await answer(minutes, { kind: 'unauthorized', reason: '401' })
    await pass(60_000)
  }
  expect(ids()).toHaveLength(60 * 48 + 1)
  // Nor does it bring anything nearer to being given up for another reason.
  await answer(60 * 48, BUSY)
  await pass(60_000)
  await answer(60 * 48 + 1, DELIVERED)
  expect(await statuses()).toEqual({ e1: 'delivered' })
})

test('a disk that refuses the settling does not bring down the service, nor is anything sent a second time', async () => {
  let full = true
  const { plan, ids, answer, pass, statuses, events } = open(undefined, store => ({
    ...store,
    settle: (...given) => (full ? Promise.reject(new Error('disk is full')) : store.settle(...given)),
  }))
  await plan({ id: 'e1' }, { id: 'e2' })
  await answer(0, DELIVERED)
  expect(events).toContainEqual({ kind: 'loop failed', loop: 'dispatch mailer', error: 'disk is full' })
  await pass(5000)
  expect(await statuses()).toEqual({ e1: 'pending', e2: 'pending' })
  full = false
  await pass(1000)
  expect(await statuses()).toEqual({ e1: 'delivered', e2: 'pending' })
  expect(ids()).toEqual(['e1', 'e2'])
})

test('a connector that throws costs a try, not the service, and its words stay inside', async () => {
  const { plan, store, asked, pass } = open()
  await plan({ id: 'e1' })
  asked[0]?.fail(new TypeError('Bearer secret'))
  await pass(1000)
  expect(asked).toHaveLength(2)
  expect(await store.deliveries({}, 9)).toMatchObject([{ reason: 'mailer broke while delivering (TypeError)' }])
})

test('stopping waits for what is under way, settles it, and sends nothing more', async () => {
  const { plan, ids, asked, dispatch, statuses } = open()
  await plan({ id: 'e1' }, { id: 'e2' })
  const stopped = dispatch.stop()
  asked[0]?.answer(DELIVERED)
  await stopped
  expect(await statuses()).toEqual({ e1: 'delivered', e2: 'pending' })
  expect(ids()).toEqual(['e1'])
})

test('stopping waits some seconds for what is under way, and no longer: it is sent again under its id at the next start', async () => {
  const { plan, dispatch, asked, pass, store } = open()
  await plan({ id: 'e' })
  await pass(0)
  expect(asked).toHaveLength(1)
  let isStopped = false
  const stopped = dispatch.stop().then(() => {
    isStopped = true
  })
  await pass(3_900)
  expect(isStopped).toBe(false)
  await pass(200)
  await stopped
  expect((await store.deliveries({}, 10)).map(({ id, status }) => [id, status])).toEqual([['e', 'pending']])
})
