import { expect, test } from 'vitest'
import { hearCurrents } from '../../../src/connectors/braze/feedback.ts'
import { createBrazeHook } from '../../../src/connectors/braze/hook.ts'

function event(type: string, properties: object = {}, rest: object = {}): object {
  return {
    event_type: `users.messages.email.${type}`,
    id: 'a1b2c3d4-0000-4000-8000-000000000001',
    time: 1_790_000_000,
    user: { user_id: 'b1', external_user_id: 'u1', timezone: 'Europe/Berlin' },
    properties: { email_address: 'ada@example.com', campaign_id: 'c1', campaign_name: 'Spring', ...properties },
    ...rest,
  }
}

test('a click tells whom, when, of which campaign and where to', () => {
  expect(hearCurrents({ events: [event('Click', { url: 'https://shop.example/fern' })] })).toEqual([
    {
      kind: 'feedback',
      feedback: {
        id: 'a1b2c3d4-0000-4000-8000-000000000001',
        kind: 'clicked',
        at: 1_790_000_000_000,
        recipient: { email: 'ada@example.com', userId: 'u1' },
        campaignId: 'c1',
        campaignName: 'Spring',
        link: 'https://shop.example/fern',
      },
    },
  ])
})

test.each([
  [event('Open'), { feedback: { kind: 'opened' } }],
  [event('Unsubscribe'), { feedback: { kind: 'unsubscribed' } }],
  [event('MarkAsSpam'), { feedback: { kind: 'complained' } }],
  [event('Bounce'), { feedback: { kind: 'bounced' } }],
  [event('SoftBounce'), { why: 'temporary' }],
  [event('Open', { machine_open: 'true' }), { why: 'machine' }],
  [event('Click', { is_suspected_bot_click: true }), { why: 'machine' }],
  [event('Delivery'), { why: 'other' }],
  [event('Thought'), { why: 'other' }],
  [{ ...event('Open'), event_type: 'constructor' }, { why: 'other' }],
  [event('Open', { email_address: null }, { user: { user_id: 'b1' } }), { why: 'incomplete' }],
  [event('Open', {}, { user: null, properties: null }), { why: 'incomplete' }],
  [event('Open', {}, { id: undefined }), { why: 'incomplete' }],
  [event('Open', {}, { time: -1 }), { why: 'incomplete' }],
  [null, { why: 'incomplete' }],
])('%o becomes %o', (one, heard) => {
  expect(hearCurrents({ events: [one] })).toMatchObject([heard])
})

test('a Canvas is the campaign of what it sent', () => {
  const canvas = { campaign_id: null, campaign_name: null, canvas_id: 'v1', canvas_name: 'Carts' }
  expect(hearCurrents({ events: [event('Open', canvas)] })).toMatchObject([
    { feedback: { campaignId: 'v1', campaignName: 'Carts' } },
  ])
})

test('a body without a list of events is none of Braze', () => {
  expect([hearCurrents([]), hearCurrents({}), hearCurrents({ events: {} })]).toEqual([undefined, undefined, undefined])
})

test('only the token opens', () => {
  const hook = createBrazeHook('t0ken')
  const shown = (authorization?: string) =>
    hook.verify({
      ...{ method: 'POST', url: '', body: new Uint8Array(), json: () => undefined, now: 0 },
      header: name => (name === 'authorization' ? authorization : undefined),
    })
  expect(shown('Bearer t0ken')).toBe('genuine')
  expect(shown('bearer  t0ken')).toBe('genuine')
  expect([shown(), shown('Basic dDBrZW4='), shown('Bearer ')]).toEqual(['unsigned', 'unsigned', 'unsigned'])
  expect([shown('Bearer t0ke'), shown('Bearer t0ken1')]).toEqual(['forged', 'forged'])
})
