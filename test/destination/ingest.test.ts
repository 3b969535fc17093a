import { afterEach, beforeEach, expect, test } from 'vitest'
import { defaultPolicy } from '../../src/destination/engine/policy.ts'
import { ingestEntries, ingestTimers } from '../../src/destination/ingest.ts'
import { arrivedIn } from '../../src/destination/parse.ts'
import type { Addressee } from '../../src/destination/plan.ts'
import { openSqliteStore } from '../../src/destination/store/sqlite.ts'
import type { Store } from '../../src/destination/store/store.ts'
import { traitsOf } from '../support/deliveries.ts'

const NOW = Date.parse('2026-03-01T10:00:00Z')
const byEmail: Addressee = { name: 'mailer', needs: { event: ['email'], traits: ['email'] } }

let store: Store
let position = 0
beforeEach(() => {
  store = openSqliteStore(':memory:')
  position = 0
})
afterEach(() => store.close())

/** Logs one request with these calls and takes it in. */
async function send(...calls: readonly object[]) {
  position += 1
  const batch = calls.map((call, index) => ({
    type: 'track',
    messageId: `m${position}.${index}`,
    timestamp: new Date(NOW).toISOString(),
    ...call,
  }))
  const body = Buffer.from(JSON.stringify({ batch, sentAt: new Date(NOW).toISOString() }))
  return ingestEntries(
    { store, policy: defaultPolicy, connectors: [byEmail] },
    [arrivedIn({ position, call: 'batch', receivedAt: NOW, body })],
    NOW,
  )
}

const hovered = (ms: number, rest: object = {}) => ({
  event: 'Engagement Measured',
  anonymousId: 'anon',
  properties: { pageview_id: 'pv', hovers: [{ element: 'fern', ms, count: 1 }], automation: {} },
  ...rest,
})
const identify = (userId: string, rest: object = {}) => ({
  type: 'identify',
  userId,
  traits: { email: `${userId}@example.com` },
  ...rest,
})
const lease = async () =>
  (await store.lease('mailer', NOW, { kinds: ['event', 'traits'], limit: 10 })).map(({ delivery }) => delivery)

test('the same message twice counts once, in one request, in two, and after a restart of the reading', async () => {
  const call = { ...hovered(2000), messageId: 'same' }
  expect(await send(call, call)).toMatchObject({ messages: 2, duplicates: 1 })
  const points = (await store.person('anon'))?.state.balance.points
  expect(await send(call)).toMatchObject({ duplicates: 1 })
  expect((await store.person('anon'))?.state.balance.points).toBe(points)
  expect(store.cursor()).toBe(2)
})

test('what is owed to somebody without a name waits, and goes once they have one', async () => {
  await send(hovered(4000))
  expect(await lease()).toEqual([])
  await send(identify('ada', { anonymousId: 'anon' }))
  expect(await lease()).toMatchObject([
    {
      kind: 'event',
      name: 'Engagement Level Reached',
      identifiers: { email: 'ada@example.com', userId: 'ada', anonymousId: 'anon' },
    },
  ])
})

test('visits before signing in join the profile of the person, once', async () => {
  await send(identify('ada'))
  await send(hovered(2000))
  const before = (await store.person('anon'))?.state.balance.points
  await send(identify('ada', { anonymousId: 'anon' }))
  const joined = await store.person('ada')
  expect((await store.person('anon'))?.id).toBe(joined?.id)
  expect(joined?.state.balance.points).toBe(before)
  await send(identify('ada', { anonymousId: 'anon' }))
  expect((await store.person('ada'))?.state.balance.points).toBe(before)
  expect(await store.facts(joined?.id ?? '', 10)).toContainEqual(expect.objectContaining({ kind: 'merged' }))
  expect(await store.people(10)).toHaveLength(1)
})

test('what waited from an older visit does not undo newer traits once the two are joined', async () => {
  const shown: Record<string, unknown> = {}
  const deliver = async () => {
    for (let [delivery] = await lease(); delivery !== undefined; [delivery] = await lease()) {
      Object.assign(shown, traitsOf(delivery))
      await store.settle([{ kind: 'delivered', id: delivery.id }], NOW)
    }
  }
  const viewed = (id: string) => ({ event: 'Product Viewed', properties: { product_id: id, name: id } })
  const earlier = { anonymousId: 'phone', timestamp: new Date(NOW - 20 * 60_000).toISOString() }
  await send({ ...viewed('moss'), ...earlier }, hovered(4000, earlier))
  await send(identify('ada', { anonymousId: 'desk' }), { ...viewed('fern'), userId: 'ada', anonymousId: 'desk' })
  await deliver()
  expect(shown).toMatchObject({ inkling_last_product: 'fern' })
  await send(identify('ada', { anonymousId: 'phone' }))
  await deliver()
  expect(shown).toMatchObject({ inkling_last_product: 'fern', inkling_last_product_name: 'fern' })
})

test('joining within one request gives the same as in several', async () => {
  await send(identify('ada'), hovered(4000), identify('ada', { anonymousId: 'anon' }))
  const people = await store.people(10)
  expect(people).toHaveLength(1)
  expect(await store.facts(people[0]?.id ?? '', 10)).toContainEqual(expect.objectContaining({ kind: 'moment_fired' }))
  expect(await lease()).toMatchObject([{ name: 'Engagement Level Reached', profileId: people[0]?.id }])
})

test('a second person on the same browser is not joined with the first', async () => {
  await send(identify('ada', { anonymousId: 'anon' }))
  await send(identify('bob', { anonymousId: 'anon' }))
  const [ada, bob] = [await store.person('ada'), await store.person('bob')]
  expect(ada?.id).not.toBe(bob?.id)
  expect(ada?.state.known.email).toBe('ada@example.com')
  await send(hovered(4000))
  expect((await store.person('bob'))?.state.level).toBe('medium')
  expect((await store.person('ada'))?.state.level).toBe('none')
})

test('an alias joins two signed-in people', async () => {
  await send(identify('old'), identify('new'))
  await send({ type: 'alias', userId: 'new', previousId: 'old' })
  expect((await store.person('old'))?.id).toBe((await store.person('new'))?.id)
  expect((await store.person('new'))?.state.known.userId).toBe('new')
})

test('after an alias, whoever still sends the former id means the joined person', async () => {
  await send(identify('old'))
  await send({ type: 'alias', userId: 'new', previousId: 'old' })
  await send(identify('old'), identify('new'))
  expect(await store.people(10)).toHaveLength(1)
  expect((await store.person('old'))?.id).toBe((await store.person('new'))?.id)
})

test('a timer of a profile that was joined goes on for the joined one', async () => {
  await send(identify('ada'))
  await send({ event: 'Product Added', anonymousId: 'anon', properties: { product_id: 'fern', price: 10 } })
  await send(identify('ada', { anonymousId: 'anon' }))
  const due = await store.dueTimers(NOW + 31 * 60_000, 10)
  expect(due.map(({ timer }) => timer.key)).toContain('cart')
  const cart = due.filter(({ timer }) => timer.key === 'cart')
  await ingestTimers({ store, policy: defaultPolicy, connectors: [byEmail] }, cart, NOW + 31 * 60_000)
  expect((await store.deliveries({ status: 'pending' }, 10)).map(({ name }) => name)).toContain('Cart Abandoned')
  expect((await store.dueTimers(NOW + 99 * 60_000, 10)).map(({ timer }) => timer.key)).not.toContain('cart')
})

test('within a request, messages count in the order they happened', async () => {
  const when = (minutes: number) => new Date(NOW - minutes * 60_000).toISOString()
  await send(
    { event: 'Order Completed', anonymousId: 'anon', timestamp: when(1), properties: {} },
    { event: 'Product Added', anonymousId: 'anon', timestamp: when(2), properties: { product_id: 'fern' } },
  )
  expect((await store.person('anon'))?.state.cart).toBeUndefined()
})

test('the id of a write is the same whenever the same stream is taken in anew', async () => {
  const stream = async () => {
    await send(identify('ada', { anonymousId: 'anon' }), hovered(4000))
    return (await lease()).map(({ id }) => id)
  }
  const first = await stream()
  store.close()
  store = openSqliteStore(':memory:')
  position = 0
  expect(await stream()).toEqual(first)
  expect(first[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/)
})

test('a large request gives way to whatever else waits while it is decided', async () => {
  let [turns, isOver] = [0, false]
  const takeTurn = () => {
    turns += 1
    if (!isOver) setImmediate(takeTurn)
  }
  setImmediate(takeTurn)
  const people = Array.from({ length: 1_000 }, (_, index) => identify(`person ${index}`))
  expect(await send(...people)).toMatchObject({ messages: 1_000, duplicates: 0 })
  isOver = true
  expect(turns).toBeGreaterThanOrEqual(9)
  expect(store.cursor()).toBe(1)
})
