import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { startKlaviyo } from '../../examples/platforms/klaviyo.ts'
import type { Write } from '../../src/connectors/connector.ts'
import { createKlaviyo } from '../../src/connectors/klaviyo/index.ts'
import { platformContract } from '../contracts/connector.ts'
import { deletionDelivery, eventDelivery, traitsDelivery } from '../support/deliveries.ts'
import { type PlatformServer, type Scripted, type Sent, startPlatformServer } from '../support/platform-server.ts'
import { hasShared, NEEDS_SHARED, sharedJson } from '../support/shared.ts'

const profileReply = {
  kind: 'answer',
  status: 201,
  headers: { 'Content-Type': 'application/vnd.api+json' },
  body: JSON.stringify({ data: { type: 'profile', id: '01', attributes: {}, links: { self: 'http://127.0.0.1/' } } }),
} as const
const eventReply = { kind: 'answer', status: 202 } as const
/** The deletion itself answers with nothing; whose a user id is, with the profiles that have it. */
function deletionReply({ method }: Sent): Scripted {
  return method === 'POST' ? eventReply : { ...profileReply, status: 200, body: JSON.stringify({ data: [] }) }
}

platformContract({
  name: 'klaviyo',
  open: ({ url, apiKey, timeoutMs, now }) => createKlaviyo({ apiKey, baseUrl: url }, { timeoutMs, now }),
  taken: { traits: profileReply, event: eventReply, deletion: deletionReply },
  kindOf: ({ path }) =>
    path.startsWith('/api/profile-import') ? 'traits' : path.startsWith('/api/events') ? 'event' : 'deletion',
  refusal: words =>
    JSON.stringify({ errors: [{ id: '1', code: 'x', title: 'X', detail: words, source: { pointer: '/data' } }] }),
  idempotencyKey: sent => attributesOf(sent)?.unique_id,
})

let servers: PlatformServer[] = []
afterEach(async () => {
  await Promise.all(servers.map(server => server.close()))
  servers = []
})

/** What the connector puts on the wire for one delivery. */
async function wire(delivery: Write): Promise<Sent> {
  const server = await startPlatformServer()
  servers.push(server)
  server.answers(delivery.kind === 'event' ? eventReply : profileReply)
  const connector = await createKlaviyo({ apiKey: 'pk_test', baseUrl: `${server.url}/` })
  expect(await connector.deliver([delivery])).toEqual([{ kind: 'delivered' }])
  const [sent] = server.sent
  if (sent === undefined) throw new Error('nothing was sent')
  return sent
}

describe('what Klaviyo receives', () => {
  test('traits become properties of a profile known by e-mail, phone and user id', async () => {
    const { method, path, body } = await wire(
      traitsDelivery({ identifiers: { email: 'ada@example.com', phone: '+4915112345678', userId: 'u-1' } }),
    )
    expect([method, path]).toEqual(['POST', '/api/profile-import'])
    expect(JSON.parse(body)).toEqual({
      data: {
        type: 'profile',
        attributes: {
          email: 'ada@example.com',
          phone_number: '+4915112345678',
          external_id: 'u-1',
          properties: { inkling_score: 42, inkling_level: 'high', inkling_returning: false },
        },
      },
    })
  })

  test('an event carries its id, its time, the person with the anonymous id, and the traits its flow reads', async () => {
    const { method, path, body } = await wire(eventDelivery({ traits: { inkling_level: 'high', inkling_score: 0 } }))
    expect([method, path]).toEqual(['POST', '/api/events'])
    expect(JSON.parse(body)).toEqual({
      data: {
        type: 'event',
        attributes: {
          properties: { cart_value: 99.5, cart_item_count: 2, product_name: 'Trail shoe' },
          time: '2026-07-15T12:00:00.123Z',
          unique_id: eventDelivery().id,
          metric: { data: { type: 'metric', attributes: { name: 'Cart Abandoned' } } },
          profile: {
            data: {
              type: 'profile',
              attributes: {
                email: 'ada@example.com',
                external_id: 'user-1',
                anonymous_id: 'anon-1',
                properties: { inkling_level: 'high', inkling_score: 0 },
              },
            },
          },
        },
      },
    })
  })

  test('a moment of the past is recorded without starting a flow', async () => {
    const { body } = await wire(eventDelivery({ traits: {}, replayed: true }))
    expect(JSON.parse(body).data.attributes).toMatchObject({ backfill: true, unique_id: eventDelivery().id })
    expect(JSON.parse((await wire(eventDelivery())).body).data.attributes).not.toHaveProperty('backfill')
  })

  test('a cleared trait is unset, beside the profile and inside an event', async () => {
    const traits = { inkling_level: 'low', inkling_cart_value: null }
    const meta = { patch_properties: { unset: ['inkling_cart_value'] } }
    const profile = JSON.parse((await wire(traitsDelivery({ traits }))).body)
    expect(profile.data.meta).toEqual(meta)
    expect(profile.data.attributes.properties).toEqual({ inkling_level: 'low' })
    const event = JSON.parse((await wire(eventDelivery({ traits }))).body)
    expect(event.data.attributes.profile.data.attributes).toMatchObject({ properties: { inkling_level: 'low' }, meta })
    expect(event.data.attributes).toHaveProperty('unique_id', eventDelivery().id)
  })

  test('a null event property is left out, false, zero and the empty text are not', async () => {
    const { body } = await wire(eventDelivery({ properties: { a: null, b: false, c: 0, d: '' } }))
    expect(JSON.parse(body).data.attributes.properties).toEqual({ b: false, c: 0, d: '' })
  })

  test('a phone number that is not E.164 is left out rather than spoil the write', async () => {
    const { body } = await wire(traitsDelivery({ identifiers: { email: 'ada@example.com', phone: '0151 1234' } }))
    expect(JSON.parse(body).data.attributes).not.toHaveProperty('phone_number')
  })

  test.skipIf(!hasShared)(`the bytes are those of the captured SDK request${NEEDS_SHARED}`, async () => {
    const captured = capturedEvent()
    const sent = await wire(
      eventDelivery({
        id: 'msg-1',
        name: 'High Intent Detected',
        properties: { score: 42, 'page path': '/p/1' },
        identifiers: { email: 'a@example.com', anonymousId: 'anon-1' },
        traits: { eng_score: 42 },
      }),
    )
    expect(sent.body).toBe(JSON.stringify(captured.body))
    const { Authorization, 'Content-Length': length, Host, 'Accept-Encoding': coding, ...rest } = captured.headers
    expect(lowered(sent.headers)).toMatchObject(lowered(rest))
    expect(sent.headers.Authorization).toBe(Authorization?.replace('<REDACTED>', 'pk_test'))
    expect([length, Host, coding].every(value => value !== undefined)).toBe(true)
  })
})

describe('how somebody is deleted at Klaviyo', () => {
  const WRITTEN = deletionDelivery().time

  async function openAccount(now = WRITTEN) {
    const account = await startKlaviyo({ apiKey: 'pk_test', readDelayMs: 0, limits: false })
    onTestFinished(() => account.close())
    const connector = await createKlaviyo({ apiKey: 'pk_test', baseUrl: account.url }, { now: () => now })
    const asked = () => account.requests().filter(({ path }) => path === '/api/data-privacy-deletion-jobs').length
    return { account, connector, asked }
  }

  test('everybody goes whom the address, the number or the user id names, and nobody else', async () => {
    const { account, connector, asked } = await openAccount()
    const people = [{ email: 'ada@example.com' }, { phone: '+4915112345678' }, { userId: 'u "1"' }]
    const others = [{ email: 'bo@example.com' }, { userId: 'u' }, { userId: 'u "1" too' }]
    const known = [...people, ...others].map((identifiers, at) => traitsDelivery({ profileId: `p${at}`, identifiers }))
    await connector.deliver(known)
    expect(account.profiles()).toHaveLength(6)
    const [person] = await connector.deliver([deletionDelivery({ identifiers: Object.assign({}, ...people) })])
    expect(person).toEqual({ kind: 'delivered', note: 'took the deletion by e-mail address, phone number, user id' })
    expect(account.profiles().map(({ email, externalId }) => email ?? externalId)).toEqual([
      'bo@example.com',
      'u',
      'u "1" too',
    ])
    expect(asked()).toBe(3)
  })

  test('a profile that has all the names is asked for by its address alone', async () => {
    const { account, connector, asked } = await openAccount()
    const identifiers = { email: 'ada@example.com', userId: 'u-1' }
    await connector.deliver([traitsDelivery({ identifiers }), eventDelivery({ identifiers })])
    // Still there for reading when the user id is looked up.
    account.fail({ kind: 'status', status: 503 }, { path: '/api/profiles', afterRecording: true })
    expect(await connector.deliver([deletionDelivery({ identifiers })])).toMatchObject([{ kind: 'retry' }])
    expect(await connector.deliver([deletionDelivery({ identifiers })])).toMatchObject([{ kind: 'delivered' }])
    expect([account.profiles(), account.events()]).toEqual([[], []])
    expect(asked()).toBe(2)
  })

  test('a user id nobody has is asked for again until reads have caught up, and then counts as deleted', async () => {
    const identifiers = { userId: 'nobody' }
    const early = await openAccount(WRITTEN + 20_000)
    expect(await early.connector.deliver([deletionDelivery({ identifiers })])).toEqual([
      { kind: 'retry', reason: expect.stringContaining('knows nobody'), afterMs: 40_000 },
    ])
    const late = await openAccount(WRITTEN + 60_000)
    expect(await late.connector.deliver([deletionDelivery({ identifiers })])).toEqual([
      { kind: 'delivered', note: 'knows nobody with this user id' },
    ])
    expect([early.asked(), late.asked()]).toEqual([0, 0])
  })

  test('a list that holds somebody else deletes nobody, and somebody gone meanwhile counts as deleted', async () => {
    const server = await startPlatformServer()
    servers.push(server)
    const connector = await createKlaviyo({ apiKey: 'pk_test', baseUrl: server.url })
    const listing = (externalId: string): Scripted => ({
      ...profileReply,
      status: 200,
      body: JSON.stringify({ data: [{ type: 'profile', id: '01', attributes: { external_id: externalId } }] }),
    })
    const gone: Scripted = { ...profileReply, status: 404, body: '{"errors":[{"code":"not_found"}]}' }
    server.answers(listing('other'))
    const ada = deletionDelivery({ identifiers: { userId: 'ada' }, time: 0 })
    expect(await connector.deliver([ada])).toMatchObject([{ note: 'knows nobody with this user id' }])
    const query = new URLSearchParams(server.sent[0]?.path.replace('/api/profiles?', ''))
    expect([server.sent.length, query.get('filter')]).toEqual([1, 'equals(external_id,"ada")'])
    server.answers(listing('ada'), gone)
    expect(await connector.deliver([ada])).toMatchObject([{ note: 'took the deletion by user id' }])
  })

  test.skipIf(!hasShared)(`the request is that of the captured SDK request${NEEDS_SHARED}`, async () => {
    const server = await startPlatformServer()
    servers.push(server)
    server.answers(eventReply)
    const connector = await createKlaviyo({ apiKey: 'pk_test', baseUrl: server.url })
    await connector.deliver([deletionDelivery({ identifiers: { email: 'a@example.com' } })])
    const { path, body } = capturedRequest('DataPrivacyApi.requestProfileDeletion')
    expect(server.sent.map(one => [one.path, JSON.parse(one.body)])).toEqual([[path, body]])
  })
})

describe('what Klaviyo is spared', () => {
  test('a person known only by an anonymous id or a malformed phone is refused before any request', async () => {
    const connector = await createKlaviyo({ apiKey: 'pk_test', baseUrl: 'http://127.0.0.1:9' })
    const outcomes = await connector.deliver([
      eventDelivery({ identifiers: { anonymousId: 'anon-1' } }),
      traitsDelivery({ profileId: 'other', identifiers: { phone: '0151 1234' } }),
    ])
    expect(outcomes).toEqual([
      { kind: 'rejected', reason: expect.stringContaining('no identifier Klaviyo accepts') },
      { kind: 'rejected', reason: expect.stringContaining('no identifier Klaviyo accepts') },
    ])
  })

  test('a key or an address that cannot be right is told by name, without the key', async () => {
    await expect(createKlaviyo({ apiKey: 'pk_secret\n' })).rejects.toThrow(/^KLAVIYO_API_KEY (?!.*pk_secret)/)
    await expect(createKlaviyo({ apiKey: '' })).rejects.toMatchObject({ code: 'MALFORMED_KEY' })
    await expect(createKlaviyo({ apiKey: 'pk', baseUrl: 'klaviyo.com' })).rejects.toMatchObject({
      code: 'MALFORMED_URL',
    })
    await expect(createKlaviyo({ apiKey: 'pk', baseUrl: 'ftp://a.b' })).rejects.toThrow('KLAVIYO_BASE_URL')
  })
})

function attributesOf(sent: Sent): Record<string, unknown> | undefined {
  return JSON.parse(sent.body).data.attributes
}

function lowered(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

interface CapturedRequest {
  readonly path: string
  readonly body: { data: { attributes: Record<string, unknown> } }
  readonly headers: Record<string, string>
}

function capturedRequest(name: string): CapturedRequest {
  const { captures }: { captures: { call: string; request: CapturedRequest }[] } = JSON.parse(
    JSON.stringify(sharedJson('fixtures/platforms/klaviyo.json')),
  )
  const found = captures.find(({ call }) => call === name)?.request
  if (found === undefined) throw new Error('the capture is gone')
  return found
}

/** The captured event, without the members our events never have. */
function capturedEvent(): Pick<CapturedRequest, 'body' | 'headers'> {
  const found = capturedRequest('EventsApi.createEvent (Date time)')
  const { value, value_currency, backfill, properties, ...attributes } = found.body.data.attributes
  expect([value, value_currency, backfill]).toEqual([9.99, 'USD', false])
  const { items, ...flat } = { items: undefined, ...(typeof properties === 'object' ? properties : {}) }
  expect(items).toBeDefined()
  return {
    headers: found.headers,
    body: { ...found.body, data: { ...found.body.data, attributes: { properties: flat, ...attributes } } },
  }
}
