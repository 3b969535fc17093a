export interface Stopwatch {
  /** Does nothing while it runs. */
  start(at: number): void
  /** Does nothing while it stands. */
  stop(at: number): void
  isRunning(): boolean
  /** @returns the time it ran until `at`, ms. */
  total(at: number): number
}

/** Adds up spans of time from the moments at which they began and ended, never from ticks. All times in ms of one clock. */
export function createStopwatch(): Stopwatch {
  let sum = 0
  let since: number | undefined
  const total = (at: number) => sum + (since === undefined ? 0 : Math.max(at - since, 0))
  return {
    start(at) {
      since ??= at
    },
    stop(at) {
      sum = total(at)
      since = undefined
    },
    isRunning: () => since !== undefined,
    total,
  }
}
