import { expect, test } from 'vitest'
import { fromRecord, toRecords } from '../../../../src/destination/intake/kafka/records.ts'
import type { Call, LogEntry } from '../../../../src/destination/intake/log.ts'
import { messagesOf, parseRequest } from '../../../../src/destination/parse.ts'

const AT = 1_795_222_302_900

function entryOf(call: Call, body: unknown): LogEntry {
  return { call, receivedAt: AT, body: Buffer.from(JSON.stringify(body)) }
}

function recordsOf(entry: LogEntry) {
  const parsed = parseRequest(entry.call, entry.body, entry.receivedAt)
  if (parsed.kind === 'unreadable') throw new Error(parsed.reason)
  return toRecords(entry, parsed.rejected, parsed.messages)
}

/** What a process that reads the topic gets. */
function read(records: ReturnType<typeof recordsOf>) {
  return records.map(({ value, headers }, offset) =>
    fromRecord({ value, headers: new Map(Object.entries(headers)) }, 3, offset + 1),
  )
}

const track = (messageId: string, who: object) => ({ type: 'track', event: 'A', messageId, ...who })

test('a batch is taken apart by whom its messages are about, each part in order and with what is said of all', () => {
  const entry = entryOf('batch', {
    sentAt: '2026-11-21T00:00:00.000Z',
    context: { ip: '203.0.113.7', library: { name: 'x' } },
    batch: [
      track('1', { anonymousId: 'ann' }),
      track('2', { anonymousId: 'bob' }),
      track('3', { anonymousId: 'ann', userId: 'u' }),
      track('4', { userId: 'only' }),
    ],
  })
  const records = recordsOf(entry)
  expect(records.map(({ key }) => key)).toEqual(['ann', 'bob', 'only'])
  const messages = read(records).flatMap(({ entry: part }) => messagesOf(part))
  const whole = messagesOf({ ...entry, position: 1 })
  expect(messages.toSorted((a, b) => (a.messageId < b.messageId ? -1 : 1))).toEqual(whole)
})

test('a request of one message is kept byte by byte', () => {
  const entry = { ...entryOf('track', {}), body: Buffer.from('{ "event": "A", "userId": "u", "n": 1e2 }') }
  const [record] = recordsOf(entry)
  expect(record?.key).toBe('u')
  expect(Buffer.from(record?.value ?? []).equals(entry.body)).toBe(true)
})

test('what was refused goes along with its reason, by itself', () => {
  const [taken, refused] = read(
    recordsOf(entryOf('webhook', [track('1', { userId: 'u' }), { type: 'nonsense', messageId: 'm' }])),
  )
  expect(taken?.refused).toBeUndefined()
  expect(refused?.refused).toMatchObject({ messageId: 'm', reason: expect.stringContaining('type') })
  expect(JSON.parse(Buffer.from(refused?.entry.body ?? []).toString())).toEqual([{ type: 'nonsense', messageId: 'm' }])
})

test('messages without an id get another one in each partition', () => {
  const body = [{ type: 'track', event: 'A', userId: 'u' }]
  const ids = [1, 2].map(partition =>
    messagesOf({ ...entryOf('webhook', body), position: 7, partition }).map(({ messageId }) => messageId),
  )
  expect(ids).toEqual([['log-1-7-0'], ['log-2-7-0']])
})

test('no record is larger than a broker takes by default', () => {
  const long = 'x'.repeat(30_000)
  const batch = Array.from({ length: 100 }, (_, index) => ({
    ...track(String(index), { userId: 'u' }),
    properties: { long },
  }))
  const records = recordsOf(entryOf('batch', { batch }))
  expect(records.length).toBeGreaterThan(3)
  expect(Math.max(...records.map(({ value }) => value.byteLength))).toBeLessThan(1_000_000)
  expect(read(records).flatMap(({ entry }) => messagesOf(entry))).toHaveLength(100)
})
