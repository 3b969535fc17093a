/** HubSpot's webhooks of an app. */
import { createHmac } from 'node:crypto'
import type { Hook, SignedRequest, Verdict } from '../feedback.ts'
import { type LookUp, named } from '../named.ts'
import { isDigest } from '../signature.ts'
import { hearWebhook } from './feedback.ts'

/** HubSpot's own bound. */
const MAX_AGE_MS = 300_000

/** @param lookUp - the addresses of contacts: a notification tells their ids alone. */
export function createHubspotHook(clientSecret: string, lookUp: LookUp): Hook {
  return {
    platform: 'hubspot',
    verify: request => verify(request, clientSecret),
    read: async body => {
      const heard = hearWebhook(body)
      return heard === undefined ? { kind: 'unreadable', reason: 'expected a list' } : named(heard, lookUp)
    },
  }
}

/** `X-HubSpot-Signature-v3`: base64 HMAC-SHA256 over method, address, body and timestamp. */
function verify({ method, url, header, body, now }: SignedRequest, clientSecret: string): Verdict {
  const signature = header('x-hubspot-signature-v3')
  const stamp = header('x-hubspot-request-timestamp')
  if (signature === undefined || stamp === undefined) return 'unsigned'
  const expected = createHmac('sha256', clientSecret)
    .update(method + decoded(url))
    .update(body)
    .update(stamp)
    .digest()
  if (!isDigest(signature, expected, 'base64')) return 'forged'
  return /^\d{1,15}$/.test(stamp) && Math.abs(now - Number(stamp)) <= MAX_AGE_MS ? 'genuine' : 'stale'
}

/** The characters that HubSpot signs plainly where the address has them escaped. */
const ESCAPED: Readonly<Record<string, string>> = {
  '%3A': ':',
  '%2F': '/',
  '%3F': '?',
  '%40': '@',
  '%21': '!',
  '%24': '$',
  '%27': "'",
  '%28': '(',
  '%29': ')',
  '%2A': '*',
  '%2C': ',',
  '%3B': ';',
}

function decoded(url: string): string {
  return url.replace(/%[0-9A-F]{2}/gi, escaped => ESCAPED[escaped.toUpperCase()] ?? escaped)
}
