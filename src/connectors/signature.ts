import { createHash, timingSafeEqual } from 'node:crypto'

/** Whether a signature is the one it should be, compared in constant time. */
export function isDigest(claimed: string, expected: Buffer, encoding: 'hex' | 'base64'): boolean {
  const bytes = Buffer.from(claimed, encoding)
  return bytes.length === expected.length && timingSafeEqual(bytes, expected)
}

/** Whether two secrets are the same. As digests of one length, so that the time tells nothing of either. */
export function isSameSecret(shown: string, secret: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(shown), digest(secret))
}
