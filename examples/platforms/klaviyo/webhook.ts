/** Klaviyo's system webhooks: events as they are read, signed, up to 1,000 at once. */
import { createHmac } from 'node:crypto'
import { isoSecond, type KlaviyoEvent, type KlaviyoMetric } from './account.ts'
import { eventResource } from './reply.ts'

export interface WebhookTarget {
  readonly url: string
  /** The one the webhook was made with. */
  readonly secret: string
}

const MOST_EVENTS = 1_000

/** @returns the status it was answered with. */
export async function sendWebhook(
  { url, secret }: WebhookTarget,
  events: readonly { readonly event: KlaviyoEvent; readonly metric: KlaviyoMetric | undefined }[],
  now: number,
): Promise<number> {
  const data = events.slice(0, MOST_EVENTS).map(({ event, metric }) => ({
    topic: `event:klaviyo.${event.metric.toLowerCase().replaceAll(' ', '_')}`,
    external_id: event.id,
    payload: { data: eventResource(event, metric, 'https://a.klaviyo.com') },
  }))
  const meta = {
    timestamp: isoSecond(now),
    klaviyo_webhook_id: '01WEBHOOK',
    klaviyo_account_id: 'AbC123',
    version: '2026-07-15',
  }
  const body = JSON.stringify({ meta, data })
  const stamp = new Date(now).toUTCString()
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'Klaviyo-Webhook-Id': meta.klaviyo_webhook_id,
      'Klaviyo-Timestamp': stamp,
      'Klaviyo-Signature': createHmac('sha256', secret)
        .update(body + stamp)
        .digest('hex'),
    },
    body,
  })
  return response.status
}
