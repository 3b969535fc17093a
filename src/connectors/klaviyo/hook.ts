/** Klaviyo's system webhooks. */
import { createHmac } from 'node:crypto'
import type { Hook, SignedRequest, Verdict } from '../feedback.ts'
import { isMembers } from '../members.ts'
import { type LookUp, named } from '../named.ts'
import { isDigest } from '../signature.ts'
import { hearWebhook } from './feedback.ts'

/**
 * How old a webhook may be. Klaviyo documents no bound, nor whether a repeated attempt is dated anew. A replay does no
 * harm, for an event counts once; an attempt refused for its age would be lost.
 */
const MAX_AGE_MS = 24 * 3_600_000

/** @param lookUp - who is meant by Klaviyo's own id: most of its events tell no address. */
export function createKlaviyoHook(secret: string, lookUp: LookUp): Hook {
  return {
    platform: 'klaviyo',
    verify: request => verify(request, secret),
    read: async body => {
      const heard = hearWebhook(body)
      return heard === undefined ? { kind: 'unreadable', reason: 'expected a list as data' } : named(heard, lookUp)
    },
  }
}

/** `Klaviyo-Signature`: lower-case hex HMAC-SHA256 over the raw body, followed by the header `Klaviyo-Timestamp`. */
function verify({ header, body, json, now }: SignedRequest, secret: string): Verdict {
  const signature = header('klaviyo-signature')
  const stamp = header('klaviyo-timestamp')
  if (signature === undefined || stamp === undefined) return 'unsigned'
  const expected = createHmac('sha256', secret).update(body).update(stamp).digest()
  if (!/^[0-9a-f]{64}$/.test(signature) || !isDigest(signature, expected, 'hex')) return 'forged'
  const value = json()
  const meta = isMembers(value) && isMembers(value.meta) ? value.meta : {}
  const id = header('klaviyo-webhook-id')
  if (id !== undefined && id !== meta.klaviyo_webhook_id) return 'forged'
  // The signed body tells the time with its zone; the header has been seen hours off.
  const sentAt = typeof meta.timestamp === 'string' ? Date.parse(meta.timestamp) : Number.NaN
  return Math.abs(now - sentAt) <= MAX_AGE_MS ? 'genuine' : 'stale'
}
