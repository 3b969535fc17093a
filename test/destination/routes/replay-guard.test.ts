import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MAX_SKEW_MS } from '../../../src/destination/routes/batch-signature.ts'
import { createReplayGuard } from '../../../src/destination/routes/replay-guard.ts'

const SECOND = 1_795_222_800
const NOW = SECOND * 1_000

function proof(number: number, timestamp: number = SECOND) {
  return { timestamp, signature: number.toString(16).padStart(64, '0') }
}

test('a signature is taken once, until its timestamp alone keeps it out', () => {
  const guard = createReplayGuard()
  expect(guard.take(proof(1), NOW)).toBe('taken')
  expect(guard.take(proof(1), NOW)).toBe('repeated')
  expect(guard.take(proof(2), NOW)).toBe('taken')
  expect(guard.take(proof(1), NOW + MAX_SKEW_MS)).toBe('repeated')
  expect(guard.take(proof(1), NOW + MAX_SKEW_MS + 1)).toBe('taken')
})

test('what was not kept is forgotten, and nothing else', () => {
  const guard = createReplayGuard(2)
  guard.take(proof(1), NOW)
  guard.take(proof(2), NOW)
  guard.release(proof(1))
  guard.release(proof(1))
  guard.release(proof(3))
  expect(guard.take(proof(2), NOW)).toBe('repeated')
  expect(guard.take(proof(1), NOW)).toBe('taken')
  expect(guard.take(proof(4), NOW)).toBe('full')
})

test('a full memory takes nothing new and still knows what it took; time makes room', () => {
  const guard = createReplayGuard(2)
  guard.take(proof(1), NOW)
  guard.take(proof(2, SECOND + 1), NOW)
  expect(guard.take(proof(3), NOW)).toBe('full')
  expect(guard.take(proof(1), NOW)).toBe('repeated')
  expect(guard.take(proof(3, SECOND + 300), NOW + MAX_SKEW_MS + 1)).toBe('taken')
  expect(guard.take(proof(4, SECOND + 300), NOW + MAX_SKEW_MS + 1)).toBe('full')
})

test('whatever comes when, no signature is taken twice while its timestamp is recent', () => {
  const request = fc.record({ number: fc.nat(20), offset: fc.integer({ min: -300, max: 300 }), later: fc.nat(200) })
  fc.assert(
    fc.property(fc.array(request, { maxLength: 60 }), fc.integer({ min: 1, max: 8 }), (requests, most) => {
      const guard = createReplayGuard(most)
      const taken = new Set<string>()
      let now = NOW
      for (const { number, offset, later } of requests) {
        now += later * 1_000
        // The same number names the same request again: its signature fits one timestamp.
        const timestamp = SECOND + offset
        if (Math.abs(now - timestamp * 1_000) > MAX_SKEW_MS) continue
        const name = `${number} at ${timestamp}`
        const verdict = guard.take(proof(number, timestamp), now)
        if (taken.has(name)) expect(verdict).toBe('repeated')
        if (verdict === 'taken') taken.add(name)
      }
    }),
  )
})
