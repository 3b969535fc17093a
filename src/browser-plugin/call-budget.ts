import type { Weight } from './threshold.ts'

/** Crossings this close to the last call wait, so that one call carries them all. ms */
const HOLD_MS = 2_000
const HOLD_NOTABLE_MS = 10_000

export interface Spent {
  readonly calls: number
  /** When the last one left, ms. */
  readonly lastAt: number
}

/**
 * How long a crossing waits before it may cost a call. The first leaves at once. Segment bills each call, so what comes
 * later shares: of `max` calls, notable crossings may use the first half, strong ones all but the last, and the last is
 * kept for the decisive one. Nothing is lost by waiting: summaries are totals, and the exit tells whatever is left.
 *
 * @returns ms, 0 for now; infinite when the budget has nothing left for this weight.
 */
export function waitFor(weight: Weight, { calls, lastAt }: Spent, now: number, max: number): number {
  const notable = weight === 'notable'
  const share = notable ? max / 2 : weight === 'strong' && max > 1 ? max - 1 : max
  if (calls >= share) return Infinity
  return calls && Math.max(lastAt + (notable ? HOLD_NOTABLE_MS : HOLD_MS) - now, 0)
}
