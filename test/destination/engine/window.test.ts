import { expect, test } from 'vitest'
import { decay } from '../../../src/destination/engine/decay.ts'
import { duration } from '../../../src/destination/engine/time.ts'
import {
  addToRollups,
  hoppingAverage,
  pointsFor,
  pointsOf,
  type Rollup,
  recentPoints,
  startOf,
} from '../../../src/destination/engine/window.ts'
import { at } from '../../support/messages.ts'

const points = (clock: string, hover: number, rollups: readonly Rollup[] = []) =>
  addToRollups(rollups, at(clock), pointsFor('hover', hover))

test('points fall into the 30 s window their event time is in, its start included and its end not', () => {
  const rollups = points('10:00:30', 1, points('10:00:29', 2, points('10:00:00', 4)))
  expect(rollups.map(rollup => [startOf(rollup), pointsOf(rollup)])).toEqual([
    [at('10:00:00'), pointsFor('hover', 6)],
    [at('10:00:30'), pointsFor('hover', 1)],
  ])
})

test('a late message finds its own window', () => {
  const rollups = points('10:00:10', 5, points('10:02:00', 1))
  expect(rollups.map(startOf)).toEqual([at('10:00:00'), at('10:02:00')])
})

test('the five-minute average is the mean of ten windows and hops with them', () => {
  const rollups = points('10:00:00', 10)
  expect(hoppingAverage(recentPoints(rollups, at('10:00:05')))).toBe(1)
  expect(hoppingAverage(recentPoints(rollups, at('10:04:59')))).toBe(1)
  expect(hoppingAverage(recentPoints(rollups, at('10:05:00')))).toBe(0)
})

test('windows that the average has left are forgotten', () => {
  const rollups = points('10:10:00', 1, points('10:00:00', 10))
  expect(rollups).toHaveLength(1)
})

test('points older than the average reaches back are not counted in it', () => {
  const rollups = points('10:00:00', 10, points('10:10:00', 1))
  expect(rollups).toEqual(points('10:10:00', 1))
})

test('a signal two half-lives old counts a quarter, one from the future whole', () => {
  expect(decay(duration(20), duration(10))).toBe(0.25)
  expect(decay(duration(-5), duration(10))).toBe(1)
})
