export interface Stopwatch {
  /** Runs from here, at most until it ends by itself. */
  start(at: number): void
  stop(at: number): void
  /** A sign of life; runs from here unless it runs already, and ends by itself so much later. */
  sign(at: number): void
  /** When it ends by itself unless there is another sign. */
  endsAt(): number
  /** @returns the time it ran until `at`, ms. */
  total(at: number): number
}

/**
 * Adds up spans of time from the moments at which they began and ended, never from ticks. All times in ms of one clock.
 *
 * @param lastsMs - how long it runs after a sign.
 * @param last - a sign from before.
 */
export function createStopwatch(lastsMs: number = Infinity, last: number = -Infinity): Stopwatch {
  let sum = 0
  let since: number | undefined
  let endsAt = lastsMs < Infinity ? last + lastsMs : lastsMs

  function total(at: number): number {
    return sum + Math.max(Math.min(at, endsAt) - (since ?? Infinity), 0)
  }

  function start(at: number): void {
    since ??= at
  }

  function stop(at: number): void {
    sum = total(at)
    since = undefined
  }

  return {
    start,
    stop,
    sign(at) {
      if (at > endsAt) stop(at)
      endsAt = at + lastsMs
      start(at)
    },
    endsAt: () => endsAt,
    total,
  }
}
