import { expect, test } from 'vitest'
import { createObjective } from '../../src/destination/latency-objective.ts'

const MINUTE = 60_000

test('is missed once more than one of a hundred is too slow, and met again when that is five minutes ago', () => {
  const objective = createObjective(2_000)
  for (let quick = 0; quick < 198; quick += 1) expect(objective.add(100, 0)).toBeUndefined()
  expect(objective.add(2_001, 1)).toBeUndefined()
  expect(objective.add(2_000, 1)).toBeUndefined()
  expect(objective.isMissed(1)).toBe(false)
  expect(objective.add(9_000, 2)).toBeUndefined()
  expect(objective.add(9_000, 3)).toBe('missed')
  expect(objective.add(9_000, 4)).toBeUndefined()
  expect(objective.isMissed(4 * MINUTE)).toBe(true)
  expect(objective.isMissed(5 * MINUTE)).toBe(false)
  expect(objective.add(100, 5 * MINUTE)).toBe('met')
})

test('a single slow one among few is enough', () => {
  expect(createObjective(2_000).add(2_001, 0)).toBe('missed')
})
