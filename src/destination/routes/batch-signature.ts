/**
 * Who signed a batch, and when: HMAC-SHA256 over key id, timestamp and every byte of the body. Pure; the clock is given.
 * What Segment's webhook signs is a weaker thing (`authenticate.ts`): SHA-1, without a time, and of a batch its first event.
 */
import { createHmac } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { isDigest } from '../../connectors/signature.ts'
import type { SigningKey } from '../config.ts'
import type { RefusalCode } from './reply.ts'

/** How far a sender's clock may be from ours: a machine that keeps its time is within a second, one that forgot is not. */
export const MAX_SKEW_MS = 300_000

/** What makes one signed request different from every other. */
export interface Proof {
  /** Unix seconds, as signed. */
  readonly timestamp: number
  /** 64 hexadecimal digits. */
  readonly signature: string
}

export type Checked =
  | { readonly kind: 'genuine'; readonly proof: Proof }
  | { readonly kind: 'refused'; readonly code: RefusalCode }

/**
 * Checks the signature of a batch.
 *
 * @param body - the raw bytes; they are not parsed before the signature is known to fit.
 * @param now - epoch ms.
 */
export function checkSignature(
  request: { readonly headers: IncomingHttpHeaders; readonly body: Uint8Array },
  keys: readonly SigningKey[],
  now: number,
): Checked {
  const { headers, body } = request
  const id = headers['x-inkling-key-id']
  const timestamp = headers['x-inkling-timestamp']
  const shown = headers['x-inkling-signature']
  if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof shown !== 'string')
    return refused('batch_unsigned')
  // An id is no secret: it is told apart from a wrong secret, so that whoever rotates keys learns what is missing.
  const key = keys.find(known => known.id === id)
  if (key === undefined) return refused('unknown_signing_key')
  const signature = /^v1=([0-9a-f]{64})$/.exec(shown)?.[1]
  if (signature === undefined || !/^\d{1,12}$/.test(timestamp)) return refused('batch_forged')
  const expected = createHmac('sha256', key.secret).update(`${id}.${timestamp}.`).update(body).digest()
  if (!isDigest(signature, expected, 'hex')) return refused('batch_forged')
  // Last, so that only who holds the key learns about the clock.
  if (Math.abs(now - Number(timestamp) * 1_000) > MAX_SKEW_MS) return refused('batch_stale')
  return { kind: 'genuine', proof: { timestamp: Number(timestamp), signature } }
}

function refused(code: RefusalCode): Checked {
  return { kind: 'refused', code }
}
