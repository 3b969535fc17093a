import { expect, test } from 'vitest'
import { type Arrived, createArrivals } from '../../../src/destination/intake/arrivals.ts'
import { messagesOf } from '../../../src/destination/parse.ts'
import { webhookEntry } from '../../support/log-entry.ts'

const arrived = (position: number, messages = 1): Arrived => ({
  position,
  messages: messagesOf(
    webhookEntry(
      position,
      Array.from({ length: messages }, () => ({ type: 'page', anonymousId: 'a' })),
      1_000,
    ),
  ),
})
const positions = (taken: readonly Arrived[]) => taken.map(({ position }) => position)

test('gives what follows in the log, up to the first that is missing', () => {
  const arrivals = createArrivals()
  for (const position of [3, 4, 6]) arrivals.keep(arrived(position), 10)
  expect(positions(arrivals.takeAfter(1, 100))).toEqual([])
  expect(positions(arrivals.takeAfter(2, 100))).toEqual([3, 4])
  expect(positions(arrivals.takeAfter(4, 100))).toEqual([])
  expect(positions(arrivals.takeAfter(5, 100))).toEqual([6])
})

test('gives no more messages than asked for, but one entry however large', () => {
  const arrivals = createArrivals()
  for (const position of [1, 2, 3]) arrivals.keep(arrived(position, 10), 10)
  expect(positions(arrivals.takeAfter(0, 5))).toEqual([1])
  expect(positions(arrivals.takeAfter(1, 11))).toEqual([2, 3])
})

test('keeps no more than fits, and makes room for what comes when others were passed', () => {
  const arrivals = createArrivals(25)
  for (const position of [1, 2, 3]) arrivals.keep(arrived(position), 10)
  expect(positions(arrivals.takeAfter(0, 100))).toEqual([1, 2])
  for (const position of [4, 5]) arrivals.keep(arrived(position), 10)
  expect(positions(arrivals.takeAfter(5, 100))).toEqual([])
  for (const position of [6, 7]) arrivals.keep(arrived(position), 10)
  expect(positions(arrivals.takeAfter(5, 100))).toEqual([6, 7])
})
