import { expect, onTestFinished, test } from 'vitest'
import { startWebhook, type WebhookOptions, type WebhookStandIn } from '../../examples/platforms/webhook.ts'
import type { Connector, Delivery } from '../../src/connectors/connector.ts'
import { createWebhook } from '../../src/connectors/webhook/index.ts'
import { platformContract } from '../contracts/connector.ts'
import { eventDelivery, traitsDelivery } from '../support/deliveries.ts'
import { type Scripted, type Sent, startPlatformServer } from '../support/platform-server.ts'

const SECRET = 'whsec_1234567890abcdef'
const NOW = Date.UTC(2026, 6, 15, 12, 0, 0, 987)

const taken: Scripted = { kind: 'answer', status: 200, headers: { 'Content-Type': 'text/html' }, body: 'Accepted' }

platformContract({
  name: 'webhook',
  open: async ({ url, apiKey, timeoutMs, now }) => createWebhook({ url, secret: apiKey }, { timeoutMs, now }),
  taken: { traits: taken, event: taken, deletion: taken },
  kindOf: ({ body }) => JSON.parse(body).kind,
  refusal: words => JSON.stringify({ error: words }),
  idempotencyKey: ({ headers }) => headers['Inkling-Id'],
})

async function receive(options: Partial<WebhookOptions> = {}): Promise<WebhookStandIn> {
  const receiver = await startWebhook({ secret: SECRET, now: () => NOW, ...options })
  onTestFinished(() => receiver.close())
  return receiver
}

/** What becomes of one delivery when it is answered like this, and what was sent. */
async function answered(answer: Scripted, delivery: Delivery = eventDelivery(), path = '/hook?key=42') {
  const server = await startPlatformServer()
  onTestFinished(() => server.close())
  server.answers(answer)
  const connector = createWebhook({ url: server.url + path, secret: SECRET }, { now: () => NOW })
  const [outcome] = await connector.deliver([delivery])
  const [sent] = server.sent
  if (sent === undefined) throw new Error('nothing was sent')
  return { outcome, sent }
}

const says = (status: number, body: string): Scripted => ({ kind: 'answer', status, body })
const post = async (to: string, { headers, body }: Pick<Sent, 'headers' | 'body'>): Promise<number> =>
  (await fetch(to, { method: 'POST', headers, body })).status

test('an event is one signed request with everything its receiver needs', async () => {
  const { sent } = await answered(taken)
  expect([sent.method, sent.path]).toEqual(['POST', '/hook?key=42'])
  expect(JSON.parse(sent.body)).toEqual({
    id: eventDelivery().id,
    kind: 'event',
    name: 'Cart Abandoned',
    time: '2026-07-15T12:00:00.123Z',
    identifiers: { email: 'ada@example.com', user_id: 'user-1', anonymous_id: 'anon-1' },
    properties: { cart_value: 99.5, cart_item_count: 2, product_name: 'Trail shoe' },
    traits: { inkling_level: 'high' },
  })
  expect(sent.headers).toMatchObject({
    'Content-Type': 'application/json',
    'Inkling-Id': eventDelivery().id,
    'Inkling-Timestamp': '1784116800',
    'Inkling-Signature': expect.stringMatching(/^v1=[0-9a-f]{64}$/),
  })
})

test('traits tell what is cleared by null, and an event what has no value', async () => {
  const traits = { inkling_cart_value: null, inkling_score: 0 }
  const { sent } = await answered(taken, traitsDelivery({ traits, identifiers: { phone: '+4915112345678' } }))
  expect(JSON.parse(sent.body)).toEqual({
    ...{ id: traitsDelivery().id, kind: 'traits', time: '2026-07-15T12:00:00.123Z' },
    ...{ identifiers: { phone: '+4915112345678' }, traits },
  })
  const event = await answered(taken, eventDelivery({ properties: { a: null, b: false, c: '' } }))
  expect(JSON.parse(event.sent.body).properties).toEqual({ a: null, b: false, c: '' })
})

test('a receiver that checks everything takes both kinds, and a repeat once', async () => {
  const receiver = await receive()
  const connector = createWebhook({ url: receiver.hook, secret: SECRET }, { now: () => NOW })
  const batch = [traitsDelivery(), eventDelivery({ name: 'Größe gewählt', properties: { page_title: 'Fern 🌱' } })]
  for (const _twice of [1, 2])
    expect(await connector.deliver(batch)).toEqual([{ kind: 'delivered' }, { kind: 'delivered' }])
  expect(receiver.deliveries()).toMatchObject([{ kind: 'traits' }, { name: 'Größe gewählt' }])
  expect(receiver.requests()).toHaveLength(4)
})

test('the receiver refuses another secret, a body that was touched, an old request and a strange id', async () => {
  const receiver = await receive()
  const wrong = createWebhook({ url: receiver.hook, secret: `${SECRET}!` }, { now: () => NOW })
  expect(await wrong.deliver([eventDelivery()])).toEqual([
    { kind: 'unauthorized', reason: '401 the signature does not fit' },
  ])
  const { sent } = await answered(taken)
  expect(await post(receiver.hook, { ...sent, body: sent.body.replace('99.5', '99.6') })).toBe(401)
  expect(await post(receiver.hook, { ...sent, headers: { ...sent.headers, 'Inkling-Timestamp': '1784116801' } })).toBe(
    401,
  )
  expect(await post(receiver.hook, { ...sent, headers: { ...sent.headers, 'Inkling-Id': 'other' } })).toBe(400)
  const later = await receive({ now: () => NOW + 301_000 })
  expect(await post(later.hook, sent)).toBe(401)
  expect([receiver.deliveries(), later.deliveries()]).toEqual([[], []])
  expect(await post(receiver.hook, sent)).toBe(200)
})

test('each attempt is signed for its own minute, with the same id and body', async () => {
  let now = NOW
  const receiver = await receive({ now: () => now })
  const connector: Connector = createWebhook({ url: receiver.hook, secret: SECRET }, { now: () => now })
  receiver.fail({ kind: 'half-body' }, { afterRecording: true })
  expect(await connector.deliver([eventDelivery()])).toMatchObject([{ kind: 'retry' }])
  now += 3_600_000
  expect(await connector.deliver([eventDelivery()])).toEqual([{ kind: 'delivered' }])
  expect(receiver.deliveries()).toHaveLength(1)
})

test('what Zapier, Make and code of your own say is understood', async () => {
  const accepted = [
    says(200, 'Accepted'),
    says(200, '{"status":"success","id":"1"}'),
    says(204, ''),
    says(202, 'ok <b>'),
  ]
  for (const answer of accepted) expect((await answered(answer)).outcome).toEqual({ kind: 'delivered' })
  expect((await answered(says(400, 'Queue is full.'))).outcome).toEqual({ kind: 'retry', reason: '400 Queue is full.' })
  expect((await answered(says(400, 'Bad data'))).outcome).toEqual({ kind: 'rejected', reason: '400 Bad data' })
  expect((await answered(says(410, '<html>Gone'))).outcome).toMatchObject({ kind: 'rejected' })
  expect((await answered(says(422, '{"problems":["name"]}'))).outcome).toEqual({
    kind: 'rejected',
    reason: '422 {"problems":["name"]}',
  })
})

test('the address is as secret as a key: no reason repeats it', async () => {
  const { outcome } = await answered(
    says(404, 'nothing at /hooks/secret-path for ada@example.com'),
    eventDelivery(),
    '/hooks/secret-path',
  )
  expect(outcome).toEqual({ kind: 'rejected', reason: '404 nothing at [removed] for [removed]' })
})

test('one more than a hook takes in a second is tried again', async () => {
  const receiver = await receive()
  const connector = createWebhook({ url: receiver.hook, secret: SECRET }, { now: () => NOW })
  const many = Array.from({ length: 31 }, (_, at) =>
    traitsDelivery({ profileId: `p${at}`, id: `0b0e7a10-0000-4000-8000-0000000000${10 + at}` }),
  )
  const outcomes = await connector.deliver(many)
  expect(outcomes.filter(({ kind }) => kind === 'delivered')).toHaveLength(30)
  expect(outcomes.filter(({ kind }) => kind === 'retry')).toEqual([
    { kind: 'retry', reason: '429 too many requests', throttled: true },
  ])
})

test('an address or a secret that cannot be right is told by name, without either', () => {
  const at =
    (url: string, secret = SECRET) =>
    () =>
      createWebhook({ url, secret })
  for (const url of ['hooks.zapier.com/x', 'ftp://a.b/x', 'https://me:pw@a.b/x', 'https://:pw@a.b/x', 'https://a.b/#x'])
    expect(at(url)).toThrow(/^WEBHOOK_URL (?!.*pw)/)
  expect(at('https://a.b/', 'whsec line\n')).toThrow(/^WEBHOOK_SECRET (?!.*whsec)/)
})
