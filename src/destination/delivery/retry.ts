/** What becomes of a delivery after an attempt: read from a table, in one place. */
import type { Outcome } from '../../connectors/connector.ts'

export type Verdict =
  | { readonly kind: 'delivered'; readonly note?: string }
  /** `counts`: towards giving up. */
  | { readonly kind: 'retry'; readonly afterMs: number; readonly reason: string; readonly counts: boolean }
  /** Nothing came of it and nothing is held against it: it keeps its place and goes with the others. */
  | { readonly kind: 'postponed'; readonly reason: string }
  | { readonly kind: 'dead'; readonly reason: string }

/** Waits between attempts, ms: quick at first for a hiccup, then slow for an outage; 25 h in all, then a dead letter. */
const WAITS_MS: readonly number[] = [
  1_000,
  2_000,
  5_000,
  10_000,
  30_000,
  60_000,
  120_000,
  300_000,
  600_000,
  1_200_000,
  1_800_000,
  ...Array.from({ length: 24 }, () => 3_600_000),
]
/** A refused key is an operator's to mend: look again every minute, for as long as it takes. */
const UNAUTHORIZED_WAIT_MS = 60_000
/** A platform that asks for a longer pause than this is asked again sooner. */
const LONGEST_WAIT_MS = 3_600_000

/**
 * A refused key and a wait that is asked for are not the delivery's failures: they bring it no nearer to being given up.
 *
 * @param attempts - attempts that count, this one included; ≥ 1.
 * @param jitter - 0–1, drawn by the caller: spreads retries over +0–20 % so that they do not come in one wave.
 */
export function judgeOutcome(outcome: Outcome, attempts: number, jitter: number): Verdict {
  switch (outcome.kind) {
    case 'delivered':
      return outcome
    case 'rejected':
      return { kind: 'dead', reason: outcome.reason }
    case 'unauthorized':
      return { kind: 'retry', afterMs: spread(UNAUTHORIZED_WAIT_MS, jitter), reason: outcome.reason, counts: false }
    case 'retry': {
      const { reason, throttled, afterMs: asked } = outcome
      if (throttled) return { kind: 'postponed', reason }
      const wait = WAITS_MS[attempts - 1]
      if (asked !== undefined) {
        const afterMs = Math.max(wait ?? LONGEST_WAIT_MS, Math.min(asked, LONGEST_WAIT_MS))
        return { kind: 'retry', afterMs: spread(afterMs, jitter), reason, counts: false }
      }
      if (wait === undefined) return { kind: 'dead', reason: `Given up after ${attempts} attempts. Last: ${reason}` }
      return { kind: 'retry', afterMs: spread(wait, jitter), reason, counts: true }
    }
    default:
      return outcome satisfies never
  }
}

function spread(waitMs: number, jitter: number): number {
  return Math.round(waitMs * (1 + 0.2 * jitter))
}
