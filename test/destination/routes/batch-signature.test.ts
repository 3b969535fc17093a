import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkSignature } from '../../../src/destination/routes/batch-signature.ts'
import { signedHeaders } from './sign-batch.ts'

const NOW = Date.parse('2026-11-21T01:00:00Z')
const KEY = { id: 'web-1', secret: 'a-secret-of-some-length' }
/** Every id that is one bit away, with the same secret: only the signature then tells them apart. */
const KEYS = Array.from({ length: KEY.id.length * 8 }, (_, bit) => ({ ...KEY, id: flipped(KEY.id, bit) })).concat(KEY)

const body = fc.uint8Array({ minLength: 1, maxLength: 300 })
const outcome = (headers: Readonly<Record<string, string>>, bytes: Uint8Array) => {
  const checked = checkSignature({ headers, body: bytes }, KEYS, NOW)
  return checked.kind === 'genuine' ? 'genuine' : checked.code
}

test('whatever bytes were signed are genuine', () => {
  fc.assert(fc.property(body, bytes => outcome(signedHeaders(bytes, KEY, NOW), bytes) === 'genuine'))
})

test('a body in which any single bit is another is refused', () => {
  fc.assert(
    fc.property(body, fc.nat(), (bytes, place) => {
      const altered = Uint8Array.from(bytes)
      const at = (place >> 3) % altered.length
      altered[at] = (altered[at] ?? 0) ^ (1 << (place & 7))
      expect(outcome(signedHeaders(bytes, KEY, NOW), altered)).toBe('batch_forged')
    }),
  )
})

test.each(['x-inkling-key-id', 'x-inkling-timestamp', 'x-inkling-signature'])(
  'any single bit of %s that is another is refused, near in time or a known key as it may be',
  name => {
    const bytes = Buffer.from('{"batch":[]}')
    const headers = signedHeaders(bytes, KEY, NOW)
    const value = headers[name] ?? ''
    for (let bit = 0; bit < value.length * 8; bit++)
      expect(outcome({ ...headers, [name]: flipped(value, bit) }, bytes), `bit ${bit}`).toBe('batch_forged')
  },
)

test('a byte more or less, before or behind, is refused', () => {
  fc.assert(
    fc.property(body, bytes => {
      const headers = signedHeaders(bytes, KEY, NOW)
      const others = [bytes.subarray(1), bytes.subarray(0, -1), Buffer.from([...bytes, 0]), Buffer.from([0, ...bytes])]
      for (const other of others) expect(outcome(headers, other)).toBe('batch_forged')
    }),
  )
})

test('bytes cannot wander between timestamp and body', () => {
  const headers = signedHeaders('5.{"batch":[]}', KEY, NOW)
  const moved = { ...headers, 'x-inkling-timestamp': `${headers['x-inkling-timestamp']}5` }
  expect(outcome(moved, Buffer.from('{"batch":[]}'))).not.toBe('genuine')
})

function flipped(text: string, bit: number): string {
  const at = bit >> 3
  const other = String.fromCharCode(text.charCodeAt(at) ^ (1 << (bit & 7)))
  return text.slice(0, at) + other + text.slice(at + 1)
}
