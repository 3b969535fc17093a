import { expect, test } from 'vitest'
import { mergeHovers, toHovers } from '../../../src/destination/engine/hovers.ts'

const hovers = (...pairs: readonly (readonly [string, number])[]) =>
  toHovers(pairs.map(([element, ms]) => ({ element, ms })))

test('the six heaviest are kept, the heaviest first, ties by name, in whatever order they are told', () => {
  const told = hovers(['a', 100], ['b', 900], ['c', 300], ['d', 500], ['e', 300], ['f', 200], ['g', 700])
  expect(told).toEqual({ elements: ['b', 'g', 'd', 'c', 'e', 'f'], ms: [900, 700, 500, 300, 300, 200] })
})

test('of two hovers on one element the longer one counts', () => {
  expect(hovers(['plan', 900], ['price', 500], ['plan', 100], ['price', 1000])).toEqual({
    elements: ['price', 'plan'],
    ms: [1000, 900],
  })
})

test('later totals that hold the earlier ones are taken as they are', () => {
  const [earlier, later] = [hovers(['plan', 100]), hovers(['price', 300], ['plan', 200])]
  expect(mergeHovers(earlier, later)).toBe(later)
  expect(mergeHovers(later, earlier)).toEqual(later)
})

test('what is no hover is left out', () => {
  expect(toHovers([{ element: 7, ms: 100 }, { ms: 5 }, { element: 'plan', ms: 'long' }, 'plan'])).toEqual({
    elements: ['plan'],
    ms: [0],
  })
})
