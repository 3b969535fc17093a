/** Whether a request is signed by who knows the secret, and just now. HMAC is spelt out here, after RFC 2104. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { ReceivedRequest } from '../exchange.ts'

/** A request that is older, or from the future, may have been listened to and sent again. */
const WINDOW_S = 300
/** Of SHA-256. */
const BLOCK_BYTES = 64

/** @returns why not; undefined when it is. */
export function signatureFault({ at, headers, body }: ReceivedRequest, secret: string): string | undefined {
  const { 'inkling-timestamp': timestamp = '', 'inkling-signature': signature = '' } = headers
  if (!/^\d{10}$/.test(timestamp)) return 'Inkling-Timestamp is not in epoch seconds'
  if (Math.abs(at / 1000 - Number(timestamp)) > WINDOW_S) return 'Inkling-Timestamp is not of these minutes'
  const [, digest = ''] = /^v1=([0-9a-f]{64})$/.exec(signature) ?? []
  if (digest === '') return 'Inkling-Signature is not v1= and 64 hex digits'
  const ours = hmac(Buffer.from(secret), Buffer.concat([Buffer.from(`${timestamp}.`), body]))
  return timingSafeEqual(ours, Buffer.from(digest, 'hex')) ? undefined : 'the signature does not fit'
}

function hmac(secret: Buffer, message: Buffer): Buffer {
  const key = Buffer.alloc(BLOCK_BYTES)
  key.set(secret.length > BLOCK_BYTES ? sha256(secret) : secret)
  const inner = sha256(
    key.map(byte => byte ^ 0x36),
    message,
  )
  return sha256(
    key.map(byte => byte ^ 0x5c),
    inner,
  )
}

function sha256(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
