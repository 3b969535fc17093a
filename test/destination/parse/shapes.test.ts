import { expect, test } from 'vitest'
import { writeKeyIn } from '../../../src/destination/parse.ts'
import { message, parsed, reason, TRACK, unreadable } from './request.ts'

test('the webhook takes one object, an array, and elements wrapped as {json}', () => {
  expect(parsed('webhook', TRACK).messages).toHaveLength(1)
  expect(parsed('webhook', { json: TRACK }).messages).toHaveLength(1)
  expect(parsed('webhook', [TRACK, { json: TRACK }]).messages.map(({ index }) => index)).toEqual([0, 1])
  expect(parsed('webhook', [])).toEqual({ kind: 'parsed', messages: [], rejected: [] })
})

test('an object with json beside other members is no wrapper', () => {
  expect(message('webhook', { ...TRACK, json: { userId: 'other' } }).userId).toBe('u-1')
})

test.each([
  ['track', { event: 'Bought' }],
  ['identify', {}],
  ['page', {}],
  ['screen', {}],
  ['group', {}],
  ['alias', { previousId: 'a-1' }],
] as const)('%s takes its type from the path, whatever the body says', (call, members) => {
  expect(message(call, { userId: 'u', ...members }).type).toBe(call)
  expect(message(call, { userId: 'u', type: 'delete', ...members }).type).toBe(call)
})

test('the context of a batch lies beneath the context of each message', () => {
  const { messages } = parsed('batch', {
    context: { timezone: 'Europe/Berlin', userAgent: 'envelope' },
    integrations: { All: true },
    batch: [TRACK, { ...TRACK, context: { userAgent: 'own' } }],
  })
  expect(messages.map(one => one.message.context)).toMatchObject([
    { timeZone: 'Europe/Berlin', userAgent: 'envelope' },
    { timeZone: 'Europe/Berlin', userAgent: 'own' },
  ])
})

test('good messages of a batch are taken beside bad ones, each with its place', () => {
  const { messages, rejected } = parsed('batch', { batch: [null, TRACK, { ...TRACK, event: '' }, TRACK] })
  expect(messages.map(({ index }) => index)).toEqual([1, 3])
  expect(rejected).toEqual([
    { index: 0, reason: 'message: found null, expected an object' },
    { index: 2, messageId: 'm-1', reason: "event: found an empty string, expected the event's name" },
  ])
})

test.each([
  ['webhook', 'no json'],
  ['webhook', ''],
  ['webhook', '5'],
  ['webhook', '"text"'],
  ['webhook', 'null'],
  ['batch', '[]'],
  ['batch', '{}'],
  ['batch', '{"batch":{}}'],
  ['track', '[]'],
  ['track', '{"event":'],
] as const)('a %s body of %s is unreadable as a whole', (call, body) => {
  expect(unreadable(call, body)).toMatch(/: found .*, expected /)
})

test('more messages than a request may hold are unreadable as a whole', () => {
  expect(unreadable('batch', `{"batch":[${'1,'.repeat(2_500)}1]}`)).toBe(
    'batch: found 2501 messages, expected at most 2500',
  )
  expect(unreadable('webhook', `[${'1,'.repeat(10_000)}1]`)).toBe('body: found 10001 messages, expected at most 10000')
})

test('a batch whose own context is too large or too deep is unreadable', () => {
  const context = (value: string) => `{"context":{"a":${value}},"batch":[]}`
  expect(unreadable('batch', context(`"${'x'.repeat(33_000)}"`))).toMatch(
    /^context: found 33\d{3} bytes, expected at most 32768$/,
  )
  expect(unreadable('batch', context(`${'['.repeat(70)}${']'.repeat(70)}`))).toMatch(/^context: found nesting/)
})

test('only Segment may delete: a write key stands in every page', () => {
  const deletion = { type: 'delete', userId: 'u-1' }
  expect(message('webhook', deletion).type).toBe('delete')
  expect(reason('batch', { batch: [deletion] })).toMatch(/^type: found a deletion/)
})

test('only the service itself may say what it read at a platform', () => {
  const told = { type: 'track', userId: 'u-1', event: 'Email Permission Read', properties: { may_email: true } }
  expect(message('read_back', [told]).event).toBe('Email Permission Read')
  expect(reason('webhook', told)).toMatch(/^event: found a name that is reserved/)
  expect(reason('batch', { batch: [told] })).toMatch(/^event: found a name that is reserved/)
})

test('the write key is found on the envelope or else on the first message', () => {
  expect(writeKeyIn({ writeKey: 'a', batch: [{ writeKey: 'b' }] })).toBe('a')
  expect(writeKeyIn({ batch: [{ writeKey: 'b' }, { writeKey: 'c' }] })).toBe('b')
  expect([null, [], 5, {}, { batch: [] }, { batch: [5] }, { writeKey: 5 }].map(writeKeyIn)).toEqual(
    Array(7).fill(undefined),
  )
})
