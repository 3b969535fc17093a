/** What loopback cannot show: whom each connector asks when nobody tells it another address, and how. Nothing leaves here. */
import nock from 'nock'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { openFeedback } from '../../src/connectors/feedback-sources.ts'
import { setUpHubspot } from '../../src/connectors/hubspot/setup.ts'
import { type ConnectorSettings, openConnectors } from '../../src/connectors/index.ts'
import { type Environment, parseEnvironment } from '../../src/destination/config.ts'
import { deletionDelivery, eventDelivery, traitsDelivery } from '../support/deliveries.ts'
import { startPlatformServer } from '../support/platform-server.ts'

interface Asked {
  /** Such as `POST https://a.klaviyo.com/api/events`. */
  readonly what: string
  /** Those the connector chose, names in lower case. */
  readonly headers: Readonly<Record<string, string>>
}

let asked: Asked[]
/** Requests nobody was expected to make. */
let strays: string[]
const stray = ({ method, url }: Request) => void strays.push(`${method} ${url}`)

beforeEach(() => {
  asked = []
  strays = []
  nock.disableNetConnect()
  nock.emitter.on('no match', stray)
})
afterEach(() => {
  nock.emitter.off('no match', stray)
  nock.cleanAll()
})
afterAll(() => nock.restore())

/** What `fetch` adds of its own. */
const OF_FETCH = ['accept-encoding', 'accept-language', 'connection', 'content-length', 'host', 'sec-fetch-mode']

/** Answers everything that is asked of this host over TLS, and of no other. */
function answerAt(origin: string, answer: (what: string) => readonly [number, object?]): void {
  const scope = nock(origin).persist()
  for (const method of ['GET', 'POST'])
    scope.intercept(/.*/, method).reply((request: Request) => {
      const what = `${method} ${request.url}`
      const chosen = [...request.headers].filter(([name]) => !OF_FETCH.includes(name))
      asked.push({ what, headers: Object.fromEntries(chosen) })
      return answer(what)
    })
}

function settingsOf(environment: Environment): ConnectorSettings {
  const parsed = parseEnvironment(environment)
  if (parsed.kind === 'invalid') throw new Error(parsed.problems.join('\n'))
  return parsed.settings.connectors
}

interface Platform {
  readonly origin: string
  /** Keys only, as in the environment; where there is no default address, with it. */
  readonly environment: Environment
  /** The connector by itself, without the defaults of the environment. */
  readonly bare: ConnectorSettings
  readonly answer: (what: string) => readonly [number, object?]
  /** For traits and then a moment. */
  readonly calls: readonly string[]
  /** For a deletion. */
  readonly deletes: readonly string[]
  readonly headers: Readonly<Record<string, string>>
}

const KLAVIYO: Platform = {
  origin: 'https://a.klaviyo.com',
  environment: { KLAVIYO_API_KEY: 'pk_test' },
  bare: { klaviyo: { apiKey: 'pk_test' } },
  answer: what => {
    if (/events$|deletion-jobs$/.test(what)) return [202]
    return [200, what.startsWith('GET') ? { data: [] } : { data: { type: 'profile', id: '01' } }]
  },
  calls: ['POST https://a.klaviyo.com/api/profile-import', 'POST https://a.klaviyo.com/api/events'],
  deletes: [
    'POST https://a.klaviyo.com/api/data-privacy-deletion-jobs',
    'GET https://a.klaviyo.com/api/profiles?fields%5Bprofile%5D=email%2Cphone_number%2Cexternal_id&filter=equals%28external_id%2C%22user-1%22%29',
  ],
  headers: {
    accept: 'application/vnd.api+json',
    authorization: 'Klaviyo-API-Key pk_test',
    'content-type': 'application/json',
    revision: '2026-07-15',
    'user-agent': expect.stringMatching(/^klaviyo-api-node\/23\./),
  },
}

const HUBSPOT: Platform = {
  origin: 'https://api.hubapi.com',
  environment: { HUBSPOT_ACCESS_TOKEN: 'pat-test' },
  bare: { hubspot: { accessToken: 'pat-test' } },
  answer: what => {
    if (what.includes('/batch/upsert')) return [200, { status: 'COMPLETE', results: [{ id: '1' }] }]
    if (what.includes('/event-definitions'))
      return [200, { results: [{ fullyQualifiedName: 'pe1_inkling_cart_abandoned' }] }]
    return [204]
  },
  calls: [
    'POST https://api.hubapi.com/crm/v3/objects/contacts/batch/upsert',
    'POST https://api.hubapi.com/crm/v3/objects/contacts/batch/upsert',
    'GET https://api.hubapi.com/events/v3/event-definitions?limit=100&includeProperties=false',
    'POST https://api.hubapi.com/events/v3/send',
  ],
  deletes: ['POST https://api.hubapi.com/crm/v3/objects/contacts/gdpr-delete'],
  headers: {
    accept: expect.stringMatching(/^application\/json/),
    authorization: 'Bearer pat-test',
    'content-type': 'application/json',
    'user-agent': 'node',
  },
}

const braze = { apiKey: 'rest-key', baseUrl: 'https://rest.fra-02.braze.eu' }
const BRAZE: Platform = {
  origin: braze.baseUrl,
  environment: { BRAZE_API_KEY: braze.apiKey, BRAZE_REST_ENDPOINT: `${braze.baseUrl}/` },
  bare: { braze },
  answer: () => [201, { message: 'success' }],
  // Both deliveries are of one person, whose traits the event reads: one call.
  calls: ['POST https://rest.fra-02.braze.eu/users/track'],
  // By user id and by address.
  deletes: ['POST https://rest.fra-02.braze.eu/users/delete', 'POST https://rest.fra-02.braze.eu/users/delete'],
  headers: {
    accept: '*/*',
    authorization: 'Bearer rest-key',
    'content-type': 'application/json',
    'user-agent': 'node',
  },
}

const webhook = { url: 'https://hooks.zapier.com/hooks/catch/1/abc/?a=b', secret: 'whsec_1234567890' }
const WEBHOOK: Platform = {
  origin: 'https://hooks.zapier.com',
  environment: { WEBHOOK_URL: webhook.url, WEBHOOK_SECRET: webhook.secret },
  bare: { webhook },
  answer: () => [200, { status: 'success' }],
  calls: [`POST ${webhook.url}`, `POST ${webhook.url}`],
  deletes: [`POST ${webhook.url}`],
  headers: {
    accept: '*/*',
    'content-type': 'application/json',
    'inkling-id': expect.any(String),
    'inkling-signature': expect.stringMatching(/^v1=/),
    'inkling-timestamp': expect.stringMatching(/^\d{10}$/),
    'user-agent': 'node',
  },
}

test.each([
  ['Klaviyo', KLAVIYO],
  ['HubSpot', HUBSPOT],
  ['Braze', BRAZE],
  ['the webhook', WEBHOOK],
])('%s is asked at its own address, with its headers, and nobody else is', async (_name, platform) => {
  for (const settings of [settingsOf(platform.environment), platform.bare]) {
    asked = []
    answerAt(platform.origin, platform.answer)
    const [connector, ...others] = await openConnectors(settings)
    expect(others).toEqual([])
    expect(await connector?.deliver([traitsDelivery(), eventDelivery()])).toEqual([
      { kind: 'delivered' },
      { kind: 'delivered' },
    ])
    expect(await connector?.deliver([deletionDelivery()])).toMatchObject([{ kind: 'delivered' }])
    expect(asked.map(({ what }) => what)).toEqual([...platform.calls, ...platform.deletes])
    for (const { what, headers } of asked) {
      // A request that only reads has no body, and so no type of one.
      const { 'content-type': type, ...reading } = platform.headers
      expect(headers).toEqual(what.startsWith('GET') ? reading : { ...reading, 'content-type': type })
    }
    nock.cleanAll()
  }
  expect(strays).toEqual([])
})

test('setting HubSpot up asks the same host for what it makes', async () => {
  answerAt(HUBSPOT.origin, what => {
    if (what.startsWith('POST')) return [201, {}]
    return what.includes('event-definitions') ? [200, { results: [] }] : [404, { status: 'error', message: 'none' }]
  })
  const wanted = {
    traits: [{ name: 'inkling_score', type: 'number', meaning: 'How engaged.' }],
    moments: [{ name: 'Cart Abandoned', properties: [{ name: 'cart_value', type: 'number' }] }],
  } as const
  const steps = []
  for await (const step of setUpHubspot({ accessToken: 'pat-test' }, wanted, { dryRun: false })) steps.push(step.kind)
  expect(new Set(steps)).toEqual(new Set(['made']))
  expect(new Set(asked.map(({ what }) => what.replace(/\?.*|(?<=contacts\/)inkling_.*/, '')))).toEqual(
    new Set([
      'GET https://api.hubapi.com/crm/v3/properties/contacts/groups/inkling',
      'POST https://api.hubapi.com/crm/v3/properties/contacts/groups',
      'GET https://api.hubapi.com/crm/v3/properties/contacts/',
      'POST https://api.hubapi.com/crm/v3/properties/contacts',
      'GET https://api.hubapi.com/events/v3/event-definitions',
      'POST https://api.hubapi.com/events/v3/event-definitions',
    ]),
  )
  for (const { headers } of asked) expect(headers).toMatchObject({ authorization: 'Bearer pat-test' })
  expect(strays).toEqual([])
})

test('what comes back is read from the same hosts', async () => {
  answerAt(KLAVIYO.origin, () => [200, { data: [], links: {} }])
  answerAt(HUBSPOT.origin, () => [200, { events: [], hasMore: false }])
  const every = { everyMs: 60_000 }
  const { feeds } = await openFeedback({ klaviyo: every, hubspot: every }, { ...KLAVIYO.bare, ...HUBSPOT.bare })
  for (const { feed } of feeds) expect(await feed.page({ from: 0, until: 1_000 })).toMatchObject({ kind: 'page' })
  expect(asked.map(({ what, headers }) => [what.replace(/\?.*/, ''), headers['authorization']])).toEqual([
    ['GET https://a.klaviyo.com/api/metrics', 'Klaviyo-API-Key pk_test'],
    ['GET https://api.hubapi.com/email/public/v1/events', 'Bearer pat-test'],
  ])
  expect(strays).toEqual([])
})

test('a request to any other host would be seen', async () => {
  answerAt('https://rest.iad-01.braze.com', BRAZE.answer)
  const [connector] = await openConnectors({ braze })
  expect(await connector?.deliver([traitsDelivery()])).toMatchObject([{ kind: 'retry' }])
  expect(strays).toEqual(['POST https://rest.fra-02.braze.eu/users/track'])
})

test('on the wire the names of the headers are written as the platforms write them', async () => {
  nock.restore()
  const server = await startPlatformServer()
  try {
    const written = async (settings: ConnectorSettings): Promise<readonly string[]> => {
      server.answers({ kind: 'answer', status: 200, body: '{}' })
      const before = server.sent.length
      const [connector] = await openConnectors(settings)
      await connector?.deliver([traitsDelivery()])
      return Object.keys(server.sent[before]?.headers ?? {})
    }
    const { url } = server
    expect(await written({ klaviyo: { apiKey: 'pk', baseUrl: url } })).toEqual(
      expect.arrayContaining(['Authorization', 'Content-Type', 'revision']),
    )
    const usual = expect.arrayContaining(['Authorization', 'Content-Type'])
    expect(await written({ hubspot: { accessToken: 'pat', baseUrl: url } })).toEqual(usual)
    expect(await written({ braze: { ...braze, baseUrl: url } })).toEqual(usual)
    expect(await written({ webhook: { ...webhook, url } })).toEqual(
      expect.arrayContaining(['Content-Type', 'Inkling-Id', 'Inkling-Timestamp', 'Inkling-Signature']),
    )
  } finally {
    await server.close()
    nock.activate()
  }
})
