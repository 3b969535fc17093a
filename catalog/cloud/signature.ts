import { createHmac } from 'crypto'
import type { Settings } from './generated-types'

/**
 * The headers by which the service knows who sent a body, that nobody changed it, and when it was signed. It refuses a
 * signature that is older than five minutes or has been taken before, so every attempt is signed anew.
 *
 * @param body - the bytes as they travel.
 * @param nowMs - epoch milliseconds.
 */
export function signedHeaders(
  { keyId, secret }: Settings,
  body: string,
  nowMs: number = Date.now()
): Record<string, string> {
  const timestamp = String(Math.floor(nowMs / 1000))
  const signature = createHmac('sha256', secret).update(`${keyId}.${timestamp}.${body}`, 'utf8').digest('hex')
  return {
    'X-Inkling-Key-Id': keyId,
    'X-Inkling-Timestamp': timestamp,
    'X-Inkling-Signature': `v1=${signature}`
  }
}
