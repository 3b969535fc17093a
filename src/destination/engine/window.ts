/** Tumbling 30-second rollups of points, and the hopping 5-minute average over them. */
import { appended } from './order.ts'
import { after, type Duration, type EventTime, eventTime, SECOND, times } from './time.ts'

/** The kinds of behaviour that earn points. Two different ones must agree before a high level. */
export const POINT_KINDS = [
  'hover',
  'scroll',
  'dwell',
  'click',
  'copy',
  'form',
  'video',
  'visit',
  'commerce',
  'email',
  'feature',
] as const
export type PointKind = (typeof POINT_KINDS)[number]
/**
 * Points of each kind, in the order of `POINT_KINDS`; 0: none of that kind. A list of numbers, for it is added up for every
 * message: as an object each of its numbers is one more object to make, to find and to collect. It is gone through by
 * place, since `for … of` and callbacks make an object of each number as well (half a microsecond a message).
 */
export type Points = readonly number[]

export const ROLLUP: Duration = times(30, SECOND)
/** Ten rollups make the five minutes of the average. */
export const ROLLUPS_AVERAGED = 10

/** Points earned in `[start, start + 30 s)`: the start in whole rollups since the epoch, and then the points. */
export type Rollup = readonly number[]

export function startOf(rollup: Rollup): EventTime {
  return eventTime((rollup[0] ?? 0) * ROLLUP)
}

export function pointsOf(rollup: Rollup): Points {
  return rollup.slice(1)
}

/**
 * Adds points to the rollup their event time falls into.
 *
 * @param rollups - oldest first, at most ten, none older than five minutes before the newest.
 * @returns the same shape; points older than the oldest window still averaged are dropped (the score still counts them).
 */
export function addToRollups(rollups: readonly Rollup[], at: EventTime, points: Points): readonly Rollup[] {
  const start = rollupStart(at)
  const newest = rollups.at(-1)
  if (newest === undefined || startOf(newest) < start)
    return appended(averagedWith(rollups, start), rollupOf(start, points))
  if (start < oldestAveraged(startOf(newest))) return rollups
  let place = rollups.length - 1
  while (place >= 0 && startOf(rollups[place] ?? newest) > start) place -= 1
  const found = place === -1 ? undefined : rollups[place]
  return found === undefined || startOf(found) !== start
    ? rollups.toSpliced(place + 1, 0, rollupOf(start, points))
    : rollups.with(place, addToRollup(found, points))
}

/** @returns those that are averaged together with the one that starts then. */
function averagedWith(rollups: readonly Rollup[], start: EventTime): readonly Rollup[] {
  const oldest = oldestAveraged(start)
  let gone = 0
  for (const rollup of rollups) if (startOf(rollup) < oldest) gone += 1
  // They are in order: the oldest go first.
  return gone === 0 ? rollups : rollups.slice(gone)
}

function rollupOf(start: EventTime, points: Points): Rollup {
  return points.toSpliced(0, 0, start / ROLLUP)
}

function addToRollup(rollup: Rollup, points: Points): Rollup {
  const sum = rollup.slice()
  for (let kind = 0; kind < points.length; kind += 1) sum[kind + 1] = (sum[kind + 1] ?? 0) + (points[kind] ?? 0)
  return sum
}

/**
 * @param recent - the points of the last five minutes, as `recentPoints` gives them.
 * @returns mean points per 30 s rollup over them; ≥ 0.
 */
export function hoppingAverage(recent: Points): number {
  return totalOf(recent) / ROLLUPS_AVERAGED
}

/** The latter half must differ from the former by this factor to be a trend. */
const TREND = 1.25

export const TRENDS = ['rising', 'steady', 'falling'] as const
export type Trend = (typeof TRENDS)[number]

/** @returns how the latter two and a half minutes compare with the former; steady before both have been lived through. */
export function trendOf(rollups: readonly Rollup[], now: EventTime): Trend {
  const middle = after(rollupStart(now), times(-(ROLLUPS_AVERAGED / 2 - 1), ROLLUP))
  const oldest = oldestAveraged(now)
  let [former, latter] = [0, 0]
  for (const rollup of rollups) {
    const start = startOf(rollup)
    if (start < oldest || start > now) continue
    let total = 0
    for (let kind = 1; kind < rollup.length; kind += 1) total += rollup[kind] ?? 0
    if (start < middle) former += total
    else latter += total
  }
  if (former === 0) return 'steady'
  return latter > former * TREND ? 'rising' : latter * TREND < former ? 'falling' : 'steady'
}

/** @returns the points of those five minutes, by kind. */
export function recentPoints(rollups: readonly Rollup[], now: EventTime): Points {
  const oldest = oldestAveraged(now)
  const sum = NO_POINTS.slice()
  for (const rollup of rollups) {
    const start = startOf(rollup)
    if (start < oldest || start > now) continue
    for (let kind = 0; kind < sum.length; kind += 1) sum[kind] = (sum[kind] ?? 0) + (rollup[kind + 1] ?? 0)
  }
  return sum
}

/** Made of fractions, so that this list and its copies are lists of fractions: whole ones would be made anew for the first. */
export const NO_POINTS: Points = POINT_KINDS.map(() => 0.5).fill(0)

export function addPoints(a: Points, b: Points): Points {
  if (a === NO_POINTS || b === NO_POINTS) return a === NO_POINTS ? b : a
  const sum = a.slice()
  for (let kind = 0; kind < sum.length; kind += 1) sum[kind] = (sum[kind] ?? 0) + (b[kind] ?? 0)
  return sum
}

/** Points of one kind only. */
export function pointsFor(kind: PointKind, points: number): Points {
  return NO_POINTS.with(POINT_KINDS.indexOf(kind), points)
}

export function totalOf(points: Points): number {
  let total = 0
  for (let kind = 0; kind < points.length; kind += 1) total += points[kind] ?? 0
  return total
}

function rollupStart(at: EventTime): EventTime {
  return eventTime(Math.floor(at / ROLLUP) * ROLLUP)
}

/** The start of the oldest rollup that the average ending at `now` still covers. */
function oldestAveraged(now: EventTime): EventTime {
  return after(rollupStart(now), times(-(ROLLUPS_AVERAGED - 1), ROLLUP))
}
