import { afterEach, describe, expect, test } from 'vitest'
import { createKlaviyo } from '../../src/connectors/klaviyo/index.ts'
import { platformContract } from '../contracts/connector.ts'
import { eventDelivery, traitsDelivery } from '../support/deliveries.ts'
import { type PlatformServer, type Sent, startPlatformServer } from '../support/platform-server.ts'
import { hasShared, NEEDS_SHARED, sharedJson } from '../support/shared.ts'

const profileReply = {
  kind: 'answer',
  status: 201,
  headers: { 'Content-Type': 'application/vnd.api+json' },
  body: JSON.stringify({ data: { type: 'profile', id: '01', attributes: {}, links: { self: 'http://127.0.0.1/' } } }),
} as const
const eventReply = { kind: 'answer', status: 202 } as const

platformContract({
  name: 'klaviyo',
  open: ({ url, apiKey, timeoutMs, now }) => createKlaviyo({ apiKey, baseUrl: url }, { timeoutMs, now }),
  taken: { traits: profileReply, event: eventReply },
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
async function wire(
  delivery: Parameters<Awaited<ReturnType<typeof createKlaviyo>>['deliver']>[0][number],
): Promise<Sent> {
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

/** The captured event, without the members our events never have. */
function capturedEvent(): { body: { data: { attributes: Record<string, unknown> } }; headers: Record<string, string> } {
  const {
    captures,
  }: {
    captures: {
      call: string
      request: { body: ReturnType<typeof capturedEvent>['body']; headers: Record<string, string> }
    }[]
  } = JSON.parse(JSON.stringify(sharedJson('fixtures/platforms/klaviyo.json')))
  const found = captures.find(({ call }) => call === 'EventsApi.createEvent (Date time)')?.request
  if (found === undefined) throw new Error('the capture is gone')
  const { value, value_currency, backfill, properties, ...attributes } = found.body.data.attributes
  expect([value, value_currency, backfill]).toEqual([9.99, 'USD', false])
  const { items, ...flat } = { items: undefined, ...(typeof properties === 'object' ? properties : {}) }
  expect(items).toBeDefined()
  return {
    headers: found.headers,
    body: { ...found.body, data: { ...found.body.data, attributes: { properties: flat, ...attributes } } },
  }
}
