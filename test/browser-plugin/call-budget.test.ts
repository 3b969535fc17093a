import { expect, test } from 'vitest'
import { waitFor } from '../../src/browser-plugin/call-budget.ts'

test('the first crossing leaves at once', () => {
  expect(waitFor('notable', { calls: 0, lastAt: 0 }, 5, 4)).toBe(0)
})

test('a notable crossing rides along for ten seconds, a strong one for two', () => {
  expect(waitFor('notable', { calls: 1, lastAt: 1000 }, 4000, 4)).toBe(7000)
  expect(waitFor('strong', { calls: 1, lastAt: 1000 }, 2000, 4)).toBe(1000)
  expect(waitFor('strong', { calls: 1, lastAt: 1000 }, 60_000, 4)).toBe(0)
})

test('notable crossings leave half the calls to strong ones, and those leave the last to the decisive', () => {
  const affordable = (weight: 'notable' | 'strong' | 'decisive', max: number) =>
    [0, 1, 2, 3, 4].filter(calls => waitFor(weight, { calls, lastAt: 0 }, 60_000, max) < Infinity).length
  expect([affordable('notable', 4), affordable('strong', 4), affordable('decisive', 4)]).toEqual([2, 3, 4])
  expect([affordable('notable', 1), affordable('strong', 1), affordable('decisive', 1)]).toEqual([1, 1, 1])
  expect([affordable('notable', 0), affordable('strong', 0), affordable('decisive', 0)]).toEqual([0, 0, 0])
})
