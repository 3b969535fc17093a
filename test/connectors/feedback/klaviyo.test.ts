import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import type { SignedRequest } from '../../../src/connectors/feedback.ts'
import { createKlaviyoFeed } from '../../../src/connectors/klaviyo/feed.ts'
import { hearEvents, hearWebhook, METRICS } from '../../../src/connectors/klaviyo/feedback.ts'
import { createKlaviyoHook } from '../../../src/connectors/klaviyo/hook.ts'
import type { LookUp } from '../../../src/connectors/named.ts'

const SECRET = 'a secret of sixteen or more'
const NOW = Date.parse('2026-04-13T22:50:30Z')
const nobody: LookUp = async () => ({ kind: 'found', people: new Map() })

/** As Klaviyo reads an event back; the shape of a captured unsubscription. */
function event(properties: object = {}, attributes: object = {}): object {
  return {
    id: '73WCCK7JKtE',
    type: 'event',
    attributes: {
      uuid: '75669b00-3786-11f1-8001-4e2db0d1c5b6',
      datetime: '2026-04-13T22:16:46+00:00',
      timestamp: 1_776_118_606,
      event_properties: { $event_id: '1776118606', ...properties },
      ...attributes,
    },
    relationships: {
      metric: { data: { id: 'SHi67A', type: 'metric' } },
      profile: { data: { id: '01KP4EGHH8QJ3N3AY2Z6V7RMDK', type: 'profile' } },
    },
  }
}

function webhook(topic: string, payload: object): string {
  return JSON.stringify({
    meta: { timestamp: '2026-04-13T22:50:12.101159+00:00', klaviyo_webhook_id: 'wh', version: '2024-06-28' },
    data: [{ topic: `event:klaviyo.${topic}`, external_id: '73WCCK7JKtE', payload: { data: payload } }],
  })
}

/** Signed as documented, with the header's time hours off the body's, as it has been seen. */
function request(body: string, headers: Readonly<Record<string, string>> = {}): SignedRequest {
  const stamp = 'Tue, 14 Apr 2026 03:50:12 GMT'
  const all: Readonly<Record<string, string>> = {
    'klaviyo-webhook-id': 'wh',
    'klaviyo-timestamp': stamp,
    'klaviyo-signature': createHmac('sha256', SECRET)
      .update(body + stamp)
      .digest('hex'),
    ...headers,
  }
  return {
    method: 'POST',
    url: 'https://example.com/hooks/klaviyo',
    header: name => (all[name] === '' ? undefined : all[name]),
    body: Buffer.from(body),
    json: () => JSON.parse(body),
    now: NOW,
  }
}

test('an unsubscription tells its address, the time and an id that stays the same', () => {
  const body: unknown = JSON.parse(
    webhook('unsubscribed_from_email_marketing', event({ email_address: 'foo@example.com' })),
  )
  expect(hearWebhook(body)).toEqual([
    {
      kind: 'feedback',
      feedback: {
        id: '73WCCK7JKtE',
        kind: 'unsubscribed',
        at: 1_776_118_606_000,
        recipient: { email: 'foo@example.com', platformId: '01KP4EGHH8QJ3N3AY2Z6V7RMDK' },
      },
    },
  ])
})

test.each([
  ['opened_email', {}, { kind: 'feedback', feedback: { kind: 'opened' } }],
  [
    'clicked_email',
    { URL: 'https://shop.example/fern', Subject: 'Ferns', $message: 'M1', 'Campaign Name': 'Spring' },
    {
      kind: 'feedback',
      feedback: {
        kind: 'clicked',
        link: 'https://shop.example/fern',
        subject: 'Ferns',
        campaignId: 'M1',
        campaignName: 'Spring',
      },
    },
  ],
  ['marked_email_as_spam', {}, { kind: 'feedback', feedback: { kind: 'complained' } }],
  ['unsubscribed', {}, { kind: 'feedback', feedback: { kind: 'unsubscribed' } }],
  ['bounced_email', { 'Bounce Type': 'Hard' }, { kind: 'feedback', feedback: { kind: 'bounced' } }],
  ['bounced_email', { 'Bounce Type': 'Soft' }, { kind: 'ignored', why: 'temporary' }],
  ['opened_email', { machine_open: true }, { kind: 'ignored', why: 'machine' }],
  ['opened_email', { 'Apple Privacy Open': 'True' }, { kind: 'ignored', why: 'machine' }],
  ['clicked_email', { 'Bot Click': true }, { kind: 'ignored', why: 'machine' }],
  ['received_email', {}, { kind: 'ignored', why: 'other' }],
  ['unsubscribed_from_list', {}, { kind: 'ignored', why: 'other' }],
  ['constructor', {}, { kind: 'ignored', why: 'other' }],
])('the topic %s with %o becomes what it says', (topic, properties, heard) => {
  expect(hearWebhook(JSON.parse(webhook(topic, event(properties))))).toMatchObject([heard])
})

test('who is meant stands beside the events that are asked for', () => {
  const included = [
    { type: 'profile', id: '01KP4EGHH8QJ3N3AY2Z6V7RMDK', attributes: { email: 'a@example.com', external_id: 'u1' } },
  ]
  expect(hearEvents({ data: [event()], included }, 'opened')).toMatchObject([
    { feedback: { recipient: { email: 'a@example.com', userId: 'u1' } } },
  ])
})

test.each([
  ['no data', {}, undefined],
  ['data that is no list', { data: {} }, undefined],
  ['a list', [], undefined],
  ['null', null, undefined],
  ['entries that are nothing', { data: [null, 1, 'x', []] }, ['incomplete', 'incomplete', 'incomplete', 'incomplete']],
  ['an entry without a payload', { data: [{ topic: 'event:klaviyo.opened_email' }] }, ['incomplete']],
  [
    'a time in another unit',
    { data: [{ topic: 'event:klaviyo.opened_email', payload: event({}, { timestamp: 1e15, datetime: 'now' }) }] },
    ['incomplete'],
  ],
  [
    'an id that could break out',
    { data: [{ topic: 'event:klaviyo.opened_email', payload: { ...event(), id: '"]),or(1' } }] },
    ['incomplete'],
  ],
])('%s breaks nothing', (_what, body, whys) => {
  expect(hearWebhook(body)?.map(one => (one.kind === 'ignored' ? one.why : one))).toEqual(whys)
})

test('texts and links are bounded, and an address is never cut', () => {
  const long = 'x'.repeat(5_000)
  const heard = hearEvents({ data: [event({ Subject: long, email_address: `${long}@example.com` })] }, 'opened')
  expect(heard).toMatchObject([{ feedback: { recipient: { platformId: expect.any(String) } } }])
  const [one] = heard
  if (one?.kind !== 'feedback') throw new Error('it was ignored')
  expect([one.feedback.subject?.length, one.feedback.recipient.email]).toEqual([1_000, undefined])
})

test('a webhook of Klaviyo is genuine; one without its headers, altered, signed otherwise or old is not', () => {
  const hook = createKlaviyoHook(SECRET, nobody)
  const body = webhook('opened_email', event())
  const good = request(body)
  expect(hook.verify(good)).toBe('genuine')
  expect(hook.verify({ ...good, body: Buffer.from(`${body} `) })).toBe('forged')
  expect(hook.verify(request(body, { 'klaviyo-timestamp': 'Tue, 14 Apr 2026 03:50:13 GMT' }))).toBe('forged')
  expect(hook.verify(request(body, { 'klaviyo-signature': 'x' }))).toBe('forged')
  expect(hook.verify(request(body, { 'klaviyo-webhook-id': 'another' }))).toBe('forged')
  expect(hook.verify(request(body, { 'klaviyo-signature': '' }))).toBe('unsigned')
  expect(hook.verify(request(body, { 'klaviyo-timestamp': '' }))).toBe('unsigned')
  expect(createKlaviyoHook('another secret', nobody).verify(good)).toBe('forged')
  expect(hook.verify({ ...good, now: NOW + 25 * 3_600_000 })).toBe('stale')
  expect(hook.verify({ ...good, json: () => undefined, now: NOW })).toBe('forged')
})

test('whom Klaviyo names by its own id alone is looked up once, and an answer that fails fails the reading', async () => {
  const asked: (readonly string[])[] = []
  const hook = createKlaviyoHook(SECRET, async ids => {
    asked.push(ids)
    return { kind: 'found', people: new Map(ids.map(id => [id, { email: 'a@example.com' }])) }
  })
  const data = [1, 2].map(number => ({
    topic: 'event:klaviyo.opened_email',
    payload: { data: { ...event(), id: `E${number}` } },
  }))
  expect(await hook.read({ data })).toMatchObject({
    heard: [{ feedback: { id: 'E1', recipient: { email: 'a@example.com' } } }, { feedback: { id: 'E2' } }],
  })
  expect(asked).toEqual([['01KP4EGHH8QJ3N3AY2Z6V7RMDK']])
  const busy = createKlaviyoHook(SECRET, async () => ({ kind: 'retry', reason: 'busy' }))
  expect(await busy.read({ data })).toEqual({ kind: 'retry', reason: 'busy' })
})

test('whom Klaviyo names by an address is not looked up', async () => {
  const hook = createKlaviyoHook(SECRET, async () => ({ kind: 'retry', reason: 'it was asked' }))
  const payload = { data: event({ email_address: 'a@example.com' }) }
  const data = [{ topic: 'event:klaviyo.unsubscribed_from_email_marketing', payload }]
  expect(await hook.read({ data })).toMatchObject({ kind: 'heard', heard: [{ kind: 'feedback' }] })
})

test('a list of metrics that leads to itself ends', async () => {
  const next = 'https://a.klaviyo.com/api/metrics?page%5Bcursor%5D=again'
  const attributes = { name: 'Opened Email', integration: { name: 'Klaviyo' } }
  const asked: unknown[] = []
  const feed = createKlaviyoFeed({
    metrics: async cursor => {
      asked.push(cursor)
      if (asked.length > 2) return { kind: 'rejected', reason: 'it is asked for ever' }
      return {
        kind: 'answer',
        body: { data: [{ type: 'metric', id: `M${asked.length}`, attributes }], links: { next } },
      }
    },
    events: async () => ({ kind: 'answer', body: { data: [] } }),
    profiles: async () => ({ kind: 'found', people: new Map() }),
  })
  const page = await feed.page({ from: 0, until: 1 })
  expect(asked).toEqual([undefined, 'again'])
  expect(page).toMatchObject({ kind: 'page', next: expect.stringContaining('M1') })
})

test('the metrics that are asked for are those whose topics are understood', () => {
  for (const [name, kind] of Object.entries(METRICS)) {
    const topic = name.toLowerCase().replaceAll(' ', '_')
    expect(hearWebhook(JSON.parse(webhook(topic, event())))).toMatchObject([{ feedback: { kind } }])
  }
})
