import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type KlaviyoStandIn, startKlaviyo } from '../../examples/platforms/klaviyo.ts'
import { call, eventBody, KEY, profileBody, type Reply } from '../support/klaviyo-call.ts'

const START = Date.UTC(2026, 6, 15, 12)
let now = START
let account: KlaviyoStandIn

beforeEach(async () => {
  now = START
  account = await startKlaviyo({ apiKey: KEY, now: () => now, readDelayMs: 500 })
})
afterEach(() => account.close())

const upsert = (attributes: object, rest?: object): Promise<Reply> =>
  call(account.url, '/api/profile-import', { body: profileBody(attributes, rest) })
const record = (person: object, attributes?: object): Promise<Reply> =>
  call(account.url, '/api/events', { body: eventBody(person, attributes) })

describe('what is refused', () => {
  const path = '/api/profile-import'
  const body = profileBody({ email: 'a@example.com' })

  test.each([
    ['no key', { Authorization: '' }, 401],
    ['a wrong key', { Authorization: 'Klaviyo-API-Key pk_other' }, 401],
    ['the right key under another scheme', { Authorization: `Bearer ${KEY}` }, 401],
    ['no revision', { revision: '' }, 400],
    ['an unknown revision', { revision: '2019-01-01' }, 400],
    ['a media type it cannot send', { Accept: 'text/html' }, 406],
    ['a media type it cannot read', { 'Content-Type': 'text/plain' }, 415],
  ])('%s', async (_what, headers, status) => {
    expect((await call(account.url, path, { body, headers })).status).toBe(status)
    expect(account.profiles()).toEqual([])
  })

  test('an unknown address is 404, a known one with another method 405', async () => {
    expect((await call(account.url, '/api/profile-import/', { body })).status).toBe(404)
    expect((await call(account.url, path)).status).toBe(405)
  })

  test.each([
    ['no identifier', profileBody({ properties: { a: 1 } }), 'invalid /data/attributes'],
    ['an anonymous id on a profile', profileBody({ anonymous_id: 'x' }), 'invalid /data/attributes/anonymous_id'],
    ['a camelCase leak', profileBody({ email: 'a@b.co', externalId: 'u' }), 'invalid /data/attributes/externalId'],
    ['an e-mail that is none', profileBody({ email: 'nobody' }), 'invalid /data/attributes/email'],
    ['a phone that is not E.164', profileBody({ phone_number: '0151 12' }), 'invalid /data/attributes/phone_number'],
    ['an overlong external id', profileBody({ external_id: 'x'.repeat(256) }), 'invalid /data/attributes/external_id'],
    ['another type', { data: { type: 'event', attributes: { email: 'a@b.co' } } }, 'invalid /data/type'],
    ['no data', {}, 'invalid /data'],
    ['what is not JSON', '{"data":', 'invalid'],
  ])('a profile with %s', async (_what, bad, error) => {
    const reply = await call(account.url, path, { body: bad })
    expect([reply.status, reply.errors]).toEqual([400, [error]])
  })

  const one = { email: 'a@example.com' }
  const many = Object.fromEntries(Array.from({ length: 401 }, (_, at) => [`p${at}`, at]))
  const at = '/data/attributes'
  test.each([
    ['no identifier', eventBody({}), `${at}/profile/data/attributes`],
    ['a camelCase leak', eventBody(one, { uniqueId: 'x' }), `${at}/uniqueId`],
    ['no metric', eventBody(one, { metric: undefined }), `${at}/metric`],
    ['a metric name too long', withMetric('x'.repeat(128)), `${at}/metric/data/attributes/name`],
    ['a metric without a name', withMetric(''), `${at}/metric/data/attributes/name`],
    ['401 properties', eventBody(one, { properties: many }), `${at}/properties`],
    ['a string over 100 KB', eventBody(one, { properties: { a: 'x'.repeat(102_401) } }), `${at}/properties/a`],
    ['a time before 1990', eventBody(one, { time: '1989-12-31T23:59:59Z' }), `${at}/time`],
    ['a time over a year ahead', eventBody(one, { time: '2027-08-01T00:00:00Z' }), `${at}/time`],
    ['a time that is none', eventBody(one, { time: 'noon' }), `${at}/time`],
    ['a number for an id', eventBody(one, { unique_id: 7 }), `${at}/unique_id`],
  ])('an event with %s', async (_what, bad, pointer) => {
    const reply = await call(account.url, '/api/events', { body: bad })
    expect([reply.status, reply.errors]).toEqual([400, [`invalid ${pointer}`]])
    expect(account.events()).toEqual([])
  })

  test('a profile over 100 KB and an event over 5 MB are too large', async () => {
    const big = { properties: { a: 'x'.repeat(60_000), b: 'x'.repeat(60_000) } }
    expect((await upsert({ email: 'a@example.com', ...big })).status).toBe(413)
    const huge = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`p${n}`, 'x'.repeat(100_000)]))
    expect((await record(one, { properties: huge })).status).toBe(413)
    expect(account.profiles()).toEqual([])
  })

  function withMetric(name: string): object {
    return eventBody(one, { metric: { data: { type: 'metric', attributes: { name } } } })
  }
})

describe('profiles', () => {
  test('an upsert creates with 201, then updates with 200 and keeps what it does not name', async () => {
    expect((await upsert({ email: 'Ada@example.com', properties: { a: 1, b: 2 } })).status).toBe(201)
    expect((await upsert({ email: 'ada@example.com', external_id: 'u1', properties: { b: 3 } })).status).toBe(200)
    expect(account.profiles()).toMatchObject([
      { email: 'ada@example.com', externalId: 'u1', properties: { a: 1, b: 3 }, anonymousIds: [] },
    ])
  })

  test('unset deletes a property, null is stored, append adds to a list', async () => {
    await upsert({ email: 'a@example.com', properties: { a: 1, b: 2, tags: ['x'] } })
    const meta = { patch_properties: { unset: ['a'], append: { tags: 'y' } } }
    await upsert({ email: 'a@example.com', properties: { b: null } }, { meta })
    expect(account.profile({ email: 'a@example.com' })?.properties).toEqual({ b: null, tags: ['x', 'y'] })
  })

  test('identifiers of two people conflict and change neither', async () => {
    await upsert({ email: 'a@example.com' })
    await upsert({ external_id: 'u2' })
    const reply = await upsert({ email: 'a@example.com', external_id: 'u2', properties: { x: 1 } })
    expect([reply.status, reply.errors]).toEqual([409, ['duplicate_profile /data/attributes']])
    expect(account.profiles().map(({ properties }) => properties)).toEqual([{}, {}])
  })

  test('an unknown profile id is refused, a known one is found', async () => {
    expect((await upsert({ email: 'a@example.com' }, { id: '01UNKNOWN' })).status).toBe(404)
    await upsert({ email: 'a@example.com' })
    const id = account.profile({ email: 'a@example.com' })?.id
    expect((await upsert({ properties: { x: 1 } }, { id })).status).toBe(200)
    expect(account.profiles()).toHaveLength(1)
  })
})

describe('events', () => {
  const one = { email: 'a@example.com' }

  test('an event is recorded with its time cut to the second, and its traits reach the profile', async () => {
    const reply = await record(
      { ...one, properties: { level: 'high' } },
      { time: '2026-07-15T11:59:58.987Z', value: 5 },
    )
    expect([reply.status, reply.body]).toEqual([202, undefined])
    expect(account.events()).toMatchObject([
      { metric: 'Cart Abandoned', time: '2026-07-15T11:59:58+00:00', properties: { $value: 5 }, backfill: false },
    ])
    expect(account.profile(one)?.properties).toEqual({ level: 'high' })
  })

  test('a repeated unique_id is accepted and not recorded, per person and metric', async () => {
    const other = { metric: { data: { type: 'metric', attributes: { name: 'Other' } } }, unique_id: 'u' }
    expect((await record(one, { unique_id: 'u' })).status).toBe(202)
    expect((await record(one, { unique_id: 'u' })).status).toBe(202)
    await record({ email: 'b@example.com' }, { unique_id: 'u' })
    await record(one, other)
    expect(account.events()).toHaveLength(3)
    expect(account.requests().map(({ status }) => status)).toEqual([202, 202, 202, 202])
  })

  test('without unique_id two events of one second are one', async () => {
    await record(one, { time: '2026-07-15T11:00:00.100Z' })
    await record(one, { time: '2026-07-15T11:00:00.900Z' })
    await record(one, { time: '2026-07-15T11:00:01.000Z' })
    expect(account.events()).toHaveLength(2)
  })

  test('a visitor who turns out to be somebody brings their events, traits and browser along', async () => {
    await upsert({ email: 'a@example.com', properties: { level: 'low' } })
    await record({ anonymous_id: 'anon', properties: { level: 'high', seen: 1 } }, { unique_id: '1' })
    expect(account.profiles()).toHaveLength(2)
    await record({ email: 'a@example.com', anonymous_id: 'anon' }, { unique_id: '2' })
    const [person, ...others] = account.profiles()
    expect(others).toEqual([])
    expect(person).toMatchObject({
      email: 'a@example.com',
      anonymousIds: ['anon'],
      properties: { level: 'low', seen: 1 },
    })
    expect(account.events(person?.id)).toHaveLength(2)
    await record({ anonymous_id: 'anon' }, { unique_id: '1' })
    expect(account.events()).toHaveLength(2)
  })

  test('a visitor who gives a new e-mail becomes that person', async () => {
    await record({ anonymous_id: 'anon' }, { unique_id: '1' })
    await record({ anonymous_id: 'anon', email: 'new@example.com' }, { unique_id: '2' })
    expect(account.profiles()).toMatchObject([{ email: 'new@example.com', anonymousIds: ['anon'] }])
  })

  test('a browser moves to the person last seen with it, and nobody known is merged', async () => {
    await record({ anonymous_id: 'shared', email: 'a@example.com' }, { unique_id: '1' })
    await record({ anonymous_id: 'shared', email: 'b@example.com' }, { unique_id: '2' })
    expect(account.profiles()).toHaveLength(2)
    expect(account.profile({ anonymousId: 'shared' })?.email).toBe('b@example.com')
    expect(account.profile({ email: 'a@example.com' })?.anonymousIds).toEqual([])
  })

  test('two known people at one browser stay two, and neither takes the identifiers of the other', async () => {
    await upsert({ email: 'a@example.com', external_id: 'u1' })
    await upsert({ email: 'b@example.com', external_id: 'u2' })
    await record({ anonymous_id: 'shared', email: 'a@example.com' }, { unique_id: '1' })
    await record({ anonymous_id: 'shared', email: 'b@example.com', external_id: 'u1' }, { unique_id: '2' })
    const people = account.profiles().map(({ email, externalId, anonymousIds }) => [email, externalId, anonymousIds])
    expect(people).toEqual([
      ['a@example.com', 'u1', []],
      ['b@example.com', 'u2', ['shared']],
    ])
    expect(account.events().map(({ profileId }) => profileId)).toEqual(account.profiles().map(({ id }) => id))
  })

  test('listeners hear of each change until they stop', async () => {
    let heard = 0
    const stop = account.onChange(() => {
      heard += 1
    })
    await record(one)
    await record({})
    stop()
    await record(one)
    expect(heard).toBe(1)
  })
})

describe('reading', () => {
  beforeEach(async () => {
    await upsert({ email: 'a@example.com', external_id: 'u1' })
    await upsert({ email: 'b@example.com' })
    await record({ email: 'a@example.com' }, { time: '2026-07-15T11:00:00Z' })
    await record({ email: 'a@example.com' }, { time: '2026-07-15T11:30:00Z' })
  })

  const found = async (path: string): Promise<unknown> => (await call(account.url, path)).body

  test('shows a write only after a delay', async () => {
    expect(await found('/api/profiles')).toMatchObject({ data: [] })
    expect(account.profiles()).toHaveLength(2)
    now += 500
    expect(await found('/api/profiles')).toMatchObject({ data: [{}, {}] })
  })

  test('finds people by e-mail, external id and id', async () => {
    now += 500
    const [person] = account.profiles()
    const ada = [{ id: person?.id, attributes: { email: 'a@example.com', external_id: 'u1' } }]
    expect(await found('/api/profiles?filter=equals(email,"a@example.com")')).toMatchObject({ data: ada })
    expect(await found(`/api/profiles?filter=${encodeURIComponent("equals(external_id,'u1')")}`)).toMatchObject({
      data: ada,
    })
    expect(await found('/api/profiles?filter=any(email,["b@example.com","c@example.com"])')).toMatchObject({
      data: [{ attributes: { email: 'b@example.com' } }],
    })
    expect(await found(`/api/profiles/${person?.id}`)).toMatchObject({ data: ada[0] })
    expect((await call(account.url, '/api/profiles/nobody')).status).toBe(404)
  })

  test('finds events by person, metric and time, newest first, page by page', async () => {
    now += 500
    const [person] = account.profiles()
    const metrics = await call(account.url, '/api/metrics?filter=equals(integration.name,"API")')
    expect(metrics.body).toMatchObject({ data: [{ id: 'M00001', attributes: { name: 'Cart Abandoned' } }] })
    const filter = `and(equals(metric_id,"M00001"),equals(profile_id,"${person?.id}"))`
    const first = await call(account.url, `/api/events?filter=${filter}&page[size]=1`)
    expect(first.body).toMatchObject({ data: [{ attributes: { datetime: '2026-07-15T11:30:00+00:00' } }] })
    const next = new URL(nextOf(first.body))
    expect(await found(next.pathname + next.search)).toMatchObject({
      data: [{ attributes: { datetime: '2026-07-15T11:00:00+00:00' } }],
    })
    expect(await found('/api/events?filter=greater-than(datetime,2026-07-15T11:15:00Z)')).toMatchObject({ data: [{}] })
  })

  test.each(['filter=equals(first_name,"a")', 'filter=nonsense', 'page[size]=101', 'sort=colour', 'colour=red'])(
    'refuses the query %s',
    async query => {
      const reply = await call(account.url, `/api/profiles?${query}`)
      expect([reply.status, reply.errors]).toEqual([400, [`invalid ${query.split('=')[0]}`]])
    },
  )
})

describe('limits', () => {
  const metrics = () => call(account.url, '/api/metrics')

  test('a success tells what is left of the minute, the eleventh call in a second waits for the next', async () => {
    now = START + 250
    const first = await metrics()
    expect(rates(first)).toEqual(['150', '149', '60', null])
    for (let n = 1; n < 10; n += 1) expect((await metrics()).status).toBe(200)
    const eleventh = await metrics()
    expect([eleventh.status, eleventh.errors, rates(eleventh)]).toEqual([
      429,
      ['throttled /data/'],
      [null, null, null, '1'],
    ])
    now += 1000
    expect((await metrics()).status).toBe(200)
  })

  test('the minute has its own limit, and each endpoint its own windows', async () => {
    for (let second = 0; second < 15; second += 1) {
      now = START + second * 1000
      for (let n = 0; n < 10; n += 1) await metrics()
    }
    now = START + 15_000
    const over = await metrics()
    expect([over.status, over.headers.get('retry-after')]).toEqual([429, '45'])
    expect((await call(account.url, '/api/events')).status).toBe(200)
    now = START + 60_000
    expect((await metrics()).status).toBe(200)
  })

  test('a refused call costs nothing of the minute', async () => {
    for (let n = 0; n < 30; n += 1) await metrics()
    now = START + 1000
    expect((await metrics()).headers.get('ratelimit-remaining')).toBe('139')
  })

  test('they can be lifted', async () => {
    const free = await startKlaviyo({ apiKey: KEY, limits: false, now: () => now })
    for (let n = 0; n < 20; n += 1) expect((await call(free.url, '/api/metrics')).status).toBe(200)
    await free.close()
  })

  function rates({ headers }: Reply): readonly (string | null)[] {
    return ['ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset', 'retry-after'].map(name => headers.get(name))
  }
})

function nextOf(body: unknown): string {
  if (typeof body !== 'object' || body === null || !('links' in body)) return ''
  const { links } = body
  return typeof links === 'object' && links !== null && 'next' in links ? String(links.next) : ''
}

describe('deleting profiles', () => {
  const erase = (name: object): Promise<Reply> => {
    const { id, ...attributes } = { id: undefined, ...name }
    const data = { type: 'profile', ...(id !== undefined && { id }), attributes }
    const job = { type: 'data-privacy-deletion-job', attributes: { profile: { data } } }
    return call(account.url, '/api/data-privacy-deletion-jobs', { body: { data: job } })
  }

  test.each([
    ['no name', {}],
    ['two names', { id: '01', email: 'a@example.com' }],
    ['a user id, which is no name here', { external_id: 'u-1' }],
    ['a number that is none', { phone_number: '0151 1234' }],
  ])('%s is refused', async (_what, name) => {
    await upsert({ email: 'a@example.com', external_id: 'u-1' })
    expect((await erase(name)).status).toBe(400)
    expect(account.profiles()).toHaveLength(1)
  })

  test('somebody goes with what was recorded of them, and is shown for a while still; nobody is taken too', async () => {
    await record({ email: 'a@example.com' })
    await record({ email: 'b@example.com' })
    now += 500
    expect([(await erase({ email: 'A@example.com' })).status, (await erase({ id: 'nobody' })).status]).toEqual([
      202, 202,
    ])
    expect(account.profiles().map(({ email }) => email)).toEqual(['b@example.com'])
    expect(account.events()).toHaveLength(1)
    const shown = async () => Object(await call(account.url, '/api/profiles')).body.data.length
    expect(await shown()).toBe(2)
    now += 500
    expect(await shown()).toBe(1)
  })

  test('three a second are taken', async () => {
    const statuses = []
    for (let asked = 0; asked < 4; asked += 1) statuses.push((await erase({ id: 'nobody' })).status)
    expect(statuses).toEqual([202, 202, 202, 429])
  })
})

test('of a profile only the fields that are asked for are told', async () => {
  await upsert({ email: 'a@example.com', external_id: 'u-1' })
  now += 500
  const { body } = await call(account.url, '/api/profiles?fields[profile]=email')
  expect(Object(body).data[0].attributes).toEqual({ email: 'a@example.com' })
})
