import type { Connector } from '../connector.ts'

export interface WebhookSettings {
  /** Where deliveries are posted to, query included. Whoever knows it may post there, so it is as secret as a key. */
  readonly url: string
  /** What the signature is made with; the receiver knows it too. */
  readonly secret: string
}

export const LIMITS: Connector['limits'] = {
  // Zapier and Make start one run for a request, whatever it holds: a list would arrive as one run with many people in it.
  batchSize: 1,
  // A hook of Zapier takes 30 requests a second. At about 200 ms an answer, five at a time make 25. Its older addresses take
  // 1,000 in five minutes; there, a 429 makes the dispatcher wait.
  concurrency: 5,
}

/**
 * Whoever is known only by an anonymous id is nobody a CRM or a mailbox can be asked for, and each request costs its
 * receiver a run; so deliveries wait for one of these.
 */
export const NEEDS: Connector['needs'] = {
  traits: ['email', 'phone', 'userId'],
  event: ['email', 'phone', 'userId'],
}

/** Names the way the signature is made, so that another way can be told from it. */
export const SIGNATURE_VERSION = 'v1'

/** Make says this with status 400 when a scenario's queue is full: of all refusals, one that passes. */
export const FULL_QUEUE: RegExp = /\bqueue is full\b/i
