/** Randomness that can be had again: the same seed draws the same. */

export interface Random {
  /** 0 ≤ n < 1. */
  next(): number
  /** A whole number, both ends included. */
  between(low: number, high: number): number
  chance(probability: number): boolean
  /** @throws {RangeError} when there is nothing to pick from. */
  pick<T>(from: readonly T[]): T
  /** A stream of its own: what is drawn here does not depend on how much is drawn there. */
  fork(name: string): Random
}

/** @param seed - 32 bits of it count. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  // mulberry32: small, and good enough to spread a test over its possibilities.
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (low: number, high: number) => low + Math.floor(next() * (high - low + 1))
  return {
    next,
    between,
    chance: probability => next() < probability,
    pick: from => {
      const picked = from[between(0, from.length - 1)]
      if (picked === undefined) throw new RangeError('there is nothing to pick from')
      return picked
    },
    fork: name =>
      createRandom([...name].reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 0x01000193), seed)),
  }
}
