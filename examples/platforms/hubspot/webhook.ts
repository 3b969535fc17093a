/** HubSpot's webhooks: changes of properties, signed, up to 100 at once. */
import { createHmac } from 'node:crypto'

export interface WebhookTarget {
  /** As it was configured: it is a part of what is signed. */
  readonly url: string
  readonly clientSecret: string
}

export interface PropertyChange {
  /** The record id of the contact. */
  readonly contactId: string
  readonly property: string
  readonly value: string
  /** The same again is another attempt at the same notification. */
  readonly eventId: number
  /** Epoch ms. */
  readonly occurredAt: number
}

/** @returns the status it was answered with. */
export async function sendWebhook(
  { url, clientSecret }: WebhookTarget,
  changes: readonly PropertyChange[],
  now: number,
): Promise<number> {
  const body = JSON.stringify(
    changes.map(({ contactId, property, value, eventId, occurredAt }) => ({
      eventId,
      subscriptionId: 8_796_345,
      portalId: 1_234_567,
      appId: 54_321,
      occurredAt,
      subscriptionType: 'contact.propertyChange',
      attemptNumber: 0,
      objectId: Number(contactId),
      propertyName: property,
      propertyValue: value,
      changeSource: 'EMAIL',
    })),
  )
  const signature = createHmac('sha256', clientSecret).update(`POST${url}${body}${now}`).digest('base64')
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'X-HubSpot-Signature-v3': signature,
      'X-HubSpot-Request-Timestamp': String(now),
    },
    body,
  })
  return response.status
}
