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
/** undefined: none of that kind. */
export type Points = { readonly [K in PointKind]?: number | undefined }

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
  const newest = rollups.at(-1)
  if (newest?.start === start) return rollups.with(-1, { start, points: addPoints(newest.points, points) })
  if (newest === undefined || newest.start < start) {
    const oldest = oldestAveraged(start)
    return [...rollups.filter(rollup => rollup.start >= oldest), { start, points }]
  }
  if (start < oldestAveraged(newest.start)) return rollups
  const index = rollups.findIndex(rollup => rollup.start >= start)
  const found = rollups[index]
  if (found?.start !== start) return rollups.toSpliced(index, 0, { start, points })
  return rollups.with(index, { start, points: addPoints(found.points, points) })
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
  for (const { start, points } of rollups) {
    if (start < oldest || start > now) continue
    if (start < middle) former += totalOf(points)
    else latter += totalOf(points)
  }
  if (former === 0) return 'steady'
  return latter > former * TREND ? 'rising' : latter * TREND < former ? 'falling' : 'steady'
}

/** @returns the points of those five minutes, by kind. */
export function recentPoints(rollups: readonly Rollup[], now: EventTime): Points {
  const oldest = oldestAveraged(now)
  const sum = {
    hover: 0,
    scroll: 0,
    dwell: 0,
    click: 0,
    copy: 0,
    form: 0,
    video: 0,
    visit: 0,
    commerce: 0,
    email: 0,
    feature: 0,
  }
  for (const { start, points } of rollups) {
    if (start < oldest || start > now) continue
    sum.hover += points.hover ?? 0
    sum.scroll += points.scroll ?? 0
    sum.dwell += points.dwell ?? 0
    sum.click += points.click ?? 0
    sum.copy += points.copy ?? 0
    sum.form += points.form ?? 0
    sum.video += points.video ?? 0
    sum.visit += points.visit ?? 0
    sum.commerce += points.commerce ?? 0
    sum.email += points.email ?? 0
    sum.feature += points.feature ?? 0
  }
  return sum
}

/** All kinds are written out, here and above, so that points have one shape: they are added up for every message. */
export function addPoints(a: Points, b: Points): Points {
  return {
    hover: sumOf(a.hover, b.hover),
    scroll: sumOf(a.scroll, b.scroll),
    dwell: sumOf(a.dwell, b.dwell),
    click: sumOf(a.click, b.click),
    copy: sumOf(a.copy, b.copy),
    form: sumOf(a.form, b.form),
    video: sumOf(a.video, b.video),
    visit: sumOf(a.visit, b.visit),
    commerce: sumOf(a.commerce, b.commerce),
    email: sumOf(a.email, b.email),
    feature: sumOf(a.feature, b.feature),
  }
}

export const NO_POINTS: Points = addPoints({}, {})

function sumOf(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : a + b
}

export function totalOf(points: Points): number {
  const {
    hover = 0,
    scroll = 0,
    dwell = 0,
    click = 0,
    copy = 0,
    form = 0,
    video = 0,
    visit = 0,
    commerce = 0,
    email = 0,
    feature = 0,
  } = points
  return hover + scroll + dwell + click + copy + form + video + visit + commerce + email + feature
}

function rollupStart(at: EventTime): EventTime {
  return eventTime(Math.floor(at / ROLLUP) * ROLLUP)
}

/** The start of the oldest rollup that the average ending at `now` still covers. */
function oldestAveraged(now: EventTime): EventTime {
  return after(rollupStart(now), times(-(ROLLUPS_AVERAGED - 1), ROLLUP))
}
