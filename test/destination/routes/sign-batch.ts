/** Signs a batch as its sender does, with nothing of the code that checks it. */
import { createHmac } from 'node:crypto'

export interface BatchKey {
  readonly id: string
  readonly secret: string
}

/** @param at - epoch ms on the sender's clock. */
export function signedHeaders(body: string | Uint8Array, key: BatchKey, at: number): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(at / 1_000))
  const digest = createHmac('sha256', key.secret).update(`${key.id}.${timestamp}.`).update(body).digest('hex')
  return {
    'content-type': 'application/json',
    'x-inkling-key-id': key.id,
    'x-inkling-timestamp': timestamp,
    'x-inkling-signature': `v1=${digest}`,
  }
}
