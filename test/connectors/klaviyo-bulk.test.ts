/** A backlog of events on its way to Klaviyo: in bulk, whole or not at all, and never out of order. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type KlaviyoStandIn, startKlaviyo } from '../../examples/platforms/klaviyo.ts'
import type { Connector, Delivery, EventDelivery } from '../../src/connectors/connector.ts'
import { requestsOf } from '../../src/connectors/klaviyo/bulk.ts'
import { createKlaviyo } from '../../src/connectors/klaviyo/index.ts'
import { BULK, BULK_RESENDS, EVENTS_ALONE } from '../../src/connectors/klaviyo/settings.ts'
import { eventDelivery, traitsDelivery } from '../support/deliveries.ts'
import { KEY } from '../support/klaviyo-call.ts'
import { hasShared, NEEDS_SHARED, sharedJson } from '../support/shared.ts'

const ONE = '/api/events'
const MANY = '/api/event-bulk-create-jobs'
const PROFILE = '/api/profile-import'

let account: KlaviyoStandIn
/** The bodies of the bulk requests, as they went out. */
let bodies: string[]
let connector: Connector

beforeEach(async () => {
  bodies = []
  account = await startKlaviyo({ apiKey: KEY, limits: false })
  const recording: typeof fetch = (url, init) => {
    if (String(url).endsWith(MANY)) bodies.push(String(init?.body))
    return fetch(url, init)
  }
  connector = await createKlaviyo({ apiKey: KEY, baseUrl: account.url }, { fetch: recording })
})
afterEach(() => account.close())

/** An event of a person of their own. */
function eventOf(person: number, changes: Partial<EventDelivery> = {}): EventDelivery {
  const identifiers = { email: `p${person}@example.com` }
  return eventDelivery({ id: `event-${person}`, profileId: `person-${person}`, identifiers, ...changes })
}

function backlog(count: number): readonly EventDelivery[] {
  return Array.from({ length: count }, (_, person) => eventOf(person))
}

const paths = () => account.requests().map(({ path, status }) => `${path} ${status}`)
const kindsOf = async (batch: readonly Delivery[]) => (await connector.deliver(batch)).map(({ kind }) => kind)
const recordedIds = () => account.events().map(({ uniqueId }) => uniqueId)

/** How often each happened. */
function counted(all: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries([...Map.groupBy(all, one => one)].map(([one, times]) => [one, times.length]))
}

describe('one by one or in bulk', () => {
  test('a few events go in calls of their own, one more and they go in one', async () => {
    expect(counted(await kindsOf(backlog(EVENTS_ALONE)))).toEqual({ delivered: EVENTS_ALONE })
    expect(counted(paths())).toEqual({ [`${ONE} 202`]: EVENTS_ALONE })
    const more = backlog(EVENTS_ALONE + 1).map(event => ({ ...event, name: 'Re-engaged' }))
    expect(counted(await kindsOf(more))).toEqual({ delivered: EVENTS_ALONE + 1 })
    expect(counted(paths())).toEqual({ [`${ONE} 202`]: EVENTS_ALONE, [`${MANY} 202`]: 1 })
    expect(account.events().filter(({ metric }) => metric === 'Re-engaged')).toHaveLength(EVENTS_ALONE + 1)
  })

  test('traits among them go in calls of their own', async () => {
    const batch = [...backlog(30), traitsDelivery({ profileId: 'ada' })]
    expect(counted(await kindsOf(batch))).toEqual({ delivered: 31 })
    expect(counted(paths())).toEqual({ [`${MANY} 202`]: 1, [`${PROFILE} 201`]: 1 })
  })

  test('a bulk request says of each event what a call of its own would say, and clears traits where it must be said', async () => {
    const traits = { inkling_level: 'high', inkling_cart_value: null }
    const identifiers = { email: 'ada@example.com', userId: 'user-1', anonymousId: 'anon-1' }
    await connector.deliver([...backlog(30), eventOf(30, { identifiers, traits })])
    const entries = JSON.parse(bodies[0] ?? '').data.attributes['events-bulk-create'].data
    expect(entries).toHaveLength(31)
    expect(entries[30]).toEqual({
      type: 'event-bulk-create',
      attributes: {
        profile: {
          data: {
            type: 'profile',
            attributes: {
              email: 'ada@example.com',
              external_id: 'user-1',
              anonymous_id: 'anon-1',
              properties: { inkling_level: 'high' },
            },
            meta: { patch_properties: { unset: ['inkling_cart_value'] } },
          },
        },
        events: {
          data: [
            {
              type: 'event',
              attributes: {
                properties: { cart_value: 99.5, cart_item_count: 2, product_name: 'Trail shoe' },
                time: '2026-07-15T12:00:00.123Z',
                metric: { data: { type: 'metric', attributes: { name: 'Cart Abandoned' } } },
                unique_id: 'event-30',
              },
            },
          ],
        },
      },
    })
    expect(entries[0].attributes.profile.data).not.toHaveProperty('meta')
  })

  test.skipIf(!hasShared)(`an entry has the shape of the captured one${NEEDS_SHARED}`, async () => {
    const identifiers = { email: 'a@example.com' }
    const captured = eventOf(0, {
      identifiers,
      id: 'msg-1',
      name: 'High Intent Detected',
      properties: { score: 42 },
      traits: {},
    })
    await connector.deliver([{ ...captured, time: Date.UTC(2026, 6, 15, 12) }, ...backlog(30).slice(1)])
    const [entry] = JSON.parse(bodies[0] ?? '').data.attributes['events-bulk-create'].data
    // We leave out `backfill` where it is false, as it is anyway.
    expect({ ...entry, attributes: { backfill: false, ...entry.attributes } }).toEqual(capturedEntry())
  })
})

describe('within what a request may hold', () => {
  test(`${BULK.events} events go in one request, the next one in another`, async () => {
    expect(requestsOf(backlog(BULK.events)).map(({ length }) => length)).toEqual([BULK.events])
    expect(requestsOf(backlog(BULK.events + 1)).map(({ length }) => length)).toEqual([BULK.events, 1])
    expect(counted(await kindsOf(backlog(BULK.events)))).toEqual({ delivered: BULK.events })
    expect(paths()).toEqual([`${MANY} 202`])
  })

  test('no request is larger than allowed, whatever its events are made of', async () => {
    const long = { note: 'ä"\n'.repeat(25_000) }
    const wide = Object.fromEntries(Array.from({ length: 380 }, (_, at) => [`trait_${at}`, at % 2 === 0 ? null : '€']))
    const heavy = backlog(100).map((event, at) => ({
      ...event,
      ...(at % 2 === 0 ? { properties: long } : { traits: wide }),
    }))
    expect(counted(await kindsOf(heavy))).toEqual({ delivered: 100 })
    expect(bodies.length).toBeGreaterThan(1)
    for (const body of bodies) expect(Buffer.byteLength(body)).toBeLessThanOrEqual(BULK.bytes)
    // As full as they may be: what is reserved around an event is a margin, no more.
    expect(bodies.reduce((sum, body) => sum + Buffer.byteLength(body), 0)).toBeGreaterThan(
      (bodies.length - 1) * 4_800_000,
    )
  })

  test('what JSON:API puts around an event is counted', async () => {
    // So many events fill a request to the brim by what they hold themselves.
    const brimful = (BULK.bytes - 100_000) / BULK.events
    const full = backlog(BULK.events).map(event => {
      const named = {
        ...event,
        identifiers: { email: 'a@b.co', phone: '+4915112345678', userId: 'u', anonymousId: 'x' },
        traits: { a: null },
      }
      return { ...named, properties: { note: 'x'.repeat(brimful - JSON.stringify(named).length) } }
    })
    await connector.deliver(full)
    expect(bodies.length).toBe(2)
    for (const body of bodies) expect(Buffer.byteLength(body)).toBeLessThanOrEqual(BULK.bytes)
  })
})

describe('a request that is refused', () => {
  const nameless = { name: '' }

  test('one bad event becomes a dead letter in Klaviyo\u2019s words, and every other one is recorded', async () => {
    const batch = backlog(40).with(17, eventOf(17, nameless))
    const outcomes = await connector.deliver(batch)
    expect(outcomes[17]).toEqual({
      kind: 'rejected',
      reason: expect.stringMatching(/^400 must be 1 to 127 characters/),
    })
    expect(counted(outcomes.map(({ kind }) => kind))).toEqual({ delivered: 39, rejected: 1 })
    expect(recordedIds().toSorted()).toEqual(
      batch
        .filter((_, at) => at !== 17)
        .map(({ id }) => id)
        .toSorted(),
    )
    expect(paths()).toEqual([`${MANY} 400`, `${ONE} 400`, `${MANY} 202`])
  })

  test('one that is refused again and again is sent a bounded number of times, then one by one', async () => {
    const batch = backlog(40).map((event, at) => (at % 4 === 0 ? { ...event, ...nameless } : event))
    expect(counted(await kindsOf(batch))).toEqual({ delivered: 30, rejected: 10 })
    const seen = counted(paths())
    expect(seen[`${MANY} 400`]).toBe(BULK_RESENDS + 1)
    expect(seen[`${ONE} 202`]).toBe(30)
    expect(recordedIds()).toHaveLength(30)
  })

  test('one that names no event is sent one by one', async () => {
    account.fail({ kind: 'status', status: 400 }, { path: MANY })
    expect(counted(await kindsOf(backlog(30)))).toEqual({ delivered: 30 })
    account.fail({ kind: 'status', status: 413 }, { path: MANY })
    const others = backlog(30).map(event => ({ ...event, name: 'Re-engaged' }))
    expect(counted(await kindsOf(others))).toEqual({ delivered: 30 })
    expect(counted(paths())).toEqual({ [`${MANY} 400`]: 1, [`${MANY} 413`]: 1, [`${ONE} 202`]: 60 })
  })

  test('a place that is no entry of ours names nobody', async () => {
    const pointer = '/data/attributes/events-bulk-create/data/999/attributes'
    const refusing: typeof fetch = async (url, init) =>
      String(url).endsWith(MANY)
        ? new Response(JSON.stringify({ errors: [{ detail: 'no', source: { pointer } }] }), { status: 400 })
        : fetch(url, init)
    const other = await createKlaviyo({ apiKey: KEY, baseUrl: account.url }, { fetch: refusing })
    expect((await other.deliver(backlog(30))).every(({ kind }) => kind === 'delivered')).toBe(true)
    expect(recordedIds()).toHaveLength(30)
  })

  test.each([
    [
      { kind: 'throttle', retryAfterS: 7 },
      { kind: 'retry', afterMs: 7000 },
    ],
    [{ kind: 'status', status: 503 }, { kind: 'retry' }],
    [{ kind: 'status', status: 401 }, { kind: 'unauthorized' }],
    [{ kind: 'html', status: 403 }, { kind: 'retry' }],
  ] as const)('%o is the outcome of all it held', async (fault, outcome) => {
    account.fail(fault, { path: MANY })
    const outcomes = await connector.deliver(backlog(30))
    expect(outcomes).toHaveLength(30)
    for (const one of outcomes) expect(one).toMatchObject(outcome)
    expect(JSON.stringify(outcomes)).not.toMatch(/example\.com|pk_test/)
    expect(account.requests()).toHaveLength(1)
  })

  test('a Klaviyo that is broken is not asked for the rest of the batch', async () => {
    account.fail({ kind: 'status', status: 503 }, { path: MANY })
    const outcomes = await connector.deliver(backlog(BULK.events + 20))
    expect(counted(outcomes.map(({ kind }) => kind))).toEqual({ retry: BULK.events + 20 })
    expect(account.requests()).toHaveLength(1)
  })
})

describe('nothing twice, nothing out of turn', () => {
  test('a request whose answer was lost is sent again, and each event is recorded once', async () => {
    account.fail({ kind: 'half-body' }, { path: MANY, afterRecording: true })
    expect(counted(await kindsOf(backlog(30)))).toEqual({ retry: 30 })
    expect(recordedIds()).toHaveLength(30)
    expect(counted(await kindsOf([...backlog(30), eventOf(30)]))).toEqual({ delivered: 31 })
    expect(recordedIds()).toHaveLength(31)
  })

  test('an id that comes twice is not twice in one request', async () => {
    const batch = [...backlog(30), eventOf(31, { id: 'event-3' })]
    expect(counted(await kindsOf(batch))).toEqual({ delivered: 31 })
    expect(paths()).toEqual([`${MANY} 202`, `${ONE} 202`])
  })

  test('events of one person are recorded in order, after the traits that were queued before them', async () => {
    const ada = { profileId: 'person-0', identifiers: { email: 'p0@example.com' } }
    const batch = [
      traitsDelivery({ ...ada, traits: { inkling_level: 'low' } }),
      ...backlog(30).map(event => ({ ...event, traits: {} })),
      ...backlog(30).map(event => ({
        ...event,
        id: `${event.id}-again`,
        name: 'Re-engaged',
        traits: { inkling_level: 'high' },
      })),
    ]
    expect(counted(await kindsOf(batch))).toEqual({ delivered: 61 })
    const hers = account.events(account.profile({ email: 'p0@example.com' })?.id)
    expect(hers.map(({ uniqueId }) => uniqueId)).toEqual(['event-0', 'event-0-again'])
    expect(account.profile({ email: 'p0@example.com' })?.properties).toEqual({ inkling_level: 'high' })
    // The first request left without her event: her traits were being written.
    expect(bodies.map(body => body.includes('"event-0"'))).toEqual([false, true])
  })

  test('an event waits behind traits of the same person that have to be retried; the others go', async () => {
    account.fail({ kind: 'status', status: 503 }, { path: PROFILE })
    const outcomes = await connector.deliver([traitsDelivery({ profileId: 'person-0' }), ...backlog(30)])
    expect(outcomes.map(({ kind }) => kind)).toEqual([
      'retry',
      'retry',
      ...Array.from({ length: 29 }, () => 'delivered'),
    ])
    expect(recordedIds()).not.toContain('event-0')
  })
})

function capturedEntry(): unknown {
  const { captures } = JSON.parse(JSON.stringify(sharedJson('fixtures/platforms/klaviyo.json')))
  const found = captures.find(({ call }: { call: string }) => call === 'EventsApi.bulkCreateEvents')
  return found.request.body.data.attributes['events-bulk-create'].data[0]
}
