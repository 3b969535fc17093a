import { createStopwatch } from './stopwatch.ts'

/** A stopwatch that runs on for a while after each sign of life. All times in ms of one clock. */
export interface Attention {
  /** A sign of life; runs from here unless it runs already. */
  sign(at: number): void
  /** Runs from here, for what is left since the last sign. */
  start(at: number): void
  stop(at: number): void
  isRunning(): boolean
  /** When it ends unless there is another sign. */
  endsAt(): number
  total(at: number): number
}

/**
 * @param lastsMs - how long it runs after a sign.
 * @param last - a sign from before.
 */
export function createAttention(lastsMs: number, last: number = -Infinity): Attention {
  const { start, stop, total, isRunning } = createStopwatch()
  let endsAt = last + lastsMs
  return {
    sign(at) {
      if (at > endsAt) stop(endsAt)
      endsAt = at + lastsMs
      start(at)
    },
    start,
    stop: at => stop(Math.min(at, endsAt)),
    isRunning,
    endsAt: () => endsAt,
    total: at => total(Math.min(at, endsAt)),
  }
}
