/** Whether a platform takes anything of a kind at all. Pure: state in, state out. */

export type Circuit =
  /** `failing`: the first deliveries of the calls that have failed since one last succeeded. */
  | { readonly kind: 'closed'; readonly failing: readonly string[] }
  /** Nothing goes but one delivery at a time, to see whether the platform is back. */
  | {
      readonly kind: 'open'
      readonly since: number
      readonly refused: boolean
      readonly reason: string
      readonly probes: number
      readonly probing: boolean
      readonly probeAt: number
    }

/** What became of a call, for the deliveries of one kind in it. */
export type Result =
  /** The platform did its work, if only by refusing one of them or asking for a pause. */
  | { readonly kind: 'answered' }
  /** No whole answer, an error of the platform's own, or a page instead of an answer. */
  | { readonly kind: 'failed'; readonly delivery: string; readonly reason: string }
  | { readonly kind: 'refused'; readonly reason: string }

export const CLOSED: Circuit = { kind: 'closed', failing: [] }

/** So many calls in a row, each with another delivery first: one that breaks the platform by itself stops nobody else. */
export const FAILURES_TO_OPEN = 5
/** Between probes, ms: doubled each time, up to the longest. */
export const FIRST_PROBE_MS = 5_000
export const LONGEST_PROBE_MS = 60_000
/** A refused key is an operator's to mend. */
export const REFUSED_PROBE_MS = 60_000

export interface Ended {
  /** Whether the call was the one that was let through. */
  readonly isProbe: boolean
  readonly now: number
}

export function afterResult(circuit: Circuit, result: Result, { isProbe, now }: Ended): Circuit {
  switch (result.kind) {
    case 'answered':
      return CLOSED
    case 'refused':
      return circuit.kind === 'open' && !isProbe ? circuit : opened(circuit, { ...result, refused: true }, now)
    case 'failed': {
      if (circuit.kind === 'open') return isProbe ? opened(circuit, { ...result, refused: false }, now) : circuit
      const failing = [...new Set([...circuit.failing, result.delivery])]
      return failing.length < FAILURES_TO_OPEN
        ? { kind: 'closed', failing }
        : opened(circuit, { ...result, refused: false }, now)
    }
    default:
      return result satisfies never
  }
}

/** @returns when the next delivery may go; undefined while one is under way to see how things are. */
export function letsThroughAt(circuit: Circuit): number | undefined {
  if (circuit.kind === 'closed') return 0
  return circuit.probing ? undefined : circuit.probeAt
}

export function probed(circuit: Circuit): Circuit {
  return circuit.kind === 'open' ? { ...circuit, probing: true } : circuit
}

function opened(circuit: Circuit, why: { readonly reason: string; readonly refused: boolean }, now: number): Circuit {
  const { since, probes } =
    circuit.kind === 'open' ? { ...circuit, probes: circuit.probes + 1 } : { since: now, probes: 0 }
  const wait = why.refused ? REFUSED_PROBE_MS : Math.min(FIRST_PROBE_MS * 2 ** probes, LONGEST_PROBE_MS)
  const { reason, refused } = why
  return { kind: 'open', since, refused, reason, probes, probing: false, probeAt: now + wait }
}
