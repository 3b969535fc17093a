/** Remembers the signatures that were taken, for as long as their timestamps would let them in again. */
import { MAX_SKEW_MS, type Proof } from './batch-signature.ts'

/** 833 requests a second over the five minutes that each is remembered; whoever sends more is better off with batches. */
const MAX_REMEMBERED = 250_000

export interface ReplayGuard {
  /**
   * Takes a signature once. When the memory is full, none is taken that it does not hold: what cannot be remembered could
   * be repeated.
   *
   * @param now - epoch ms, by the same clock that has found the timestamp to be recent.
   */
  take(proof: Proof, now: number): 'taken' | 'repeated' | 'full'
  /** Forgets a signature whose request was not kept after all: its sender may send the same again. */
  release(proof: Proof): void
}

/** @param most - the most signatures remembered at once. */
export function createReplayGuard(most: number = MAX_REMEMBERED): ReplayGuard {
  /** By the second that was signed, so that what is too old is found without looking at the rest. */
  const taken = new Map<number, Set<string>>()
  let size = 0
  const forgetBefore = (now: number): void => {
    for (const [second, signatures] of taken) {
      if (second * 1_000 + MAX_SKEW_MS >= now) continue
      taken.delete(second)
      size -= signatures.size
    }
  }
  return {
    take({ timestamp, signature }, now) {
      forgetBefore(now)
      const sameSecond = taken.get(timestamp)
      const name = short(signature)
      if (sameSecond?.has(name)) return 'repeated'
      if (size >= most) return 'full'
      if (sameSecond === undefined) taken.set(timestamp, new Set([name]))
      else sameSecond.add(name)
      size += 1
      return 'taken'
    },
    release({ timestamp, signature }) {
      if (taken.get(timestamp)?.delete(short(signature))) size -= 1
    },
  }
}

/** One character a byte: half of what the digits would take. */
function short(signature: string): string {
  return Buffer.from(signature, 'hex').toString('latin1')
}
