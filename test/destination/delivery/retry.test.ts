import { expect, test } from 'vitest'
import { judgeOutcome } from '../../../src/destination/delivery/retry.ts'

test('a delivered one is delivered, a refused one is dead at once with its reason', () => {
  expect(judgeOutcome({ kind: 'delivered' }, 1, 0)).toEqual({ kind: 'delivered' })
  expect(judgeOutcome({ kind: 'rejected', reason: 'no such field' }, 1, 0)).toEqual({
    kind: 'dead',
    reason: 'no such field',
  })
})

test('waits grow from a second to an hour, and after more than a day it is given up', () => {
  const busy = { kind: 'retry', reason: 'busy' } as const
  let total = 0
  let last = 0
  for (let attempts = 1; ; attempts += 1) {
    const verdict = judgeOutcome(busy, attempts, 0)
    if (verdict.kind === 'dead') {
      expect(verdict.reason).toContain('busy')
      break
    }
    if (verdict.kind !== 'retry') throw new Error('a busy platform is neither delivered to nor dead')
    expect(verdict.afterMs).toBeGreaterThanOrEqual(last)
    last = verdict.afterMs
    total += verdict.afterMs
  }
  expect(last).toBe(3_600_000)
  expect(total).toBeGreaterThan(86_400_000)
})

test('a platform that asks for a pause gets it, and jitter only ever lengthens it', () => {
  const asked = { kind: 'retry', reason: 'busy', afterMs: 20_000 } as const
  expect(judgeOutcome(asked, 1, 0)).toMatchObject({ afterMs: 20_000 })
  expect(judgeOutcome(asked, 1, 1)).toMatchObject({ afterMs: 24_000 })
})

test('what a platform asks for brings nothing nearer to being given up, however often it asks', () => {
  for (const attempts of [1, 36, 1000]) {
    const asked = { kind: 'retry', reason: 'locked', afterMs: 2_000 } as const
    expect(judgeOutcome(asked, attempts, 0)).toMatchObject({ kind: 'retry', counts: false })
    expect(judgeOutcome({ ...asked, throttled: true }, attempts, 0)).toEqual({ kind: 'postponed', reason: 'locked' })
  }
})

test('a refused key is never a dead letter', () => {
  for (const attempts of [1, 10, 1000]) {
    expect(judgeOutcome({ kind: 'unauthorized', reason: 'bad key' }, attempts, 0)).toEqual({
      kind: 'retry',
      afterMs: 60_000,
      reason: 'bad key',
      counts: false,
    })
  }
})
