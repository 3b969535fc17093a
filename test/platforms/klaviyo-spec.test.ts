import { ApiKeySession, EventsApi, MetricsApi, ProfilesApi } from 'klaviyo-api'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ENDPOINTS } from '../../examples/platforms/klaviyo/endpoints.ts'
import { parseFilter } from '../../examples/platforms/klaviyo/filter.ts'
import { type KlaviyoStandIn, startKlaviyo } from '../../examples/platforms/klaviyo.ts'
import { createKlaviyoFeed } from '../../src/connectors/klaviyo/feed.ts'
import { createKlaviyo } from '../../src/connectors/klaviyo/index.ts'
import { openReader } from '../../src/connectors/klaviyo/read.ts'
import { REVISION } from '../../src/connectors/klaviyo/settings.ts'
import { setUpKlaviyo } from '../../src/connectors/klaviyo/setup.ts'
import { momentProperties } from '../../src/destination/engine/moments/properties.ts'
import { deletionDelivery, eventDelivery, traitsDelivery } from '../support/deliveries.ts'
import { call, eventBody, KEY, profileBody } from '../support/klaviyo-call.ts'
import { openKlaviyoSpec } from '../support/klaviyo-spec.ts'
import { type Exchange, recording } from '../support/recording.ts'
import { hasShared, NEEDS_SHARED, sharedJson } from '../support/shared.ts'

const NOW = Date.UTC(2026, 6, 15, 13)
let account: KlaviyoStandIn

beforeEach(async () => {
  account = await startKlaviyo({ apiKey: KEY, now: () => NOW, readDelayMs: 0 })
})
afterEach(() => account.close())

describe.skipIf(!hasShared)(`against Klaviyo's published description${NEEDS_SHARED}`, () => {
  test('every request of the connector and every answer to it is valid', async () => {
    const spec = openKlaviyoSpec()
    const seen: Exchange[] = []
    const connector = await createKlaviyo(
      { apiKey: KEY, baseUrl: account.url, readBack: true },
      { fetch: recording(seen) },
    )
    const phone = { phone: '+4915112345678', userId: 'u-2' }
    await connector.deliver([
      traitsDelivery(),
      traitsDelivery({ traits: {} }),
      traitsDelivery({ traits: { inkling_cart_value: null } }),
      traitsDelivery({ identifiers: phone, profileId: 'other' }),
      eventDelivery(),
      eventDelivery(),
      eventDelivery({ id: 'second', traits: { inkling_level: null, inkling_score: 3 }, identifiers: phone }),
      eventDelivery({ id: 'third', traits: {}, properties: {} }),
      eventDelivery({ id: 'fourth', time: 0 }),
      traitsDelivery({ identifiers: { email: 'ada@example.com', userId: 'u-2' } }),
      traitsDelivery({ identifiers: { email: 'no address' }, profileId: 'third' }),
    ])
    const grace = { profileId: 'grace', identifiers: { userId: 'grace "g"' } }
    await connector.deliver([traitsDelivery(grace)])
    await connector.deliver([
      deletionDelivery(),
      deletionDelivery(grace),
      deletionDelivery({ profileId: 'x', identifiers: phone }),
    ])
    await connector.reads?.read({ userId: 'u-2' })
    account.fail({ kind: 'throttle', retryAfterS: 1 })
    await connector.deliver([eventDelivery()])
    account.fail({ kind: 'status', status: 503 })
    await connector.deliver([traitsDelivery()])
    expect(seen.map(({ status }) => status).sort()).toEqual([
      200, 200, 200, 200, 200, 200, 201, 201, 201, 202, 202, 202, 202, 202, 202, 202, 400, 400, 409, 429, 503,
    ])
    expect(seen.flatMap(exchange => spec.faults(exchange))).toEqual([])
  })

  test('a bulk request of the connector is valid, and so is every answer to one', async () => {
    const spec = openKlaviyoSpec()
    const seen: Exchange[] = []
    const connector = await createKlaviyo({ apiKey: KEY, baseUrl: account.url }, { fetch: recording(seen) })
    const backlog = Array.from({ length: 30 }, (_, at) =>
      eventDelivery({ id: `e${at}`, profileId: `p${at}`, traits: at % 2 === 0 ? { a: null, b: 1 } : {} }),
    )
    await connector.deliver([...backlog, eventDelivery({ id: 'nameless', profileId: 'nobody', name: '' })])
    for (const status of [429, 413, 503]) {
      account.fail({ kind: 'status', status })
      await connector.deliver(backlog.map(event => ({ ...event, name: `Other ${status}` })))
    }
    const bulk = seen.filter(({ path }) => path === '/api/event-bulk-create-jobs')
    expect(bulk.map(({ status }) => status)).toEqual([400, 202, 429, 413, 503])
    expect(seen.flatMap(exchange => spec.faults(exchange))).toEqual([])
  })

  test('every request of the set-up is valid, and so is every answer to one', async () => {
    const spec = openKlaviyoSpec()
    const seen: Exchange[] = []
    const free = await startKlaviyo({ apiKey: KEY, limits: false, readDelayMs: 0, foreignMetrics: ['Placed Order'] })
    const deps = { dryRun: false, flows: true, fetch: recording(seen) }
    const wanted = {
      traits: [{ name: 'inkling_score', type: 'number', meaning: '' }],
      moments: momentProperties([]),
    } as const
    for await (const step of setUpKlaviyo({ apiKey: KEY, baseUrl: free.url }, wanted, deps))
      expect(step.kind).not.toBe('failed')
    await free.close()
    expect(new Set(seen.map(({ method, path, status }) => `${method} ${path} ${status}`))).toEqual(
      new Set([
        'GET /api/accounts 200',
        'GET /api/profiles 200',
        'POST /api/profile-import 201',
        'GET /api/metrics 200',
        'POST /api/events 202',
        'GET /api/flows 200',
        'POST /api/flows 201',
      ]),
    )
    expect(seen.flatMap(exchange => spec.faults(exchange))).toEqual([])
  })

  test('every other answer of the stand-in is valid', async () => {
    const spec = openKlaviyoSpec()
    await call(account.url, '/api/profile-import', { body: profileBody({ email: 'a@example.com' }) })
    await call(account.url, '/api/events', { body: eventBody({ email: 'a@example.com' }) })
    const [person] = account.profiles()
    const paths = [
      '/api/profiles',
      '/api/profiles?filter=equals(email,"a@example.com")&page[size]=1',
      '/api/profiles?filter=nonsense',
      '/api/profiles?additional-fields[profile]=subscriptions,predictive_analytics',
      `/api/profiles/${person?.id}`,
      '/api/profiles/nobody',
      '/api/events',
      '/api/events?page[size]=5000',
      '/api/events?include=profile&fields[profile]=email,external_id',
      `/api/profiles?filter=any(id,["${person?.id}"])&fields[profile]=email,external_id`,
      '/api/metrics',
    ]
    const replies = await Promise.all(
      paths.map(async path => {
        const { status, body } = await call(account.url, path)
        return { method: 'GET', path: path.split('?')[0] ?? '', status, reply: body }
      }),
    )
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 400, 200, 200, 404, 200, 400, 200, 200, 200])
    expect(replies.flatMap(exchange => spec.faults(exchange))).toEqual([])
  })

  test('what is asked for feedback is described: every parameter, and every field that is filtered by', async () => {
    const spec = openKlaviyoSpec()
    account.email({ metric: 'Opened Email', email: 'a@example.com' })
    const reader = await openReader({ apiKey: KEY, baseUrl: account.url })
    const feed = createKlaviyoFeed(reader)
    let start: string | undefined
    do {
      const page = await feed.page({ from: NOW - 1, until: NOW + 1 }, start)
      start = page.kind === 'page' ? page.next : undefined
    } while (start !== undefined)
    expect(await reader.profiles(account.profiles().map(({ id }) => id))).toMatchObject({ kind: 'found' })
    const asked = account.requests().map(({ path, status }) => ({ url: new URL(path, account.url), status }))
    expect(asked.map(({ url, status }) => [url.pathname, status])).toEqual([
      ['/api/metrics', 200],
      ['/api/events', 200],
      ['/api/profiles', 200],
    ])
    for (const { url } of asked) {
      const { parameters, filters } = spec.query(url.pathname)
      for (const name of url.searchParams.keys()) expect(parameters).toContain(name)
      for (const { field, operator } of parseFilter(url.searchParams.get('filter') ?? '') ?? [])
        expect(filters[field]).toContain(operator)
    }
  })

  test('the judge itself finds a wrong request and a wrong answer', () => {
    const spec = openKlaviyoSpec()
    const exchange = { method: 'POST', path: '/api/events', status: 202, reply: undefined }
    expect(spec.faults({ ...exchange, request: {} })).toEqual([expect.stringContaining('request: ')])
    expect(spec.faults({ ...exchange, request: eventBody({}), reply: {} })).toEqual(['reply: 202 has no body'])
    expect(spec.faults({ ...exchange, request: eventBody({}), status: 400, reply: { errors: [{}] } })).toHaveLength(1)
  })

  test('the limits are those of the description, and so is the revision', () => {
    const spec = openKlaviyoSpec()
    expect(spec.revision).toBe(REVISION)
    for (const { method, path, windows } of ENDPOINTS) {
      const template = path.source.replace(/[\^$\\]/g, '').replace('([/]+)', '{id}')
      const [burst, steady] = windows
      expect([template, `${burst?.limit}/s`, `${steady?.limit}/m`]).toEqual([
        template,
        ...spec.limits(method, template),
      ])
    }
  })

  const captures = capturedRequests()

  test.each(captures)('the captured $call is met with $status', async ({ method, path, body, headers, status }) => {
    await call(account.url, '/api/profile-import', { body: profileBody({ email: 'seed@example.com' }) })
    const known = account.profiles()[0]?.id ?? ''
    const here = (text: string): string => text.replaceAll('01TESTPROFILE', known).replaceAll('ABC123', 'M00001')
    const sent = body === null ? {} : { body: here(JSON.stringify(body)) }
    const reply = await call(account.url, here(path), { method, headers, ...sent })
    expect(reply.status).toBe(status)
  })

  test('the captured event of a profile id the account does not know is refused', async () => {
    const captured = captures.find(({ call: name }) => name.includes('ISO string time'))
    const { status, errors } = await call(account.url, '/api/events', { body: captured?.body })
    expect([status, errors]).toEqual([400, ['invalid /data/attributes/profile/data/id']])
  })
})

test("Klaviyo's own SDK, untouched, writes to the stand-in and reads back what it wrote", async () => {
  const session = new ApiKeySession(KEY)
  const [profiles, events, metrics] = [new ProfilesApi(session), new EventsApi(session), new MetricsApi(session)]
  for (const api of [profiles, events, metrics]) api.basePath = account.url
  const upserted = await profiles.createOrUpdateProfile({
    data: { type: 'profile', attributes: { email: 'a@example.com', externalId: 'u1', properties: { score: 42 } } },
  })
  await events.createEvent({
    data: {
      type: 'event',
      attributes: {
        properties: { page: '/p/1' },
        time: new Date(NOW),
        uniqueId: 'msg-1',
        metric: { data: { type: 'metric', attributes: { name: 'Cart Abandoned' } } },
        profile: { data: { type: 'profile', attributes: { email: 'a@example.com' } } },
      },
    },
  })
  const id = upserted.body.data.id ?? ''
  const found = await profiles.getProfiles({ filter: 'equals(external_id,"u1")' })
  expect(found.body.data[0]).toMatchObject({ id, attributes: { email: 'a@example.com', properties: { score: 42 } } })
  const [metric] = (await metrics.getMetrics()).body.data
  const filter = `and(equals(metric_id,"${metric?.id}"),equals(profile_id,"${id}"))`
  const read = await events.getEvents({ filter, sort: '-datetime' })
  expect(read.body.data[0]?.attributes).toMatchObject({ eventProperties: { page: '/p/1' }, datetime: new Date(NOW) })
})

interface Captured {
  readonly call: string
  readonly method: string
  readonly path: string
  readonly body: unknown
  readonly headers: Readonly<Record<string, string>>
  /** What the real API answers, the account knowing one profile. */
  readonly status: number
}

/** The captured requests to the endpoints that are imitated. */
function capturedRequests(): readonly Captured[] {
  if (!hasShared) return []
  const expected: Readonly<Record<string, number>> = {
    'ProfilesApi.createOrUpdateProfile (append only)': 201,
    'ProfilesApi.createOrUpdateProfile (JS Date inside properties)': 201,
    'EventsApi.createEvent (Date time)': 202,
    'EventsApi.createEvent (ISO string time)': 202,
    // The identity was lost on the way: schema-valid, and yet nobody's event.
    'EventsApi.bulkCreateEvents': 202,
    'EventsApi.bulkCreateEvents (2 profiles, backfill)': 202,
    'EventsApi.createEvent (snake_case keys by mistake)': 400,
    'ProfilesApi.getProfile(additional-fields)': 200,
    'ProfilesApi.getProfiles(filter email)': 200,
    'EventsApi.getEvents(profile orders)': 200,
    'MetricsApi.getMetrics': 200,
    // It names a template that is not there.
    'FlowsApi.createFlow (metric trigger)': 400,
  }
  const { captures }: { captures: readonly { call: string; request: Omit<Captured, 'call' | 'status'> | null }[] } =
    JSON.parse(JSON.stringify(sharedJson('fixtures/platforms/klaviyo.json')))
  return captures.flatMap(({ call: name, request }) => {
    const status = expected[name]
    if (status === undefined || request === null) return []
    const { Accept = '', 'Content-Type': type = '', revision = '' } = request.headers
    return [{ ...request, call: name, status, headers: { Accept, 'Content-Type': type, revision } }]
  })
}
