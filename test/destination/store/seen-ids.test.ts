import { expect, test } from 'vitest'
import { createSeenIds, hashOf } from '../../../src/destination/store/seen-ids.ts'

const ids = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `message-${from + index}`)

test('knows every id it was given, and no other, however many', () => {
  const seen = createSeenIds()
  for (const id of ids(0, 50_000)) seen.add(hashOf(id))
  expect(ids(0, 50_000).filter(id => !seen.has(hashOf(id)))).toEqual([])
  expect(ids(50_000, 100_000).filter(id => seen.has(hashOf(id)))).toEqual([])
})

test('remembers the latest for certain, and not everything', () => {
  const seen = createSeenIds(1_000)
  for (const id of ids(0, 5_000)) seen.add(hashOf(id))
  expect(ids(4_000, 5_000).filter(id => !seen.has(hashOf(id)))).toEqual([])
  expect(ids(0, 3_000).filter(id => seen.has(hashOf(id)))).toEqual([])
})

test('what an earlier run kept is known again, zeros too', () => {
  const seen = createSeenIds()
  seen.addAll(Buffer.concat([...ids(0, 10).map(hashOf), Buffer.alloc(8)]))
  expect(ids(0, 11).map(id => seen.has(hashOf(id)))).toEqual([...new Array<boolean>(10).fill(true), false])
  expect(seen.has(Buffer.alloc(8))).toBe(true)
})
