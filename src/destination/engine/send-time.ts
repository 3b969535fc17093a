/** When a person is usually here: visits by hour of their own day. */

/** 24 counts of visits, one per local hour; empty before the first. */
export type Hours = readonly number[]

export const SEND_WINDOWS = ['morning', 'afternoon', 'evening'] as const
export type SendWindow = (typeof SEND_WINDOWS)[number]

/** The hours of each window, local time: 7–9, 14–16 and 19–21. */
const WINDOW_HOURS: Readonly<Record<SendWindow, readonly number[]>> = {
  morning: [7, 8],
  afternoon: [14, 15],
  evening: [19, 20],
}
/** Fewer visits than this say nothing about a habit. */
const ENOUGH_VISITS = 3
/** Older visits fade: at this many, all counts are halved. */
const MOST_VISITS = 64

/** @param hour - local, 0–23. */
export function addVisitHour(hours: Hours, hour: number): Hours {
  const counted = (hours.length === 24 ? hours : Array.from({ length: 24 }, () => 0)).map(
    (count, index) => count + (index === hour ? 1 : 0),
  )
  const total = counted.reduce((sum, count) => sum + count, 0)
  return total > MOST_VISITS ? counted.map(count => Math.floor(count / 2)) : counted
}

export function mergeHours(a: Hours, b: Hours): Hours {
  if (a.length === 0 || b.length === 0) return a.length === 0 ? b : a
  return a.map((count, hour) => count + (b[hour] ?? 0))
}

/**
 * The hour a person is most often here; neighbouring hours count half, so that 8:55 and 9:05 are not strangers.
 *
 * @returns 0–23, or undefined before the third visit.
 */
export function bestHour(hours: Hours): number | undefined {
  if (!hasEnough(hours)) return undefined
  let [best, most] = [0, 0]
  for (let hour = 0; hour < hours.length; hour += 1) {
    const near = (hours[hour] ?? 0) + ((hours[(hour + 23) % 24] ?? 0) + (hours[(hour + 1) % 24] ?? 0)) / 2
    if (near > most) [best, most] = [hour, near]
  }
  return best
}

function hasEnough(hours: Hours): boolean {
  let visits = 0
  for (let hour = 0; hour < hours.length && visits < ENOUGH_VISITS; hour += 1) visits += hours[hour] ?? 0
  return visits >= ENOUGH_VISITS
}

/** @returns the window closest around the clock to the best hour. */
export function sendWindow(hours: Hours): SendWindow | undefined {
  const best = bestHour(hours)
  return best === undefined ? undefined : CLOSEST[best]
}

/** By hour of the day. */
const CLOSEST = Array.from({ length: 24 }, (_, best): SendWindow => {
  const distance = (window: SendWindow) =>
    Math.min(...WINDOW_HOURS[window].map(hour => Math.min(Math.abs(hour - best), 24 - Math.abs(hour - best))))
  return SEND_WINDOWS.reduce((nearest, window) => (distance(window) < distance(nearest) ? window : nearest))
})
