import { expect, test } from 'vitest'
import { createFeed } from '../../../../src/destination/intake/kafka/feed.ts'

function taken(...positions: readonly number[]) {
  return positions.map(position => ({
    entry: { position, partition: 0, call: 'webhook' as const, receivedAt: 0, body: Buffer.from('[]') },
  }))
}

function open(position = 0) {
  const { take: answer, ...feed } = createFeed(position, () => undefined)
  const take = (from: number, taken: Parameters<typeof answer>[0]['taken'], end?: number, askedAt = 1_000) =>
    answer({ from, taken, askedAt, ...(end !== undefined && { end }) })
  const read = async (after: number) => (await feed.read(after, 9)).map(({ entry }) => entry.position)
  const isWaiting = async (after: number) => {
    const nothing = Symbol('nothing')
    const reading = feed.read(after, 9)
    return (await Promise.race([reading, new Promise(resolve => setImmediate(resolve, nothing))])) === nothing
  }
  return { feed: { ...feed, take }, read, isWaiting }
}

test('gives what follows a position, and asks for what follows that', async () => {
  const { feed, read } = open(4)
  expect(feed.wanted()).toBe(4)
  feed.take(4, taken(5, 6), 6)
  expect(feed.wanted()).toBe(6)
  expect([await read(4), await read(5), await read(6)]).toEqual([[5, 6], [6], []])
})

test('whoever asks waits until it is known whether there is more: a timer must not fire before what cancels it', async () => {
  const { feed, isWaiting, read } = open()
  expect(await isWaiting(0)).toBe(true)
  feed.take(0, [], 3)
  expect(await isWaiting(0)).toBe(true)
  feed.take(0, taken(1, 2, 3), 3)
  expect(await read(3)).toEqual([])
  // What comes in after the question may not be in the answer.
  expect(feed.knownAt()).toBe(1_000)
  feed.take(3, [], undefined, 7_000)
  expect([await read(3), feed.knownAt()]).toEqual([[], 7_000])
})

test('what was given out and did not come true is read again, and so is what somebody else has passed', async () => {
  const { feed, read } = open()
  feed.take(0, taken(1, 2, 3), 3)
  expect(await read(2)).toEqual([3])
  const again = read(0)
  expect(feed.wanted()).toBe(0)
  feed.take(0, taken(1, 2, 3), 3)
  expect(await again).toEqual([1, 2, 3])
  const ahead = read(7)
  expect(feed.wanted()).toBe(7)
  feed.take(7, taken(8), 8)
  expect(await ahead).toEqual([8])
})

test('an answer to what was asked before is passed over: there may be something in between', async () => {
  const { feed, read } = open()
  feed.take(0, taken(1, 2), 9)
  expect(await read(1)).toEqual([2])
  const rewound = read(0)
  feed.take(2, taken(3, 4), 9)
  expect(feed.wanted()).toBe(0)
  feed.take(0, taken(1), 9)
  expect(await rewound).toEqual([1])
})

test('what the topic has let go of is passed by an entry without messages', async () => {
  const { feed, read } = open()
  feed.skipTo(40, 0)
  expect(await read(0)).toEqual([40])
  expect(feed.wanted()).toBe(40)
})

test('enough is enough: nothing is asked for until some of it is decided on', async () => {
  const { feed, read } = open()
  const [big] = taken(1)
  if (big === undefined) throw new Error('none')
  feed.take(0, [{ entry: { ...big.entry, body: Buffer.alloc(3_000_000) } }], 5)
  expect(feed.wanted()).toBeUndefined()
  const next = read(1)
  expect(feed.wanted()).toBe(1)
  feed.stop()
  expect(await next).toEqual([])
})
