/**
 * The messageIds that were taken in, as 64 bits of their hash each: two of a billion ids meet by chance once in forty
 * runs, and nobody can make one meet another's without finding half a SHA-1 collision for it. In memory, for an index on
 * disk would cost every message more than all the rest of its commit.
 */
import { hash } from 'node:crypto'

export const BYTES_PER_ID = 8

export interface SeenIds {
  /** @returns the hash to ask and add with. */
  has(hash: Buffer): boolean
  add(hash: Buffer): void
  /** Takes back what was kept by an earlier run, `BYTES_PER_ID` each. */
  addAll(hashes: Uint8Array): void
}

export function hashOf(messageId: string): Buffer {
  return hash('sha1', messageId, 'buffer').subarray(0, BYTES_PER_ID)
}

/** As many as are remembered for certain: 8 million are 128 MB at most, and a day of 92 messages a second. */
const GENERATION = 8_000_000

/** @param generation - this many ids are remembered for certain, and at most twice as many. */
export function createSeenIds(generation: number = GENERATION): SeenIds {
  // When the younger table is full, the older one is let go: nothing is ever taken out of a table.
  let [younger, older] = [createTable(), createTable()]
  const add = (high: number, low: number) => {
    if (younger.size() >= generation) [younger, older] = [createTable(), younger]
    younger.add(high, low)
  }
  return {
    has: found => {
      const [high, low] = [found.readUInt32LE(0), found.readUInt32LE(4)]
      return younger.has(high, low) || older.has(high, low)
    },
    add: found => add(found.readUInt32LE(0), found.readUInt32LE(4)),
    addAll: hashes => {
      const view = new DataView(hashes.buffer, hashes.byteOffset, hashes.byteLength)
      for (let at = 0; at + BYTES_PER_ID <= hashes.byteLength; at += BYTES_PER_ID)
        add(view.getUint32(at, true), view.getUint32(at + 4, true))
    },
  }
}

const SMALLEST = 1024

/** Open addressing: a pair of numbers lies at the first free place from where its low half points to. */
function createTable() {
  let slots = SMALLEST
  let [highs, lows] = [new Uint32Array(slots), new Uint32Array(slots)]
  let size = 0
  /** @returns where the pair is or belongs. A place with two zeros is free; the one pair that is two zeros is another. */
  const find = (high: number, low: number): number => {
    let at = low & (slots - 1)
    while ((highs[at] !== 0 || lows[at] !== 0) && (highs[at] !== high || lows[at] !== low)) at = (at + 1) & (slots - 1)
    return at
  }
  const put = (high: number, low: number) => {
    const at = find(high, low)
    if (highs[at] === high && lows[at] === low) return
    highs[at] = high
    lows[at] = low
    size += 1
  }
  const grow = () => {
    const [oldHighs, oldLows] = [highs, lows]
    slots *= 2
    highs = new Uint32Array(slots)
    lows = new Uint32Array(slots)
    size = 0
    for (const [at, high] of oldHighs.entries()) if (high !== 0 || oldLows[at] !== 0) put(high, oldLows[at] ?? 0)
  }
  const whole = (high: number, low: number): readonly [number, number] =>
    high === 0 && low === 0 ? [0, 1] : [high, low]
  return {
    size: () => size,
    has: (high: number, low: number): boolean => {
      const [h, l] = whole(high, low)
      const at = find(h, l)
      return highs[at] === h && lows[at] === l
    },
    add: (high: number, low: number): void => {
      put(...whole(high, low))
      if (size > slots * 0.7) grow()
    },
  }
}
