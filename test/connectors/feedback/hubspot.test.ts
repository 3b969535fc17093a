import { Signature } from '@hubspot/api-client'
import { expect, test } from 'vitest'
import type { SignedRequest } from '../../../src/connectors/feedback.ts'
import { hearEvents, hearWebhook } from '../../../src/connectors/hubspot/feedback.ts'
import { createHubspotHook } from '../../../src/connectors/hubspot/hook.ts'
import type { LookUp } from '../../../src/connectors/named.ts'

const SECRET = 'c11e-n7'
const NOW = 1_790_000_000_000
const nobody: LookUp = async () => ({ kind: 'found', people: new Map() })

function change(propertyName: string, propertyValue: string, rest: object = {}): object {
  return {
    ...{ eventId: 3_181_526_809, subscriptionId: 8_796_345, portalId: 1, appId: 2, occurredAt: NOW - 5_000 },
    ...{ subscriptionType: 'contact.propertyChange', attemptNumber: 0, objectId: 101, changeSource: 'EMAIL' },
    ...{ propertyName, propertyValue, ...rest },
  }
}

test.each([
  ['hs_email_optout', 'true', 'unsubscribed'],
  ['hs_email_last_open_date', '1790000000000', 'opened'],
  ['hs_email_last_click_date', '1790000000000', 'clicked'],
  ['hs_email_hard_bounce_reason_enum', 'UNKNOWN_USER', 'bounced'],
])('the property %s with the value %s says that it was %s', (name, value, kind) => {
  expect(hearWebhook([change(name, value)])).toEqual([
    {
      kind: 'feedback',
      feedback: { id: '3181526809-8796345', kind, at: NOW - 5_000, recipient: { platformId: '101' } },
    },
  ])
})

test.each([
  ['an opt-out that was taken back', change('hs_email_optout', 'false'), 'other'],
  ['an opt-out that was cleared', change('hs_email_optout', ''), 'other'],
  ['another property', change('lifecyclestage', 'customer'), 'other'],
  ['a property named like a member of every object', change('constructor', 'true'), 'other'],
  ['a creation', change('hs_email_optout', 'true', { subscriptionType: 'contact.creation' }), 'other'],
  ['a change without an event id', change('hs_email_optout', 'true', { eventId: undefined }), 'incomplete'],
  ['a change of nobody', change('hs_email_optout', 'true', { objectId: '"],' }), 'incomplete'],
  ['a change at no time', change('hs_email_optout', 'true', { occurredAt: 'noon' }), 'incomplete'],
  ['nothing', null, 'incomplete'],
])('%s becomes nothing', (_what, notification, why) => {
  expect(hearWebhook([notification])).toEqual([{ kind: 'ignored', why }])
})

test('a body that is no list is none of HubSpot', () => {
  expect([hearWebhook({}), hearWebhook(null), hearWebhook('x')]).toEqual([undefined, undefined, undefined])
})

const event = (rest: object) => ({
  ...{ id: '9a2e7b3c', created: NOW, recipient: 'ada@example.com', emailCampaignId: 17, subject: 'Ferns', ...rest },
})

test.each([
  [{ type: 'OPEN' }, { feedback: { kind: 'opened', id: `9a2e7b3c-${NOW}`, campaignId: '17', subject: 'Ferns' } }],
  [{ type: 'CLICK', url: 'https://shop.example' }, { feedback: { kind: 'clicked', link: 'https://shop.example' } }],
  [{ type: 'SPAMREPORT' }, { feedback: { kind: 'complained' } }],
  [{ type: 'STATUSCHANGE', portalSubscriptionStatus: 'UNSUBSCRIBED' }, { feedback: { kind: 'unsubscribed' } }],
  [{ type: 'STATUSCHANGE', portalSubscriptionStatus: 'SUBSCRIBED' }, { why: 'other' }],
  [{ type: 'STATUSCHANGE', subscriptions: [{ id: 7, status: 'UNSUBSCRIBED' }] }, { why: 'other' }],
  [{ type: 'BOUNCE', status: '5.1.1' }, { feedback: { kind: 'bounced' } }],
  [{ type: 'BOUNCE', status: '4.2.2' }, { why: 'temporary' }],
  [{ type: 'OPEN', filteredEvent: true }, { why: 'machine' }],
  [{ type: 'DELIVERED' }, { why: 'other' }],
  [{ type: 'OPEN', created: undefined }, { why: 'incomplete' }],
  [{ type: 'OPEN', recipient: undefined }, { why: 'incomplete' }],
])('the event %o of the log becomes %o', (rest, heard) => {
  expect(hearEvents({ events: [event(rest)] })).toMatchObject([heard])
})

/** Signed by HubSpot's own SDK. */
function request(url: string, signedUrl = url, timestamp = NOW): SignedRequest {
  const body = JSON.stringify([change('hs_email_optout', 'true')])
  const signature = Signature.getSignature('POST', 'v3', {
    ...{ clientSecret: SECRET, url: signedUrl, requestBody: body, signature: '', timestamp },
  })
  const headers: Readonly<Record<string, string>> = {
    'x-hubspot-signature-v3': signature,
    'x-hubspot-request-timestamp': String(timestamp),
  }
  return {
    method: 'POST',
    url,
    header: name => headers[name],
    body: Buffer.from(body),
    json: () => JSON.parse(body),
    now: NOW,
  }
}

test("what HubSpot's own SDK signed is genuine; altered, sent elsewhere, without headers or old it is not", () => {
  const hook = createHubspotHook(SECRET, nobody)
  const good = request('https://example.com/hooks/hubspot')
  expect(hook.verify(good)).toBe('genuine')
  expect(hook.verify({ ...good, body: Buffer.from('[]') })).toBe('forged')
  expect(hook.verify({ ...good, method: 'PUT' })).toBe('forged')
  expect(hook.verify({ ...good, url: 'http://example.com/hooks/hubspot' })).toBe('forged')
  expect(hook.verify({ ...good, header: () => undefined })).toBe('unsigned')
  expect(createHubspotHook('another', nobody).verify(good)).toBe('forged')
  const header = (name: string) => (name.endsWith('v3') ? '' : good.header(name))
  expect(hook.verify({ ...good, header })).toBe('forged')
  expect(hook.verify(request('https://example.com/hooks/hubspot', undefined, NOW - 300_001))).toBe('stale')
  expect(hook.verify(request('https://example.com/hooks/hubspot', undefined, NOW + 300_001))).toBe('stale')
  expect(hook.verify(request('https://example.com/hooks/hubspot', undefined, NOW - 300_000))).toBe('genuine')
})

test('an escaped address is signed as HubSpot unescapes it', () => {
  const hook = createHubspotHook(SECRET, nobody)
  const sent = 'https://example.com/hooks/hubspot?from=a%40b%2Fc&to=%7Bx%7D'
  expect(hook.verify(request(sent, 'https://example.com/hooks/hubspot?from=a@b/c&to=%7Bx%7D'))).toBe('genuine')
})

test('notifications are read with the addresses of their contacts', async () => {
  const hook = createHubspotHook(SECRET, async ids => ({
    kind: 'found',
    people: new Map(ids.map(id => [id, { email: `${id}@example.com` }])),
  }))
  expect(await hook.read([change('hs_email_optout', 'true')])).toMatchObject({
    heard: [{ feedback: { recipient: { email: '101@example.com' } } }],
  })
})
