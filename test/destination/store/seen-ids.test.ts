import { expect, test } from 'vitest'
import { createSeenIds, type SeenIds } from '../../../src/destination/store/seen-ids.ts'

const SEED = '0123456789abcdef'
const ids = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `message-${from + index}`)

/** @returns their hashes, as they are kept. */
function add(seen: SeenIds, messageIds: readonly string[]): Uint8Array {
  const hashes = new Uint8Array(messageIds.length * 8)
  for (const [index, id] of messageIds.entries()) seen.add(id, new DataView(hashes.buffer), index * 8)
  return hashes
}

test('knows every id it was given, and no other, however many and alike they are', () => {
  const seen = createSeenIds(SEED)
  add(seen, ids(0, 300_000))
  expect(ids(0, 300_000).filter(id => !seen.has(id))).toEqual([])
  expect(ids(300_000, 600_000).filter(id => seen.has(id))).toEqual([])
})

test('all bits of a hash are used: none of them says what another is', () => {
  const hashes = add(createSeenIds(SEED), ids(0, 4_000))
  const counts = Array.from({ length: 64 }, (_, bit) =>
    ids(0, 4_000).reduce((sum, _id, index) => sum + (((hashes[index * 8 + (bit >> 3)] ?? 0) >> (bit & 7)) & 1), 0),
  )
  // Half of them, give or take five standard deviations.
  expect(counts.filter(count => Math.abs(count - 2_000) > 160)).toEqual([])
  const halves = ids(0, 4_000).map((_, index) => Buffer.from(hashes).readUInt32LE(index * 8))
  expect(new Set(halves).size).toBeGreaterThan(3_995)
})

test('another store has other hashes', () => {
  expect(add(createSeenIds(SEED), ['a'])).not.toEqual(add(createSeenIds('fedcba9876543210'), ['a']))
})

test('remembers the latest for certain, and not everything', () => {
  const seen = createSeenIds(SEED, 1_000)
  add(seen, ids(0, 5_000))
  expect(ids(4_000, 5_000).filter(id => !seen.has(id))).toEqual([])
  expect(ids(0, 3_000).filter(id => seen.has(id))).toEqual([])
})

test('what an earlier run kept is known again', () => {
  const seen = createSeenIds(SEED)
  seen.addAll(add(createSeenIds(SEED), ids(0, 10)))
  seen.addAll(new Uint8Array(8))
  expect(ids(0, 11).map(id => seen.has(id))).toEqual([...new Array<boolean>(10).fill(true), false])
})
