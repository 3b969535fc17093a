/** A message into the real service, and what arrives at Braze. */
import { expect, onTestFinished, test } from 'vitest'
import { typeOf } from '../../examples/platforms/braze/workspace.ts'
import { type BrazeStandIn, startBraze } from '../../examples/platforms/braze.ts'
import { createBraze } from '../../src/connectors/braze/index.ts'
import { LIMITS } from '../../src/connectors/braze/settings.ts'
import { startDispatch } from '../../src/destination/delivery/dispatch.ts'
import { initialState } from '../../src/destination/engine/profile.ts'
import { TRAITS } from '../../src/destination/engine/traits.ts'
import type { LogEvent } from '../../src/destination/log-event.ts'
import { openSqliteStore } from '../../src/destination/store/sqlite.ts'
import { openLiveService } from '../support/live-service.ts'

const KEY = 'rest-key-1234567890'
/** A moment that fires with the message itself, and one that fires after a while, which is shortened. */
const CONFIG = {
  moments: { cartAbandoned: { after: '50ms' }, engagementLevel: { enabled: false } },
  customMoments: [{ name: 'Price Asked', when: { event: 'Price Asked' } }],
} as const

async function openWorld(environment: Readonly<Record<string, string>> = {}, now = Date.now) {
  const braze = await startBraze({ apiKey: KEY, now })
  onTestFinished(() => braze.close())
  const { events, send, until } = await openLiveService({
    environment: { BRAZE_API_KEY: KEY, BRAZE_REST_ENDPOINT: braze.url, ...environment },
    ...{ config: CONFIG, now },
  })
  return { braze, send, until, said: (fits: (event: LogEvent) => boolean) => until(() => events.some(fits)) }
}

const arrival = [
  { type: 'identify', userId: 'ada', traits: { email: 'ada@example.com' } },
  {
    type: 'track',
    userId: 'ada',
    event: 'Product Viewed',
    properties: { product_id: '2026-fig', name: 'Fig', price: 35, url: 'https://shop.example/fig' },
  },
  {
    type: 'track',
    userId: 'ada',
    event: 'Product Added',
    properties: { product_id: '2026-fig', name: 'Fig', price: 35, quantity: 2 },
  },
]

/** An attempt of that kind ended like this. */
const attempted = (of: string, outcome: string) => (event: LogEvent) =>
  event.kind === 'delivery attempted' && event.of === of && event.outcome === outcome

const named = (braze: BrazeStandIn, name: string) => braze.events().filter(event => event.name === name)

test('a cart left behind arrives as an event with its traits, each of the type the table says', async () => {
  const { braze, send, until } = await openWorld()
  await send(...arrival)
  await until(() => named(braze, 'Cart Abandoned').length > 0)
  const [reminder, ...others] = named(braze, 'Cart Abandoned')
  expect(others).toEqual([])
  expect(reminder).toMatchObject({
    properties: { cart_value: 70, cart_item_count: 2, cart_items: 'Fig' },
    attributes: { inkling_cart_value: 70, inkling_intent: 'buying' },
  })
  const person = braze.profile({ externalId: 'ada' })
  expect(person).toMatchObject({ email: 'ada@example.com', attributes: { inkling_last_product: '2026-fig' } })
  const types = new Map<string, string>(TRAITS.map(({ name, type }) => [`inkling_${name}`, type]))
  const written = Object.entries(person?.attributes ?? {})
  expect(written.length).toBeGreaterThan(8)
  expect(written.map(([name, value]) => [name, typeOf(value)])).toEqual(
    written.map(([name]) => [name, types.get(name)]),
  )
  expect(person?.attributes).toHaveProperty('inkling_last_viewed_at')
  expect(braze.dropped()).toEqual([])
})

test('an order takes the cart back: its traits are cleared at Braze', async () => {
  const { braze, send, until } = await openWorld()
  await send(...arrival)
  await until(() => braze.profile({ externalId: 'ada' })?.attributes['inkling_cart_value'] === 70)
  await send({ type: 'track', userId: 'ada', event: 'Order Completed', properties: { order_id: 'o1', products: [] } })
  await until(() => braze.profile({ externalId: 'ada' })?.attributes['inkling_cart_value'] === undefined)
  expect(braze.profile({ externalId: 'ada' })?.attributes).not.toHaveProperty('inkling_cart_item_count')
})

const asked = { type: 'track', userId: 'ada', event: 'Price Asked', properties: {} }

test('an event whose answer is lost is sent again and counts twice at Braze, which recognises no repeats', async () => {
  const { braze, send, said } = await openWorld()
  await send(...arrival.slice(0, 1))
  await said(attempted('traits', 'delivered'))
  braze.fail({ kind: 'half-body' }, { afterRecording: true })
  await send(asked)
  await said(attempted('event', 'delivered'))
  expect(named(braze, 'Price Asked')).toHaveLength(2)
})

test('an event whose answer is lost counts once where it is dropped', async () => {
  const { braze, send, said } = await openWorld({ BRAZE_UNANSWERED_EVENTS: 'drop' })
  await send(...arrival.slice(0, 1))
  await said(attempted('traits', 'delivered'))
  braze.fail({ kind: 'half-body' }, { afterRecording: true })
  await send(asked)
  await said(attempted('event', 'rejected'))
  await send({ ...asked, userId: 'bob' })
  await said(attempted('event', 'delivered'))
  expect(named(braze, 'Price Asked')).toHaveLength(2)
  expect(new Set(named(braze, 'Price Asked').map(({ profileId }) => profileId)).size).toBe(2)
})

test('whoever is anonymous waits, and goes to Braze once there is an address', async () => {
  const { braze, send, said, until } = await openWorld()
  await send({
    type: 'track',
    anonymousId: 'anon',
    event: 'Product Added',
    properties: { product_id: 'fig', price: 35 },
  })
  await send({ type: 'identify', userId: 'known', traits: {} })
  await said(attempted('traits', 'delivered'))
  expect(braze.profiles().map(({ externalId }) => externalId)).toEqual(['known'])
  await send({ type: 'identify', anonymousId: 'anon', traits: { email: 'late@example.com' } })
  await until(() => braze.profile({ email: 'late@example.com' }) !== undefined)
  expect(braze.profile({ email: 'late@example.com' })?.attributes).toMatchObject({ inkling_last_product: 'fig' })
})

test('a visitor written as an alias becomes the user they turn out to be, with what was written before', async () => {
  let ahead = 0
  const environment = { BRAZE_ANONYMOUS_VISITORS: 'alias' }
  const { braze, send, said, until } = await openWorld(environment, () => Date.now() + ahead)
  const visitor = { anonymousId: 'desk' }
  await send({ ...asked, userId: undefined, ...visitor })
  await said(attempted('event', 'delivered'))
  expect(braze.profiles()).toMatchObject([{ aliases: [expect.stringContaining('"desk"')] }])
  const [alias] = braze.profiles()
  await send({ type: 'identify', userId: 'ada', ...visitor, traits: { email: 'ada@example.com' } })
  await send({ ...arrival[1], ...visitor }, { ...arrival[2], ...visitor })
  // Too young to be joined: what follows waits with it.
  expect(braze.profiles()).toEqual([alias])
  ahead = 61_000
  await send({ type: 'page', userId: 'ada', ...visitor })
  await said(attempted('joining', 'delivered'))
  await until(() => braze.profile({ externalId: 'ada' })?.attributes['inkling_cart_value'] === 70)
  expect(braze.profiles()).toMatchObject([{ id: alias?.id, externalId: 'ada', email: 'ada@example.com' }])
  expect(
    braze
      .requests()
      .map(({ path }) => path)
      .slice(0, 3),
  ).toEqual(['/users/track', '/users/identify', '/users/track'])
  expect(named(braze, 'Price Asked').map(({ profileId }) => profileId)).toEqual([alias?.id])
})

test('what waits in the outbox is sent together, many people in a call', async () => {
  const braze = await startBraze({ apiKey: KEY })
  const store = openSqliteStore(':memory:')
  const people = Array.from({ length: 2 * (LIMITS.routes[0]?.batchSize ?? 0) }, (_, at) => `p${at}`)
  await store.commit({
    ...{ now: 0, merges: [], identities: [], seen: [], facts: [], releases: [] },
    profiles: people.map(id => ({ id, state: { ...initialState, known: { ...initialState.known, userId: id } } })),
    deliveries: people.map(id => ({
      ...{ id, profileId: id, connector: 'braze', kind: 'event', name: 'Price Asked' },
      ...{ properties: {}, traits: { inkling_score: 1 }, time: 0, held: false },
    })),
  })
  const connector = createBraze({ apiKey: KEY, baseUrl: braze.url })
  const all = Promise.withResolvers<void>()
  braze.onChange(() => braze.events().length === people.length && all.resolve())
  const dispatch = startDispatch({ store, connector, now: () => 1, random: () => 0, onEvent: () => undefined })
  onTestFinished(async () => {
    await dispatch.stop()
    store.close()
    await braze.close()
  })
  dispatch.wake()
  await all.promise
  expect(new Set(braze.events().map(({ profileId }) => profileId)).size).toBe(people.length)
  expect(braze.requests().length).toBeLessThanOrEqual(2)
})
