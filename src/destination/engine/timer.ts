/** Due work as data. A profile has at most one timer of each key; setting it again replaces it. */
import { appended } from './order.ts'
import type { EventTime } from './time.ts'

/**
 * What a timer asks: whether cart, checkout or form was abandoned, the visit is over, a feature stays unused, a step of
 * a sequence is due; `settle` lets level and score fall when nobody acts.
 */
export const TIMER_KEYS = ['cart', 'checkout', 'form', 'exit', 'feature', 'sequence', 'settle'] as const
export type TimerKey = (typeof TIMER_KEYS)[number]

export interface Timer {
  readonly key: TimerKey
  readonly due: EventTime
}

export function setTimer(timers: readonly Timer[], timer: Timer): readonly Timer[] {
  return appended(cancelTimer(timers, timer.key), timer)
}

export function cancelTimer(timers: readonly Timer[], key: TimerKey): readonly Timer[] {
  return timerOf(timers, key) === undefined ? timers : timers.filter(timer => timer.key !== key)
}

export function timerOf(timers: readonly Timer[], key: TimerKey): Timer | undefined {
  // Asked several times for every message: a loop makes no function for each.
  for (const timer of timers) if (timer.key === key) return timer
  return undefined
}
