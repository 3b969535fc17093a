import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addInterest, type Interest, mergeInterests } from '../../../src/destination/engine/interest.ts'
import { after, DAY, duration, eventTime, times } from '../../../src/destination/engine/time.ts'
import { at } from '../../support/messages.ts'

const names = (interests: readonly Interest[]) => interests.map(({ name }) => name)
const NONE: readonly Interest[] = []

test('what somebody looks at again passes what they looked at once', () => {
  const once = addInterest(addInterest(NONE, 'ferns', 2, at('10:00')), 'pots', 1, at('10:00'))
  expect(names(once)).toEqual(['ferns', 'pots'])
  expect(names(addInterest(once, 'pots', 2, at('10:01')))).toEqual(['pots', 'ferns'])
})

test('a new interest is kept beside eight stronger ones', () => {
  let interests = NONE
  for (let n = 0; n < 8; n += 1) interests = addInterest(interests, `old${n}`, 10 + n, at('10:00'))
  interests = addInterest(interests, 'new', 1, at('10:01'))
  expect(interests).toHaveLength(8)
  expect(names(interests).at(-1)).toBe('new')
})

test('however interests grow, they stand by their strength', () => {
  const look = fc.tuple(
    fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    fc.integer({ min: 1, max: 9 }),
    fc.integer({ min: 0, max: 40 }),
  )
  const strength = ({ points, at: time }: Interest) =>
    points * 2 ** (-duration(after(at('10:00'), times(60, DAY)) - time) / times(14, DAY))
  fc.assert(
    fc.property(fc.array(look, { maxLength: 20 }), looks => {
      const grown = looks.reduce(
        (interests, [name, points, day]) =>
          addInterest(interests, name, points, eventTime(at('10:00') + times(day, DAY))),
        NONE,
      )
      for (const list of [grown, mergeInterests(grown, NONE)])
        for (const [place, interest] of list.entries())
          expect(strength(interest)).toBeGreaterThanOrEqual(
            strength(list[place + 1] ?? { ...interest, points: 0 }) - 1e-9,
          )
    }),
  )
})
