/** Every answer the edge gives: small JSON, no input repeated, and for a refusal what to do about it. */
import type { ServerResponse } from 'node:http'
import type { Quarantined } from '../intake/log.ts'

/** Seconds until a refused sender should try again: a full backlog drains, and an operator frees a disk, no sooner. */
const RETRY_AFTER_S = 5
/** Segment's client cannot read replies above 16 KB. */
const MAX_REJECTED_CHARACTERS = 12_000
/** `200,` */
const STATUS_CHARACTERS = 4

interface Refusal {
  readonly status: number
  /** What is wrong and the remedy. */
  readonly message: string
  readonly retryAfterS?: number
}

export type RefusalCode =
  | 'not_json'
  | 'bad_encoding'
  | 'bad_request'
  | 'no_signature'
  | 'bad_signature'
  | 'no_shared_secret'
  | 'batch_unsigned'
  | 'unknown_signing_key'
  | 'batch_forged'
  | 'batch_stale'
  | 'batch_repeated'
  | 'replay_guard_full'
  | 'no_signing_keys'
  | 'unknown_write_key'
  | 'no_write_keys'
  | 'hook_off'
  | 'hook_unsigned'
  | 'hook_forged'
  | 'hook_stale'
  | 'hook_unreadable'
  | 'hook_unresolved'
  | 'no_admin_token'
  | 'bad_admin_token'
  | 'unknown_person'
  | 'unknown_source'
  | 'not_a_choice'
  | 'foreign_page'
  | 'not_found'
  | 'too_large'
  | 'unsupported_encoding'
  | 'slow_down'
  | 'too_fast'
  | 'key_too_fast'
  | 'too_many_failures'
  | 'overloaded'
  | 'not_stored'
  | 'stopped'
  | 'already_read'
  | 'failed'

const REFUSALS: Readonly<Record<RefusalCode, Refusal>> = {
  not_json: {
    status: 400,
    message: 'The body cannot be read as a Segment call. Send the JSON that Segment documents.',
  },
  bad_encoding: { status: 400, message: 'The body is not valid gzip. Send it again, or without Content-Encoding.' },
  bad_request: { status: 400, message: 'The request cannot be read. Check its path and headers.' },
  no_signature: {
    status: 401,
    message: 'X-Signature is missing. Set the shared secret in the settings of the Segment webhook destination.',
  },
  bad_signature: {
    status: 401,
    message: 'X-Signature does not fit the body. Use the same shared secret in Segment and in SEGMENT_SHARED_SECRET.',
  },
  no_shared_secret: {
    status: 401,
    message: 'Without SEGMENT_SHARED_SECRET the webhook answers on loopback only. Set it here and in Segment.',
  },
  batch_unsigned: {
    status: 401,
    message: 'X-Inkling-Key-Id, X-Inkling-Timestamp or X-Inkling-Signature is missing. Send all three.',
  },
  unknown_signing_key: {
    status: 401,
    message: 'X-Inkling-Key-Id names no key here. Use an id of SIGNING_KEYS.',
  },
  batch_forged: {
    status: 401,
    message:
      'X-Inkling-Signature does not fit. Sign id.timestamp.body with the secret that SIGNING_KEYS has for this id.',
  },
  batch_stale: {
    status: 401,
    message: 'X-Inkling-Timestamp is more than 300 seconds from the clock here. Set the clocks right and sign anew.',
  },
  batch_repeated: {
    status: 409,
    message: 'This signature was taken before. Sign anew, with the time of now: events count once by their messageId.',
  },
  replay_guard_full: {
    status: 503,
    message: 'More requests were signed than can be remembered. Send again after Retry-After, in larger batches.',
    retryAfterS: RETRY_AFTER_S,
  },
  no_signing_keys: {
    status: 401,
    message: 'Without SIGNING_KEYS signed batches are taken on loopback only. Set the keys here and at the sender.',
  },
  unknown_write_key: {
    status: 401,
    message:
      'The write key is missing or unknown. Send one of SEGMENT_WRITE_KEYS by Basic auth or as writeKey in the body.',
  },
  no_write_keys: {
    status: 401,
    message: 'Without SEGMENT_WRITE_KEYS the tracking API answers on loopback only. Set the keys it shall accept.',
  },
  hook_off: {
    status: 404,
    message: 'No feedback is expected here. Set the secret of this webhook, as docs/configuration.md names it.',
  },
  hook_unsigned: {
    status: 401,
    message:
      'The headers by which this platform proves who sends are missing. Give it the same secret as this service.',
  },
  hook_forged: {
    status: 401,
    message: 'The signature or token is wrong. Use the same secret here and there, and see PUBLIC_URL for HubSpot.',
  },
  hook_stale: { status: 401, message: 'The request is too old, or the clock here is wrong. Send it anew.' },
  hook_unreadable: { status: 400, message: 'The body is not what this platform documents.' },
  hook_unresolved: {
    status: 503,
    message: 'The platform could not be asked whom it means. Send again after Retry-After.',
    retryAfterS: RETRY_AFTER_S,
  },
  no_admin_token: {
    status: 401,
    message: 'Without ADMIN_TOKEN the API answers on loopback only. Set it, and send it as Authorization: Bearer.',
  },
  bad_admin_token: {
    status: 401,
    message: 'The admin token is missing or wrong. Send Authorization: Bearer ADMIN_TOKEN.',
  },
  unknown_person: {
    status: 404,
    message: 'Nobody is known by this id. Ask by userId, anonymousId, e-mail address or the id in /api/people.',
  },
  not_a_choice: { status: 400, message: 'The body does not say which. Send JSON with what the documentation names.' },
  foreign_page: {
    status: 403,
    message: 'A page of another site asks for this. Changes are made by programs, or by pages of this service.',
  },
  unknown_source: { status: 404, message: 'No source has this write key. Check SEGMENT_WRITE_KEYS.' },
  not_found: { status: 404, message: 'Nothing is here. The routes are listed in the documentation.' },
  too_large: {
    status: 413,
    message: 'The body is too large. Send at most 5 MB to /segment and /segment/batch, 500 KB to /v1.',
  },
  unsupported_encoding: {
    status: 415,
    message: 'Only gzip is understood as Content-Encoding. Send gzip or plain JSON.',
  },
  // The tracking libraries read Retry-After on 429 alone.
  slow_down: { status: 429, message: 'The backlog is full. Send again after Retry-After.', retryAfterS: RETRY_AFTER_S },
  too_fast: {
    status: 429,
    message: 'Too many requests from this address. Send again after Retry-After, or several calls in a batch.',
    retryAfterS: RETRY_AFTER_S,
  },
  key_too_fast: {
    status: 429,
    message: 'Too many requests with this write key. Send again after Retry-After, or several calls in a batch.',
    retryAfterS: RETRY_AFTER_S,
  },
  too_many_failures: {
    status: 429,
    message: 'Too many wrong tokens from this address. Try again after Retry-After, with the right one.',
    retryAfterS: 60,
  },
  overloaded: {
    status: 503,
    message: 'The backlog is full. Send again after Retry-After.',
    retryAfterS: RETRY_AFTER_S,
  },
  not_stored: {
    status: 503,
    message: 'The log could not be written. Send again after Retry-After.',
    retryAfterS: RETRY_AFTER_S,
  },
  stopped: {
    status: 503,
    message: 'The service is stopping. Send again after Retry-After.',
    retryAfterS: RETRY_AFTER_S,
  },
  // Segment tries again after a 5xx, so nothing is lost until this is mended.
  already_read: {
    status: 500,
    message: 'A body parser came first, and its bytes are gone. Mount Inkling ahead of it, or keep them as rawBody.',
  },
  failed: { status: 500, message: 'The request failed here. The log of the service says more.' },
}

/** Answers with an error. @returns its status. */
export function refuse(response: ServerResponse, code: RefusalCode, reason?: string): number {
  const refusal = REFUSALS[code]
  const message = reason === undefined ? refusal.message : `${refusal.message} (${reason})`
  const headers = refusal.retryAfterS === undefined ? {} : { 'retry-after': String(refusal.retryAfterS) }
  sendJson(response, {
    status: refusal.status,
    text: JSON.stringify({ success: false, error: { code, message } }),
    headers,
  })
  return refusal.status
}

const SUCCESS = '{"success":true}'

/** Answers that all messages are durable. */
export function succeed(response: ServerResponse): void {
  sendJson(response, { status: 200, text: SUCCESS })
}

/** Answers that a request is durable, with its refused messages beside it. */
export function succeedInPart(response: ServerResponse, accepted: number, refused: readonly Quarantined[]): void {
  if (refused.length === 0) {
    succeed(response)
    return
  }
  const { named, ...more } = nameWithin(refused, MAX_REJECTED_CHARACTERS)
  sendJson(response, { status: 200, text: JSON.stringify({ success: true, accepted, rejected: named, ...more }) })
}

/** Answers that a request is durable, and for each of its messages, in order, whether it is acted on or refused for ever. */
export function succeedEach(response: ServerResponse, accepted: number, refused: readonly Quarantined[]): void {
  const statuses = new Array<number>(accepted + refused.length).fill(200)
  for (const { index } of refused) statuses[index] = 400
  const { named, ...more } = nameWithin(refused, MAX_REJECTED_CHARACTERS - STATUS_CHARACTERS * statuses.length)
  const errors = refused.length === 0 ? {} : { errors: named, ...more }
  sendJson(response, { status: 200, text: JSON.stringify({ success: true, accepted, statuses, ...errors }) })
}

/** As many refused messages as fit, and always the first; `more` counts the others. */
function nameWithin(
  refused: readonly Quarantined[],
  characters: number,
): { readonly named: readonly unknown[]; readonly more?: number } {
  const named: unknown[] = []
  let left = characters
  for (const { index, messageId, reason } of refused) {
    const one = { index, ...(messageId === undefined ? {} : { message_id: messageId }), reason }
    left -= JSON.stringify(one).length
    if (named.length > 0 && left < 0) break
    named.push(one)
  }
  const more = refused.length - named.length
  return { named, ...(more > 0 && { more }) }
}

/** Writes past Express: its `json` costs an etag and a charset search for each of thousands of equal replies. */
export function sendJson(
  response: ServerResponse,
  reply: { readonly status: number; readonly text: string; readonly headers?: Readonly<Record<string, string>> },
): void {
  sendText(response, { ...reply, type: 'application/json; charset=utf-8' })
}

export function sendText(
  response: ServerResponse,
  reply: {
    readonly status: number
    readonly text: string
    readonly type: string
    readonly headers?: Readonly<Record<string, string>>
  },
): void {
  response.writeHead(reply.status, {
    'content-type': reply.type,
    'content-length': Buffer.byteLength(reply.text),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    ...reply.headers,
  })
  response.end(reply.text)
}
