import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CALLS } from '../../../src/destination/intake/log.ts'
import { parseRequest } from '../../../src/destination/parse.ts'
import { RECEIVED_AT, TRACK, unreadable } from './request.ts'

const call = fc.constantFrom(...CALLS)
/** Members under the names the parser reads, with any value, beside any others. */
const strange = fc.record(
  Object.fromEntries(
    [
      'type',
      'event',
      'userId',
      'user_id',
      'anonymousId',
      'previousId',
      'messageId',
      'properties',
      'traits',
      'context',
      'timestamp',
    ]
      .concat(
        'sentAt',
        'originalTimestamp',
        'receivedAt',
        'name',
        'json',
        'batch',
        'writeKey',
        '__proto__',
        'constructor',
      )
      .map(name => [name, fc.oneof(fc.jsonValue(), fc.constantFrom('track', 'delete', 'm', '2026-11-21T00:00:00Z'))]),
  ),
  { requiredKeys: [] },
)
const body = fc.oneof(
  fc.jsonValue(),
  strange,
  fc.array(strange),
  fc.record({ batch: fc.array(strange), context: fc.jsonValue() }),
)

function holds(call: (typeof CALLS)[number], bytes: Uint8Array): void {
  const first = parseRequest(call, bytes, RECEIVED_AT, 3)
  expect(parseRequest(call, Uint8Array.from(bytes), RECEIVED_AT, 3)).toEqual(first)
  if (first.kind === 'unreadable') return
  const indexes = [...first.messages, ...first.rejected].map(({ index }) => index).sort((a, b) => a - b)
  expect(indexes).toEqual(indexes.map((_, place) => place))
  for (const { message: one } of first.messages) {
    expect(one.messageId.length).toBeGreaterThan(0)
    expect(one.messageId.length).toBeLessThanOrEqual(200)
    expect(one.timestamp).toBeLessThanOrEqual(one.receivedAt)
    expect(one.userId ?? one.anonymousId ?? one.previousId).toBeTypeOf('string')
  }
  for (const { reason } of first.rejected) expect(reason).toMatch(/: found .*, expected /)
}

test('any JSON is parsed or refused with a reason, the same way each time', () => {
  fc.assert(
    fc.property(call, body, (which, value) => holds(which, Buffer.from(JSON.stringify(value)))),
    { numRuns: 2_000 },
  )
})

test('any bytes are parsed or refused with a reason, the same way each time', () => {
  fc.assert(
    fc.property(call, fc.uint8Array({ maxLength: 200 }), (which, bytes) => holds(which, bytes)),
    { numRuns: 2_000 },
  )
})

test('truncated and mutated calls are parsed or refused with a reason', () => {
  const whole = Buffer.from(JSON.stringify([TRACK, { json: { ...TRACK, context: { page: { url: 'https://x' } } } }]))
  const edit = fc.record({ at: fc.nat(whole.length - 1), byte: fc.nat(255), end: fc.nat(whole.length) })
  fc.assert(
    fc.property(call, edit, (which, { at, byte, end }) => {
      const mutated = Uint8Array.from(whole)
      mutated[at] = byte
      holds(which, mutated.subarray(0, end))
    }),
    { numRuns: 2_000 },
  )
})

test.each(['__proto__', '\\u005f_proto__', '__pro\\u0074o__', '_\\u005F\\u0070roto__'])(
  'a key spelled %s reaches nobody',
  spelled => {
    const text = JSON.stringify({
      ...TRACK,
      properties: { KEY: { polluted: true }, a: { KEY: 1 } },
      context: { KEY: { page: 1 } },
    })
    const request = parseRequest('track', Buffer.from(text.replaceAll('KEY', spelled)), RECEIVED_AT)
    if (request.kind === 'unreadable') throw new Error(request.reason)
    const [one] = request.messages
    const properties = one?.message.properties ?? {}
    expect(Object.keys(properties)).toEqual(['a'])
    expect(Object.getOwnPropertyNames(properties.a)).toEqual([])
    const copy: Record<string, unknown> = {}
    for (const [key, value] of Object.entries(properties)) copy[key] = value
    expect('polluted' in copy).toBe(false)
    expect('polluted' in {}).toBe(false)
  },
)

test('a consent category called __proto__ does not change what the consent object is', () => {
  const text =
    '{"userId":"u","event":"E","context":{"consent":{"categoryPreferences":{"__proto__":true,"constructor":true}}}}'
  const request = parseRequest('track', Buffer.from(text), RECEIVED_AT)
  expect(request.kind === 'parsed' && request.messages[0]?.message.context.consent).toEqual({ constructor: true })
})

test('the last of two equal keys counts, as in every JSON reader', () => {
  const request = parseRequest('track', Buffer.from('{"userId":"a","event":"E","userId":"b"}'), RECEIVED_AT)
  expect(request.kind === 'parsed' && request.messages[0]?.message.userId).toBe('b')
})

test('a million levels of nesting are refused, with a prototype key in them too', () => {
  const deep = (inner: string) => `[${'['.repeat(1_000_000)}${inner}${']'.repeat(1_000_000)},${JSON.stringify(TRACK)}]`
  for (const inner of ['', '{"__proto__":1}']) {
    const request = parseRequest('webhook', Buffer.from(deep(inner)), RECEIVED_AT)
    expect(request).toMatchObject({ kind: 'parsed', messages: [{ index: 1 }], rejected: [{ index: 0 }] })
  }
})

test('numbers without bound, and a byte order mark, do no harm', () => {
  const huge = `{"userId":"u","event":"E","properties":{"n":1e999,"m":${'9'.repeat(400)}}}`
  expect(unreadable('track', huge)).toBeUndefined()
  expect(unreadable('track', `\ufeff${huge}`)).toMatch(/expected JSON$/)
})

test('the reason for a body that is no JSON quotes none of it', () => {
  expect(unreadable('track', '{"secret": hunter2}')).toBe('body: found 19 bytes, expected JSON')
})
