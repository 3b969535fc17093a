/** What can be replayed: arrivals in order, with an account of what could not be read. */
import type { Arrival } from './playback.ts'

/** A line or message that was passed over. */
export interface Passed {
  /** Such as `line 17`. */
  readonly place: string
  /** What was wrong, where, and what was expected; never a value. */
  readonly reason: string
}

export interface StreamAccount {
  readonly passedOver: number
  /** The first few of them. */
  readonly examples: readonly Passed[]
  /** Arrivals older than one before them. */
  readonly backwards: number
}

export interface Stream {
  readonly batches: AsyncIterable<readonly Arrival[]>
  /** 0–1; undefined when nobody knows how much is to come. */
  readonly progress: () => number | undefined
  readonly account: () => StreamAccount
  readonly close: () => void
}

export interface Tracker {
  passOver(passed: Passed): void
  arrived(receivedAt: number): void
  account(): StreamAccount
}

const EXAMPLES = 5

export function createTracker(): Tracker {
  const examples: Passed[] = []
  let passedOver = 0
  let backwards = 0
  let latest = 0
  return {
    passOver: passed => {
      passedOver += 1
      if (examples.length < EXAMPLES) examples.push(passed)
    },
    arrived: receivedAt => {
      if (receivedAt < latest) backwards += 1
      latest = Math.max(latest, receivedAt)
    },
    account: () => ({ passedOver, examples: [...examples], backwards }),
  }
}
