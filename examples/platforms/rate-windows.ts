/** Fixed windows that count calls, several at a time: the way most platforms limit. Pure but for its counts. */

export interface RateWindow {
  readonly limit: number
  readonly ms: number
}

export interface RateVerdict {
  readonly allowed: boolean
  /** Until the fullest window starts anew, whole seconds, at least 1. */
  readonly retryAfterS: number
  /** The longest window's state after this call. */
  readonly limit: number
  readonly remaining: number
  /** Until that window starts anew, whole seconds. */
  readonly resetS: number
}

export interface RateWindows {
  /** Counts a call on `key`, unless a window is full: then it is refused and not counted. */
  take(key: string, windows: readonly RateWindow[], now: number): RateVerdict
}

export function createRateWindows(): RateWindows {
  const counts = new Map<string, { readonly window: number; readonly count: number }>()

  function counted(key: string, { ms }: RateWindow, now: number): number {
    const seen = counts.get(`${key} ${ms}`)
    return seen?.window === Math.floor(now / ms) ? seen.count : 0
  }

  return {
    take(key, windows, now) {
      const full = windows.filter(window => counted(key, window, now) >= window.limit)
      const allowed = full.length === 0
      if (allowed) {
        for (const window of windows) {
          counts.set(`${key} ${window.ms}`, {
            window: Math.floor(now / window.ms),
            count: counted(key, window, now) + 1,
          })
        }
      }
      const steady = windows.reduce((longest, window) => (window.ms > longest.ms ? window : longest), {
        limit: 0,
        ms: 0,
      })
      return {
        allowed,
        retryAfterS: Math.max(1, ...full.map(window => secondsLeft(window, now))),
        limit: steady.limit,
        remaining: steady.limit - counted(key, steady, now),
        resetS: secondsLeft(steady, now),
      }
    },
  }
}

function secondsLeft({ ms }: RateWindow, now: number): number {
  return Math.ceil((ms - (now % ms)) / 1000)
}
