import type { Weight } from './threshold.ts'

/** Crossings this close to the last call wait, so that one call carries them all. ms */
const HOLD_MS: Record<Weight, number> = { notable: 10_000, strong: 2_000, decisive: 2_000 }

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
 * @returns ms, 0 for now; undefined when the budget has nothing left for this weight.
 */
export function waitFor(weight: Weight, spent: Spent, now: number, max: number): number | undefined {
  if (spent.calls >= share(weight, max)) return undefined
  return spent.calls === 0 ? 0 : Math.max(spent.lastAt + HOLD_MS[weight] - now, 0)
}

function share(weight: Weight, max: number): number {
  if (weight === 'decisive') return max
  return weight === 'strong' ? Math.max(max - 1, Math.min(max, 1)) : Math.ceil(max / 2)
}
