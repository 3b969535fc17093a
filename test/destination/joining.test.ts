/** What holds in the store, whatever arrives and whoever turns out to be one person: over a real database. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { defaultPolicy } from '../../src/destination/engine/policy.ts'
import { pointsAt } from '../../src/destination/engine/score.ts'
import { eventTime } from '../../src/destination/engine/time.ts'
import { ingestEntries, ingestTimers } from '../../src/destination/ingest.ts'
import { arrivedIn, messagesOf } from '../../src/destination/parse.ts'
import { createPeople } from '../../src/destination/people.ts'
import type { Addressee } from '../../src/destination/plan.ts'
import { openSqliteStore } from '../../src/destination/store/sqlite.ts'
import type { Store } from '../../src/destination/store/store.ts'
import { webhookEntry } from '../support/log-entry.ts'

const NOW = Date.parse('2026-03-01T10:00:00Z')
const HOUR = 3_600_000
const mailer: Addressee = { name: 'mailer', needs: { event: ['email'], traits: ['email'] } }
type Call = Readonly<Record<string, unknown>>

async function send(store: Store, position: number, calls: readonly Call[], receivedAt: number): Promise<void> {
  const entry = webhookEntry(position, calls, receivedAt)
  await ingestEntries({ store, policy: defaultPolicy, connectors: [mailer] }, [arrivedIn(entry)], receivedAt)
}

const act = (anonymousId: string): fc.Arbitrary<Call> =>
  fc.oneof(
    fc.integer({ min: 0, max: 9000 }).map(
      (ms): Call => ({
        type: 'track',
        event: 'Engagement Measured',
        anonymousId,
        properties: { pageview_id: `pv-${anonymousId}`, hovers: [{ element: 'plan', ms }] },
      }),
    ),
    fc.constantFrom('fern', 'moss').map(
      (id): Call => ({
        type: 'track',
        event: 'Product Added',
        anonymousId,
        properties: { product_id: `${anonymousId}-${id}`, price: 10 },
      }),
    ),
  )

test('it does not matter in which order somebody’s visits are found to be theirs, and nothing of them is lost', async () => {
  const visit = (id: string) => fc.array(act(id), { minLength: 1, maxLength: 3 })
  const covered = { timers: 0, held: 0 }
  await fc.assert(
    fc.asyncProperty(
      visit('desk'),
      visit('phone'),
      visit('tablet'),
      fc.shuffledSubarray(['desk', 'phone', 'tablet'], { minLength: 3 }),
      async (desk, phone, tablet, order) => {
        const end = async (devices: readonly string[]) => {
          const store = openSqliteStore(':memory:')
          await send(store, 1, [...desk, ...phone, ...tablet], NOW)
          const keys = (await store.people(10)).flatMap(({ state }) => state.timers.map(({ key }) => key))
          const before = await store.deliveries({}, 100)
          for (const [index, anonymousId] of devices.entries())
            await send(
              store,
              2 + index,
              [{ type: 'identify', userId: 'ada', anonymousId, traits: { email: 'ada@shop.example' } }],
              NOW + 1000,
            )
          const people = await store.people(10)
          expect(people).toHaveLength(1)
          const [{ id, state } = { id: '', state: undefined }] = people
          // Timers survive, and what was owed waits no longer: it goes to the one person they are.
          expect(new Set(state?.timers.map(({ key }) => key))).toEqual(new Set(keys))
          const inCart = [...desk, ...phone, ...tablet].flatMap(({ properties }) => Object(properties).product_id ?? [])
          expect(new Set(state?.cart?.lines.map(line => line.id))).toEqual(new Set(inCart))
          const after = await store.deliveries({}, 100)
          for (const { id: owed } of before) expect(after.map(({ id }) => id)).toContain(owed)
          expect(after.filter(({ profileId, status }) => profileId !== id || status === 'held')).toEqual([])
          covered.timers += keys.length
          covered.held += before.length
          store.close()
          return state
        }
        const [one, other] = [await end(['desk', 'phone', 'tablet']), await end(order)]
        expect(other?.balance.points).toBeCloseTo(one?.balance.points ?? -1, 9)
        expect(other?.timeSpentMs).toBe(one?.timeSpentMs)
        expect(new Set(other?.pageViews)).toEqual(new Set(one?.pageViews))
        expect(new Set(other?.cart?.lines)).toEqual(new Set(one?.cart?.lines))
        expect(new Set(other?.timers.map(({ key }) => key))).toEqual(new Set(one?.timers.map(({ key }) => key)))
      },
    ),
    { numRuns: 60 },
  )
  expect(covered.timers).toBeGreaterThan(60)
  expect(covered.held).toBeGreaterThan(60)
})

test('each write belongs to somebody, none disappears, and nobody’s points are counted twice', async () => {
  const anonymousIds = ['a', 'b', 'c']
  const call = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...anonymousIds).chain(act) },
    fc.record({
      type: fc.constant('identify'),
      userId: fc.constant('ada'),
      anonymousId: fc.constantFrom(...anonymousIds),
      traits: fc.constantFrom({}, { email: 'ada@shop.example' }),
    }),
    fc.record({ type: fc.constant('alias'), userId: fc.constant('ada'), previousId: fc.constantFrom('a', 'b') }),
  )
  const requests = fc.array(fc.array(call, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 12 })
  let merges = 0
  await fc.assert(
    fc.asyncProperty(requests, async batches => {
      const store = openSqliteStore(':memory:')
      let known: readonly string[] = []
      for (const [index, calls] of batches.entries()) {
        await send(store, index + 1, calls, NOW + index * 60_000)
        const people = new Set((await store.people(100)).map(({ id }) => id))
        const owed = await store.deliveries({}, 1000)
        for (const { profileId } of owed) expect(people).toContain(profileId)
        expect(owed.map(({ id }) => id)).toEqual(expect.arrayContaining([...known]))
        known = owed.map(({ id }) => id)
      }
      const at = NOW + 12 * HOUR
      for (let due = await store.dueTimers(at, 10); due.length > 0; due = await store.dueTimers(at, 10))
        await ingestTimers({ store, policy: defaultPolicy, connectors: [mailer] }, due, at)
      // What all of them have now is what was earned.
      const people = await store.people(100)
      const last = eventTime(NOW + 12 * 60_000)
      const points = people.reduce((sum, { state }) => sum + pointsAt(state.balance, last, defaultPolicy.score), 0)
      const apart = await earnedApart(batches, last)
      expect(points).toBeCloseTo(apart, 9)
      for (const { id } of people) merges += (await store.facts(id, 100)).filter(({ kind }) => kind === 'merged').length
      store.close()
    }),
    { numRuns: 60 },
  )
  expect(merges).toBeGreaterThan(10)
})

/** The points of the same stream if nobody were ever found to be somebody else. */
async function earnedApart(batches: readonly (readonly Call[])[], at: ReturnType<typeof eventTime>): Promise<number> {
  const strangers = openSqliteStore(':memory:')
  for (const [index, calls] of batches.entries()) {
    const acts = calls.filter(({ type }) => type === 'track')
    await send(strangers, index + 1, acts, NOW + index * 60_000)
  }
  const people = await strangers.people(100)
  strangers.close()
  return people.reduce((sum, { state }) => sum + pointsAt(state.balance, at, defaultPolicy.score), 0)
}

test('no JSON at all, read as the wire is and taken in, throws or makes a state too large', () => {
  const names = [
    'Engagement Measured',
    'Product Added',
    'Cart Viewed',
    'Checkout Started',
    'Feature Used',
    'Email Bounced',
    '__proto__',
  ]
  const value = fc.oneof(
    fc.jsonValue(),
    fc.string({ minLength: 100, maxLength: 400 }),
    fc.constantFrom(-1, 1e308, '1e999', '2026-03-01T09:00:00Z'),
  )
  const properties = [
    'pageview_id',
    'active_ms',
    'scroll_depth',
    'hovers',
    'clicks',
    'form',
    'exit',
    'device',
    'local_hour',
    'downloads',
    'products',
    'product_id',
    'price',
    'quantity',
    'url',
    'feature',
    'automation',
    'videos',
  ]
  const strange = fc.record(
    {
      type: fc.constantFrom('track', 'identify', 'page', 'screen', 'group', 'alias', 'delete'),
      event: fc.constantFrom(...names),
      userId: fc.constantFrom('u', 'v', '__proto__'),
      anonymousId: fc.constantFrom('a', 'b', 'constructor'),
      previousId: fc.constantFrom('a', 'v'),
      properties: fc.record(Object.fromEntries(properties.map(name => [name, value])), { requiredKeys: [] }),
      traits: fc.record({ email: value, phone: value, clv: value, plan: value, company: value }, { requiredKeys: [] }),
      context: fc.record(
        { page: value, traits: value, campaign: value, consent: value, timezone: value },
        { requiredKeys: [] },
      ),
      timestamp: value,
    },
    { requiredKeys: ['type'] },
  )
  let taken = 0
  fc.assert(
    fc.property(fc.array(strange, { maxLength: 30 }), calls => {
      const people = createPeople(defaultPolicy)
      const body = Buffer.from(JSON.stringify(calls))
      for (const message of messagesOf({ position: 1, call: 'webhook', receivedAt: NOW, body })) {
        const { profileId } = people.takeMessage(message)
        people.takeTimers(profileId, eventTime(NOW))
        taken += 1
      }
      for (const [, state] of people.all()) {
        const text = JSON.stringify(state)
        expect(Buffer.byteLength(text)).toBeLessThan(16_384)
        // No number in it is anything JSON cannot write.
        expect(JSON.parse(text)).toEqual(state)
      }
    }),
  )
  expect(taken).toBeGreaterThan(300)
})

test('a cart left before signing in, that found nobody to tell, is told once its owner is a known customer', async () => {
  const store = openSqliteStore(':memory:')
  const due = async (at: number) =>
    ingestTimers({ store, policy: defaultPolicy, connectors: [mailer] }, await store.dueTimers(at, 10), at)
  const signsIn = (anonymousId: string): Call => ({
    ...{ type: 'identify', userId: 'ada', anonymousId, traits: { email: 'ada@shop.example' } },
  })
  await send(store, 1, [signsIn('phone')], NOW)
  await send(
    store,
    2,
    [{ type: 'track', event: 'Product Added', anonymousId: 'desk', properties: { product_id: 'fern', price: 10 } }],
    NOW,
  )
  await due(NOW + HOUR)
  await send(store, 3, [signsIn('desk')], NOW + 2 * HOUR)
  const told = async () => (await store.deliveries({}, 10)).filter(({ name }) => name === 'Cart Abandoned')
  for (let at = NOW + 2 * HOUR; at < NOW + 2.5 * HOUR; at += HOUR / 4) await due(at)
  expect(await told()).toEqual([])
  await due(NOW + 2.5 * HOUR)
  expect(await told()).toMatchObject([{ properties: { cart_last_item: 'fern' } }])
  store.close()
})
