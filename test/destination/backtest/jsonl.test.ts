import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { streamJsonl } from '../../../src/destination/backtest/jsonl.ts'
import type { Message } from '../../../src/destination/engine/message.ts'

const NOW = Date.parse('2026-03-10T00:00:00Z')
const line = (id: string, rest: object = {}) =>
  JSON.stringify({ type: 'page', messageId: id, userId: 'ada', receivedAt: '2026-03-01T10:00:00Z', ...rest })

/** @param cuts - where the bytes are cut into chunks. */
async function read(content: string | Buffer, cuts: readonly number[] = []) {
  const bytes = Buffer.from(content)
  async function* chunks() {
    const places = [0, ...cuts.map(cut => Math.min(cut, bytes.byteLength)).toSorted((a, b) => a - b), bytes.byteLength]
    for (const [index, start] of places.slice(0, -1).entries()) yield bytes.subarray(start, places[index + 1])
  }
  const stream = streamJsonl({ chunks: chunks(), now: NOW, bytes: bytes.byteLength })
  const messages: Message[] = []
  for await (const arrivals of stream.batches) messages.push(...arrivals.flatMap(arrival => arrival.messages))
  return {
    messages,
    ids: messages.map(({ messageId }) => messageId),
    account: stream.account(),
    progress: stream.progress(),
  }
}

test('one message a line, with Windows line ends, empty lines, a byte order mark and no newline at the end', async () => {
  const { ids, account, progress } = await read(`\uFEFF${line('a')}\r\n\r\n  \n${line('b')}\n${line('c')}`)
  expect(ids).toEqual(['a', 'b', 'c'])
  expect(account).toEqual({ passedOver: 0, examples: [], backwards: 0 })
  expect(progress).toBe(1)
})

test('wherever the bytes are cut, the lines are the same', async () => {
  const content = [line('a', { traits: { name: 'Zoë 🌿' } }), '', line('b'), 'broken', line('c')].join('\n')
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: content.length + 9 }), { maxLength: 8 }), async cuts => {
      const { ids, messages, account } = await read(content, cuts)
      expect(ids).toEqual(['a', 'b', 'c'])
      expect(messages[0]?.traits).toEqual({ name: 'Zoë 🌿' })
      expect(account.examples).toMatchObject([{ place: 'line 4' }])
    }),
  )
})

test('a gzipped stream is told by its bytes, also of several members and cut anywhere', async () => {
  const zipped = Buffer.concat([gzipSync(`${line('a')}\n`), gzipSync(`${line('b')}\n`)])
  expect((await read(zipped, [1, 30])).ids).toEqual(['a', 'b'])
  await expect(read(gzipSync(line('a')).subarray(0, 40))).rejects.toThrow('unexpected end of file')
})

test('a broken line is counted, told by its number and without its content, and passed over', async () => {
  const broken = [
    '{"secret": ',
    '[]',
    '"text"',
    line('x', { type: 'unknown' }),
    JSON.stringify({ type: 'page', userId: 'ada' }),
    line('y', { receivedAt: '2027-01-01T00:00:00Z' }),
    line('z', { userId: undefined }),
  ]
  const { ids, account } = await read([line('a'), ...broken, line('b')].join('\n'))
  expect(ids).toEqual(['a', 'b'])
  expect(account.passedOver).toBe(7)
  expect(account.examples).toEqual([
    { place: 'line 2', reason: 'found 11 bytes, expected JSON' },
    { place: 'line 3', reason: 'found an array, expected one Segment message' },
    { place: 'line 4', reason: 'found a string, expected one Segment message' },
    { place: 'line 5', reason: expect.stringContaining('type: found an unknown name') },
    { place: 'line 6', reason: 'receivedAt, timestamp: found neither, expected an ISO-8601 time' },
  ])
  expect(JSON.stringify(account)).not.toContain('secret')
})

test('a line too long for a message is passed over without being kept', async () => {
  const { ids, account } = await read(`${line('a')}\n${'x'.repeat(3_000_000)}\n${line('b')}`, [1_000_000, 2_000_000])
  expect(ids).toEqual(['a', 'b'])
  expect(account.examples).toEqual([{ place: 'line 2', reason: expect.stringContaining('more than 1048576 bytes') }])
})

test('a message arrives when Segment received it, and happened when it says', async () => {
  const { messages } = await read(line('a', { timestamp: '2026-03-01T09:00:00Z' }))
  expect(messages).toMatchObject([
    { timestamp: Date.parse('2026-03-01T09:00:00Z'), receivedAt: Date.parse('2026-03-01T10:00:00Z') },
  ])
  const without = await read(line('a', { timestamp: '2026-03-01T09:00:00Z', receivedAt: undefined }))
  expect(without.messages).toMatchObject([{ receivedAt: Date.parse('2026-03-01T09:00:00Z') }])
})

test('messages that stand behind a later one are counted', async () => {
  const times = ['2026-03-01T10:00:00Z', '2026-03-01T09:00:00Z', '2026-03-01T11:00:00Z']
  const { account } = await read(times.map((receivedAt, index) => line(`${index}`, { receivedAt })).join('\n'))
  expect(account.backwards).toBe(1)
})
