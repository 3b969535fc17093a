import { expect, test } from 'vitest'
import { TRAITS } from '../../../src/destination/engine/traits.ts'
import {
  NOTHING_WRITTEN,
  placeOf,
  TRAIT_NAMES,
  write,
  writtenAt,
  writtenTraits,
} from '../../../src/destination/engine/written.ts'

test('every trait has a place of its own', () => {
  expect(TRAITS.map(({ name }) => name).toSorted()).toEqual(TRAIT_NAMES.toSorted())
})

test('what was cleared is told from what was never written, after a stay in the store too', () => {
  const written = write(write(NOTHING_WRITTEN, { cart_value: 35, score: 0 }), { cart_value: null })
  const stored = JSON.parse(JSON.stringify(written))
  expect(writtenTraits(stored)).toEqual({ score: 0, cart_value: null })
  expect(writtenAt(stored, placeOf('cart_value'))).toBeNull()
  expect(writtenAt(stored, placeOf('level'))).toBeUndefined()
})

test('a name that is no trait is not kept', () => {
  expect(write(NOTHING_WRITTEN, { toString: 'no', mood: 'good' })).toEqual(NOTHING_WRITTEN)
})
