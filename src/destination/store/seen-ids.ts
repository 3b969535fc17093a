/**
 * The messageIds that were taken in, as 64 bits of a hash each: two of a billion ids meet by chance once in forty runs. In
 * memory, for an index on disk would cost every message more than all the rest of its commit.
 *
 * The hash is no cryptographic one, which would be among the larger costs of a message; it begins with a seed that only this store knows, so
 * nobody can look for an id that meets another's.
 */

export const BYTES_PER_ID = 8

export interface SeenIds {
  has(messageId: string): boolean
  /** @param hashes - where its hash is written to, at `at`. */
  add(messageId: string, hashes: DataView, at: number): void
  /** @returns the hashes of these, `BYTES_PER_ID` each; none is added. */
  hashesOf(messageIds: readonly string[]): Uint8Array
  /** Takes back what was kept by an earlier run, `BYTES_PER_ID` each. */
  addAll(hashes: Uint8Array): void
}

/** As many as are remembered for certain: 8 million are 128 MB at most, and a day of 92 messages a second. */
const GENERATION = 8_000_000

/**
 * @param seed - 64 bits, hexadecimal; always the same for the same store.
 * @param generation - this many ids are remembered for certain, and at most twice as many.
 */
export function createSeenIds(seed: string, generation: number = GENERATION): SeenIds {
  const seeds = [Number.parseInt(seed.slice(0, 8), 16), Number.parseInt(seed.slice(8, 16), 16)] as const
  // When the younger table is full, the older one is let go: nothing is ever taken out of a table.
  let [younger, older] = [createTable(), createTable()]
  const add = (high: number, low: number) => {
    if (younger.size() >= generation) [younger, older] = [createTable(), younger]
    younger.add(high, low)
  }
  return {
    has: messageId => {
      const [high, low] = hashOf(messageId, seeds)
      return younger.has(high, low) || older.has(high, low)
    },
    add: (messageId, hashes, at) => {
      const [high, low] = hashOf(messageId, seeds)
      write([high, low], hashes, at)
      add(high, low)
    },
    hashesOf: messageIds => {
      const hashes = new Uint8Array(messageIds.length * BYTES_PER_ID)
      const view = new DataView(hashes.buffer)
      for (const [index, id] of messageIds.entries()) write(hashOf(id, seeds), view, index * BYTES_PER_ID)
      return hashes
    },
    addAll: hashes => {
      const view = new DataView(hashes.buffer, hashes.byteOffset, hashes.byteLength)
      for (let at = 0; at + BYTES_PER_ID <= hashes.byteLength; at += BYTES_PER_ID)
        add(view.getUint32(at, true), view.getUint32(at + 4, true))
    },
  }
}

function write([high, low]: readonly [number, number], hashes: DataView, at: number): void {
  hashes.setUint32(at, high, true)
  hashes.setUint32(at + 4, low, true)
}

/** Two sums of 32 bits, each stirred by every character and by the other one at the end. The multipliers are odd primes. */
function hashOf(text: string, [first, second]: readonly [number, number]): readonly [high: number, low: number] {
  let [high, low] = [first, second]
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at)
    high = Math.imul(high ^ character, 2_654_435_761)
    low = Math.imul((low << 5) ^ (low >>> 27) ^ character, 1_597_334_677)
  }
  high = stirred(high ^ Math.imul(low, 3_266_489_909))
  low = stirred(low ^ Math.imul(high, 2_246_822_507))
  return [high, low]
}

function stirred(sum: number): number {
  let left = Math.imul(sum ^ (sum >>> 16), 2_246_822_507)
  left = Math.imul(left ^ (left >>> 13), 3_266_489_909)
  return (left ^ (left >>> 16)) >>> 0
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
