/** What a Klaviyo account takes and refuses when many events come in one request. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type KlaviyoStandIn, startKlaviyo } from '../../examples/platforms/klaviyo.ts'
import { bulkBody, call, eventBody, KEY, type Reply } from '../support/klaviyo-call.ts'

const START = Date.UTC(2026, 6, 15, 12)
let account: KlaviyoStandIn

beforeEach(async () => {
  account = await startKlaviyo({ apiKey: KEY, now: () => START })
})
afterEach(() => account.close())

const PATH = '/api/event-bulk-create-jobs'
const ENTRIES = '/data/attributes/events-bulk-create/data'
const ada = { email: 'ada@example.com' }
const bob = { email: 'bob@example.com' }
const send = (body: unknown): Promise<Reply> => call(account.url, PATH, { body })

describe('a request that is taken', () => {
  test('records an event for each entry, with its traits, and answers 202 and nothing', async () => {
    const people = [{ ...ada, properties: { level: 'high' } }, bob]
    const reply = await send(bulkBody(people, { attributes: { time: '2026-07-15T11:59:58.987Z' } }))
    expect([reply.status, reply.body]).toEqual([202, undefined])
    expect(account.events()).toMatchObject([
      { metric: 'Cart Abandoned', time: '2026-07-15T11:59:58+00:00', backfill: false },
      { metric: 'Cart Abandoned', backfill: false },
    ])
    expect(account.profile(ada)?.properties).toEqual({ level: 'high' })
  })

  test('may say of an entry or of an event that it starts no flow', async () => {
    await send(bulkBody([ada], { entry: { backfill: true } }))
    await send(bulkBody([bob], { attributes: { backfill: true } }))
    expect(account.events().map(({ backfill }) => backfill)).toEqual([true, true])
  })

  test('clears what it says to clear, beside the attributes of the profile', async () => {
    await send(bulkBody([{ ...ada, properties: { a: 1, b: 2 } }]))
    const data = { type: 'profile', attributes: ada, meta: { patch_properties: { unset: ['a'] } } }
    await send(bulkBody([ada], { attributes: { unique_id: 'x' }, entry: { profile: { data } } }))
    expect(account.profile(ada)?.properties).toEqual({ b: 2 })
  })
})

describe('a request that is refused as a whole', () => {
  test.each([
    ['no entries', bulkBody([]), ENTRIES],
    ['1,001 events', bulkBody(Array.from({ length: 1001 }, (_, at) => ({ email: `p${at}@example.com` }))), ENTRIES],
    ['another type', { data: { type: 'event', attributes: {} } }, '/data/type /data/attributes/events-bulk-create'],
    [
      'entries that are no list',
      { data: { type: 'event-bulk-create-job', attributes: { 'events-bulk-create': { data: {} } } } },
      ENTRIES,
    ],
    ['somebody without a name', bulkBody([ada, {}]), `${ENTRIES}/1/attributes/profile/data/attributes`],
    [
      'an address that is none',
      bulkBody([ada, { email: 'x' }]),
      `${ENTRIES}/1/attributes/profile/data/attributes/email`,
    ],
    [
      'a camelCase leak',
      bulkBody([{ ...ada, externalId: 'u' }]),
      `${ENTRIES}/0/attributes/profile/data/attributes/externalId`,
    ],
    [
      'meta where a single event has it',
      bulkBody([{ ...ada, meta: {} }]),
      `${ENTRIES}/0/attributes/profile/data/attributes/meta`,
    ],
    [
      'a profile id nobody has',
      bulkBody([ada], { entry: { profile: { data: { type: 'profile', id: '01X', attributes: ada } } } }),
      `${ENTRIES}/0/attributes/events/data/0`,
    ],
    [
      'a time before 1990',
      bulkBody([ada], { attributes: { time: '1989-01-01T00:00:00Z' } }),
      `${ENTRIES}/0/attributes/events/data/0/attributes/time`,
    ],
    [
      'the same unique_id twice for one person',
      bulkBody([ada, ada], { attributes: { unique_id: 'x' } }),
      `${ENTRIES}/1/attributes/events/data/0/attributes/unique_id`,
    ],
    [
      'two events of one second without unique_id',
      bulkBody([ada, ada]),
      `${ENTRIES}/1/attributes/events/data/0/attributes/unique_id`,
    ],
  ])('%s', async (_what, body, pointers) => {
    const reply = await send(body)
    expect([reply.status, reply.errors]).toEqual([400, pointers.split(' ').map(pointer => `invalid ${pointer}`)])
    expect([account.events(), account.profiles()]).toEqual([[], []])
  })

  test('the same unique_id for two people is two events', async () => {
    expect((await send(bulkBody([ada, bob], { attributes: { unique_id: 'x' } }))).status).toBe(202)
    expect(account.events()).toHaveLength(2)
  })

  test('a unique_id that an earlier request recorded', async () => {
    await call(account.url, '/api/events', { body: eventBody(ada, { unique_id: 'x' }) })
    const reply = await send(bulkBody([bob, ada], { attributes: { unique_id: 'x' } }))
    expect([reply.status, reply.errors]).toEqual([
      400,
      [`invalid ${ENTRIES}/1/attributes/events/data/0/attributes/unique_id`],
    ])
    expect(account.profiles()).toHaveLength(1)
  })

  test('of several bad entries only the first is told of', async () => {
    const reply = await send(bulkBody([ada, { email: 'x' }, { email: 'y' }]))
    expect(reply.errors).toEqual([`invalid ${ENTRIES}/1/attributes/profile/data/attributes/email`])
  })

  test('more than 5 MB, and an eleventh request within a second', async () => {
    const properties = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`p${n}`, 'x'.repeat(100_000)]))
    expect((await send(bulkBody([ada], { attributes: { properties } }))).status).toBe(413)
    for (let n = 1; n < 10; n += 1)
      expect((await send(bulkBody([ada], { attributes: { unique_id: `${n}` } }))).status).toBe(202)
    expect((await send(bulkBody([bob]))).status).toBe(429)
  })
})
