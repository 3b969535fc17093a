/** Time for loops under test: nothing passes until the test says so, and no real second is waited for. */
import { onTestFinished, vi } from 'vitest'

export interface Steps {
  /** Epoch ms. */
  readonly now: () => number
  /** Lets time pass, and everything that comes due in it happen. */
  pass(ms: number): Promise<void>
}

/** Replaces clock and timers until the test ends. */
export function timeInSteps(start: number): Steps {
  vi.useFakeTimers({ now: start, toFake: ['Date', 'setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate'] })
  onTestFinished(() => {
    vi.useRealTimers()
  })
  return {
    now: Date.now,
    pass: async ms => {
      await vi.advanceTimersByTimeAsync(ms)
    },
  }
}
