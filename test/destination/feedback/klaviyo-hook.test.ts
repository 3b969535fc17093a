import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { openFeedbackWorld } from '../../support/feedback-world.ts'

const SECRET = 'a secret of sixteen or more'
const settings = {
  connectors: { klaviyo: { apiKey: 'pk_test', baseUrl: 'http://127.0.0.1:9' } },
  feedback: { klaviyo: { hookSecret: SECRET } },
}

function unsubscription(id: string, email: string, at = Date.now()): object {
  return {
    topic: 'event:klaviyo.unsubscribed_from_email_marketing',
    external_id: id,
    payload: {
      data: {
        id,
        type: 'event',
        attributes: {
          timestamp: Math.floor(at / 1000),
          event_properties: { email_address: email, method: 'PROFILE_PAGE' },
        },
        relationships: { profile: { data: { id: '01PROFILE', type: 'profile' } } },
      },
    },
  }
}

function webhook(...data: readonly object[]): string {
  const meta = { klaviyo_webhook_id: 'wh_1', timestamp: new Date().toISOString(), version: '2024-06-28' }
  return JSON.stringify({ data, meta })
}

function signed(body: string, secret = SECRET): Record<string, string> {
  const stamp = 'Tue, 14 Apr 2026 03:50:12 GMT'
  return {
    'klaviyo-webhook-id': 'wh_1',
    'klaviyo-timestamp': stamp,
    'klaviyo-signature': createHmac('sha256', secret)
      .update(body + stamp)
      .digest('hex'),
  }
}

test('an unsubscription at Klaviyo silences the person at their next moment', async () => {
  const world = await openFeedbackWorld(settings)
  await world.send({ type: 'identify', userId: 'ada', traits: { email: 'Ada@example.com' } })
  const body = webhook(unsubscription('73WCCK7JKtE', 'ada@example.com'))
  const answer = await world.post('/hooks/klaviyo', body, signed(body))
  expect([answer.status, await answer.json()]).toEqual([200, { success: true }])
  expect(await world.told('feedback taken')).toMatchObject({ platform: 'klaviyo', by: 'webhook', kept: 1, unknown: 0 })
  await world.settled()
  await world.send({ userId: 'ada', event: 'File Downloaded', properties: { file: 'a.pdf' } })
  const { story } = await world.person('ada')
  expect(story).toContainEqual(
    expect.objectContaining({ restraint: 'silenced', why: expect.stringContaining('They unsubscribed') }),
  )
})
