/** Tumbling 30-second rollups of points, and the hopping 5-minute average over them. */
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
export type Points = { readonly [K in PointKind]?: number }

export const ROLLUP: Duration = times(30, SECOND)
/** Ten rollups make the five minutes of the average. */
export const ROLLUPS_AVERAGED = 10

/** Points earned in `[start, start + 30 s)`. */
export interface Rollup {
  readonly start: EventTime
  readonly points: Points
}

/**
 * Adds points to the rollup their event time falls into.
 *
 * @param rollups - oldest first, at most ten, none older than five minutes before the newest.
 * @returns the same shape; points older than the oldest window still averaged are dropped (the score still counts them).
 */
export function addToRollups(rollups: readonly Rollup[], at: EventTime, points: Points): readonly Rollup[] {
  const start = rollupStart(at)
  const newest = rollups.at(-1)?.start ?? start
  const oldest = oldestAveraged(eventTime(Math.max(newest, start)))
  if (start < oldest) return rollups
  const kept = rollups.filter(rollup => rollup.start >= oldest)
  const index = kept.findIndex(rollup => rollup.start >= start)
  if (index === -1) return [...kept, { start, points }]
  const found = kept[index]
  if (found === undefined || found.start !== start) return kept.toSpliced(index, 0, { start, points })
  return kept.with(index, { start, points: addPoints(found.points, points) })
}

/** @returns mean points per 30 s rollup over the five minutes that end with the rollup `now` falls into; ≥ 0. */
export function hoppingAverage(rollups: readonly Rollup[], now: EventTime): number {
  return totalOf(recentPoints(rollups, now)) / ROLLUPS_AVERAGED
}

/** The latter half must differ from the former by this factor to be a trend. */
const TREND = 1.25

export const TRENDS = ['rising', 'steady', 'falling'] as const
export type Trend = (typeof TRENDS)[number]

/** @returns how the latter two and a half minutes compare with the former; steady before both have been lived through. */
export function trendOf(rollups: readonly Rollup[], now: EventTime): Trend {
  const middle = after(rollupStart(now), times(-(ROLLUPS_AVERAGED / 2 - 1), ROLLUP))
  const recent = rollups.filter(({ start }) => start >= oldestAveraged(now) && start <= now)
  const sum = (part: readonly Rollup[]) => part.reduce((total, { points }) => total + totalOf(points), 0)
  const former = sum(recent.filter(({ start }) => start < middle))
  const latter = sum(recent.filter(({ start }) => start >= middle))
  if (former === 0) return 'steady'
  return latter > former * TREND ? 'rising' : latter * TREND < former ? 'falling' : 'steady'
}

/** @returns the points of those five minutes, by kind. */
export function recentPoints(rollups: readonly Rollup[], now: EventTime): Points {
  const oldest = oldestAveraged(now)
  const sum: { [K in PointKind]?: number } = {}
  for (const { start, points } of rollups) if (start >= oldest && start <= now) addTo(sum, points)
  return sum
}

export function addPoints(a: Points, b: Points): Points {
  const sum = { ...a }
  addTo(sum, b)
  return sum
}

function addTo(sum: { [K in PointKind]?: number }, points: Points): void {
  for (const kind of POINT_KINDS) {
    const more = points[kind]
    if (more !== undefined) sum[kind] = (sum[kind] ?? 0) + more
  }
}

export function totalOf(points: Points): number {
  let sum = 0
  for (const kind of POINT_KINDS) sum += points[kind] ?? 0
  return sum
}

function rollupStart(at: EventTime): EventTime {
  return eventTime(Math.floor(at / ROLLUP) * ROLLUP)
}

/** The start of the oldest rollup that the average ending at `now` still covers. */
function oldestAveraged(now: EventTime): EventTime {
  return after(rollupStart(now), times(-(ROLLUPS_AVERAGED - 1), ROLLUP))
}
