/** Who may send: Segment by its signature, a library by its write key, and without either set, this machine alone. */
import { createHmac, hash, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { SegmentSettings } from '../config.ts'
import type { RefusalCode } from './reply.ts'

/** Undefined means granted. */
export type Denial = RefusalCode | undefined

/** Headers that a proxy adds. With one of them, the address of the connection is the proxy's, not the sender's. */
const PROXY_HEADERS = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
  'via',
] as const

/** Whether a proxy stands between the sender and us. */
export function isProxied(request: IncomingMessage): boolean {
  return PROXY_HEADERS.some(header => request.headers[header] !== undefined)
}

/**
 * Whether a request comes from this machine. A reverse proxy here speaks to us over loopback for the whole internet, so
 * whatever it forwards does not count.
 */
export function isFromLoopback(request: IncomingMessage): boolean {
  const address = request.socket.remoteAddress ?? ''
  return /^(::1|(::ffff:)?127(\.\d{1,3}){3})$/i.test(address) && !isProxied(request)
}

/**
 * Checks the webhook's `X-Signature`: lowercase hex HMAC-SHA1 over the raw body. For a batch, today's Segment signs its
 * first event only, which the Extensible Webhook in addition sends wrapped as `{"json": event}`; both are accepted too.
 *
 * @param body - the raw bytes; they are not parsed before the signature is known to fit.
 */
export function denyUnsigned(request: IncomingMessage, body: Uint8Array, settings: SegmentSettings): Denial {
  const { sharedSecret } = settings
  if (sharedSecret === undefined) return isFromLoopback(request) ? undefined : 'no_shared_secret'
  const signature = request.headers['x-signature']
  if (signature === undefined) return 'no_signature'
  if (typeof signature !== 'string' || !/^[0-9a-f]{40}$/.test(signature)) return 'bad_signature'
  const claimed = Buffer.from(signature, 'hex')
  const fits = (part: Uint8Array): boolean =>
    timingSafeEqual(createHmac('sha1', sharedSecret).update(part).digest(), claimed)
  return fits(body) || firstEvents(body).some(fits) ? undefined : 'bad_signature'
}

/**
 * Checks a write key.
 *
 * @param isTooFast - takes one request with a key that is known, by its digest.
 * @returns a function of the request and of the key its body names, if the body has been read.
 */
export function createWriteKeyCheck(
  settings: SegmentSettings,
  isTooFast: (key: string) => boolean,
): (request: IncomingMessage, bodyKey: () => string | undefined) => Denial {
  // Compared as digests: how long a lookup takes says nothing about a key.
  const known = new Set(settings.writeKeys.map(digest))
  return (request, bodyKey) => {
    if (known.size === 0) return isFromLoopback(request) ? undefined : 'no_write_keys'
    const headerKey = basicUser(request.headers.authorization)
    const shown = headerKey === undefined ? undefined : digest(headerKey)
    if (shown !== undefined && known.has(shown)) return isTooFast(shown) ? 'key_too_fast' : undefined
    const bodys = bodyKey()
    const named = bodys === undefined ? undefined : digest(bodys)
    if (named === undefined || !known.has(named)) return 'unknown_write_key'
    return isTooFast(named) ? 'key_too_fast' : undefined
  }
}

function digest(key: string): string {
  return hash('sha256', key)
}

/** The user of a Basic authorization; old libraries leave out the colon. */
function basicUser(authorization: string | undefined): string | undefined {
  const encoded = /^basic +([A-Za-z0-9+/=_-]+)$/i.exec(authorization ?? '')?.[1]
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString('utf8').split(':', 1)[0]
}

const [QUOTE, BACKSLASH, OPEN, CLOSE, BRACKET] = Buffer.from('"\\{}[')
const WRAPPER = Buffer.from('{"json":')

/**
 * The bytes of an array's first object as they were sent, and those within its `json` wrapper. Segment writes them with
 * `JSON.stringify`, without spaces, so they are exactly what it signed.
 */
function firstEvents(body: Uint8Array): readonly Uint8Array[] {
  if (body[0] !== BRACKET) return []
  const first = objectAt(body, 1)
  if (first === undefined) return []
  if (Buffer.compare(first.subarray(0, WRAPPER.length), WRAPPER) !== 0) return [first]
  const wrapped = objectAt(first, WRAPPER.length)
  const isOnlyMember = wrapped !== undefined && WRAPPER.length + wrapped.length + 1 === first.length
  return isOnlyMember ? [first, wrapped] : [first]
}

/** @returns the bytes of the JSON object that begins at `start`; undefined when none does or it does not end. */
function objectAt(body: Uint8Array, start: number): Uint8Array | undefined {
  if (body[start] !== OPEN) return undefined
  let depth = 0
  let inString = false
  for (let at = start; at < body.length; at++) {
    const byte = body[at]
    if (inString) {
      if (byte === BACKSLASH) at++
      else if (byte === QUOTE) inString = false
    } else if (byte === QUOTE) inString = true
    else if (byte === OPEN) depth++
    else if (byte === CLOSE && --depth === 0) return body.subarray(start, at + 1)
  }
  return undefined
}
