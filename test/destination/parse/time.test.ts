import { expect, test } from 'vitest'
import { toEpochMs } from '../../../src/destination/parse/time.ts'
import { message, parsed, RECEIVED_AT, TRACK } from './request.ts'

const iso = (ms: number) => new Date(ms).toISOString()
const MINUTE = 60_000

test.each([
  ['2026-11-21T00:51:42.900Z', RECEIVED_AT],
  ['2026-11-21T00:51:42.900123456Z', RECEIVED_AT],
  ['2026-11-21T00:51:42.900', RECEIVED_AT],
  ['2026-11-21 00:51:42.900Z', RECEIVED_AT],
  ['2026-11-21T02:51:42.900+02:00', RECEIVED_AT],
  ['2026-11-20T19:21:42.900-0530', RECEIVED_AT],
  ['2026-11-21T00:51Z', RECEIVED_AT - 42_900],
  ['2026-11-21', RECEIVED_AT - 51 * MINUTE - 42_900],
])('%s is read as UTC wherever the service runs', (text, ms) => {
  expect(toEpochMs(text)).toBe(ms)
})

test.each([
  '2020-05-09 23:54:49.209808489 +0000 UTC m=+70366.29',
  '2026-13-01T00:00:00Z',
  'Sat, 21 Nov 2026 00:51:42 GMT',
  'yesterday',
  '',
  1_795_222_302_900,
  null,
  {},
])('%j is no time', found => {
  expect(toEpochMs(found)).toBeUndefined()
})

test("what came through Segment keeps Segment's timestamp", () => {
  const call = {
    ...TRACK,
    timestamp: iso(RECEIVED_AT - 5_000),
    sentAt: iso(RECEIVED_AT - MINUTE),
    originalTimestamp: iso(0),
  }
  expect(message('webhook', call).timestamp).toBe(RECEIVED_AT - 5_000)
})

test("what came through Segment without a timestamp is corrected by Segment's formula, or happened when Segment got it", () => {
  const got = RECEIVED_AT - 60 * MINUTE
  const sent = got + 10 * MINUTE
  const call = { ...TRACK, receivedAt: iso(got), sentAt: iso(sent), originalTimestamp: iso(sent - 3_000) }
  expect(message('webhook', call).timestamp).toBe(got - 3_000)
  expect(message('webhook', { ...call, originalTimestamp: '2020-05-09 23:54:49 +0000 UTC m=+7' }).timestamp).toBe(got)
})

test.each([-10 * MINUTE, 10 * MINUTE])(
  'a call sent straight to us by a clock %i ms off counts from when it was sent',
  skew => {
    const sent = RECEIVED_AT + skew
    const call = { ...TRACK, timestamp: iso(sent - 4_000), sentAt: iso(sent) }
    expect(message('track', call).timestamp).toBe(RECEIVED_AT - 4_000)
    const { sentAt, ...element } = call
    const batch = parsed('batch', { sentAt, batch: [element, { ...element, sentAt: iso(0) }] })
    expect(batch.messages.map(one => one.message.timestamp)).toEqual([RECEIVED_AT - 4_000, RECEIVED_AT - 4_000])
  },
)

test('a direct call that does not say when it was sent keeps its timestamp', () => {
  expect(message('track', { ...TRACK, timestamp: iso(RECEIVED_AT - 4_000) }).timestamp).toBe(RECEIVED_AT - 4_000)
})

test('nothing happens after it was received, and what says no time happened then', () => {
  for (const call of ['webhook', 'track'] as const) {
    expect(message(call, { ...TRACK, timestamp: iso(RECEIVED_AT + 60 * MINUTE) }).timestamp).toBe(RECEIVED_AT)
    expect(message(call, { ...TRACK, timestamp: 'soon' }).timestamp).toBe(RECEIVED_AT)
    expect(message(call, TRACK).timestamp).toBe(RECEIVED_AT)
    expect(message(call, { ...TRACK, timestamp: '0001-01-01T00:00:00Z' }).timestamp).toBe(0)
  }
})
