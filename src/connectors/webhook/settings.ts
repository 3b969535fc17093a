import type { Connector } from '../connector.ts'

export interface WebhookSettings {
  /** Where deliveries are posted to, query included. Whoever knows it may post there, so it is as secret as a key. */
  readonly url: string
  /** What the signature is made with; the receiver knows it too. */
  readonly secret: string
}

export const LIMITS: Connector['limits'] = {
  // At about 200 ms an answer, ten at a time make what a hook of Zapier takes.
  concurrency: 10,
  routes: [
    {
      kinds: ['event', 'deletion', 'traits'],
      path: '/',
      // Zapier and Make start one run for a request, whatever it holds: a list would arrive as one run with many people in it.
      batchSize: 1,
      batchBytes: 10_000_000,
      // Of a hook of Zapier. Its older addresses take 1,000 in five minutes; there, a 429 makes the dispatcher wait.
      windows: [{ calls: 30, perMs: 1_000 }],
    },
  ],
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
