import { expect, test } from 'vitest'
import { message, parsed, RECEIVED_AT, reason, TRACK } from './request.ts'

test('a call of analytics.js becomes a message with everything the engine reads', () => {
  const call = {
    ...TRACK,
    anonymousId: 'a-1',
    properties: { product_id: 'p-1', price: 10.5 },
    context: {
      page: { url: 'https://shop.example/p', path: '/p', title: 'P', referrer: '', search: '?x' },
      traits: { email: 'ada@example.com' },
      timezone: 'Europe/Berlin',
      userAgent: 'UA',
      consent: { categoryPreferences: { Analytics: true, Advertising: false, Odd: 'true' } },
      ip: '203.0.113.7',
    },
    timestamp: '2026-11-21T00:51:42.277Z',
  }
  expect(message('webhook', call)).toEqual({
    type: 'track',
    messageId: 'm-1',
    userId: 'u-1',
    anonymousId: 'a-1',
    event: 'Product Viewed',
    properties: { product_id: 'p-1', price: 10.5 },
    traits: {},
    context: {
      page: { url: 'https://shop.example/p', path: '/p', title: 'P' },
      traits: { email: 'ada@example.com' },
      timeZone: 'Europe/Berlin',
      userAgent: 'UA',
      consent: { Analytics: true, Advertising: false, Odd: false },
    },
    timestamp: RECEIVED_AT - 623,
    receivedAt: RECEIVED_AT,
  })
})

test('the snake_case spellings of the Email spec are read', () => {
  const read = message('webhook', {
    type: 'track',
    event: 'Email Opened',
    user_id: 'u-9',
    context: { user_agent: 'Mail' },
  })
  expect(read).toMatchObject({ userId: 'u-9', context: { userAgent: 'Mail' } })
})

test('a deletion is read in every documented form', () => {
  for (const context of [null, [], [1], {}, undefined]) {
    const deletion = {
      type: 'delete',
      channel: 'server',
      userId: 'u-1',
      context,
      integrations: context,
      messageId: 'delete-1',
      timestamp: '2026-05-09T23:54:50.000Z',
      originalTimestamp: '2020-05-09 23:54:49.209808489 +0000 UTC m=+70366.291',
    }
    expect(message('webhook', deletion)).toMatchObject({
      type: 'delete',
      userId: 'u-1',
      context: { page: {}, traits: {} },
    })
  }
})

test('null, missing and empty identifiers are absent; whole numbers are taken as text', () => {
  const anonymous = message('webhook', { ...TRACK, userId: null, anonymousId: 'a' })
  expect('userId' in anonymous).toBe(false)
  expect('userId' in message('webhook', { ...TRACK, userId: '', anonymousId: 'a' })).toBe(false)
  expect(message('webhook', { ...TRACK, userId: 42 }).userId).toBe('42')
})

test('an alias may name the person by their former id alone', () => {
  expect(message('alias', { previousId: 'a-1' })).toMatchObject({ type: 'alias', previousId: 'a-1' })
  expect('previousId' in message('track', { ...TRACK, previousId: 'a-1' })).toBe(false)
})

test('page and screen keep their name, other calls do not', () => {
  expect(message('page', { userId: 'u', name: 'Home' }).name).toBe('Home')
  expect('name' in message('identify', { userId: 'u', name: 'Home' })).toBe(false)
})

test("a server's page call, which names its address in its properties alone, has a page too", () => {
  const properties = { url: 'https://shop.example/', path: '/', title: 'Shop' }
  expect(message('page', { userId: 'u', properties }).context.page).toEqual(properties)
  expect(message('track', { ...TRACK, properties }).context.page).toEqual({})
})

test('no consent stamp and an empty one stay apart', () => {
  expect('consent' in message('track', TRACK).context).toBe(false)
  expect(message('track', { ...TRACK, context: { consent: { categoryPreferences: {} } } }).context.consent).toEqual({})
})

test('the empty array with which PHP writes an empty object is read as one', () => {
  expect(message('track', { ...TRACK, properties: [], traits: [] })).toMatchObject({ properties: {}, traits: {} })
})

test('a message without an id gets one from its place in the log, and only there', () => {
  const { messageId: _, ...nameless } = TRACK
  const ids = parsed('webhook', [nameless, TRACK, { ...nameless, messageId: null }], 7).messages.map(
    one => one.message.messageId,
  )
  expect(ids).toEqual(['log-7-0', 'm-1', 'log-7-2'])
  expect(message('webhook', nameless).messageId).toBe('unlogged-0')
})

test.each([
  [{ ...TRACK, type: 'purchase' }, /^type: found an unknown name, expected one of track, identify,/],
  [{ ...TRACK, type: undefined }, /^type: found nothing, expected one of/],
  [{ ...TRACK, type: 5 }, /^type: found a number, expected one of/],
  [{ ...TRACK, event: undefined }, /^event: found nothing, expected the event's name$/],
  [{ ...TRACK, event: { a: 1 } }, /^event: found an object, expected/],
  [{ ...TRACK, userId: null }, /^userId, anonymousId: found neither, expected at least one$/],
  [{ ...TRACK, userId: ['u'] }, /^userId: found an array, expected a string of at most 255/],
  [{ ...TRACK, userId: 1.5 }, /^userId: found a number/],
  [{ ...TRACK, userId: 2 ** 60 }, /^userId: found a number/],
  [{ ...TRACK, anonymousId: 'x'.repeat(256) }, /^anonymousId: found 256 characters/],
  [{ ...TRACK, messageId: 5 }, /^messageId: found a number, expected a string$/],
  [{ ...TRACK, messageId: 'x'.repeat(201) }, /^messageId: found 201 characters, expected at most 200$/],
  [{ ...TRACK, messageId: 'log-12-0' }, /^messageId: found the form reserved/],
  [{ ...TRACK, properties: 'text' }, /^properties: found a string, expected an object$/],
  [{ ...TRACK, traits: [1] }, /^traits: found an array, expected an object$/],
  [{ ...TRACK, properties: { a: 'x'.repeat(33_000) } }, /^message: found 33\d{3} bytes, expected at most 32768$/],
])('refusal %#: a reason names the path, what was found and what was expected', (call, expected) => {
  expect(reason('webhook', call)).toMatch(expected)
})

test('every mistake of a message is named at once, and none of its values', () => {
  const text = reason('webhook', { type: 'hunter2', userId: { hunter2: 1 }, messageId: ['hunter2'] })
  expect(text).toMatch(/^type: .*; messageId: .*; userId: /)
  expect(text).not.toContain('hunter2')
})

test('a message of exactly 32 KB is taken, counted in bytes and not in characters', () => {
  const withText = (text: string) => ({ ...TRACK, properties: { text } })
  const room = 32_768 - JSON.stringify(withText('')).length
  expect(message('track', withText('x'.repeat(room))).userId).toBe('u-1')
  expect(reason('track', withText('x'.repeat(room + 1)))).toContain('32769 bytes')
  expect(reason('track', withText('日'.repeat(room / 2)))).toContain('expected at most 32768')
})

test('nesting is taken up to 64 levels and refused beyond, without losing its neighbours', () => {
  const nested = (levels: number) =>
    `{"type":"track","event":"E","userId":"u","properties":${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}}`
  const at = (body: string) => parsed('webhook', JSON.parse(body))
  expect(at(`[${nested(63)}]`).messages).toHaveLength(1)
  expect(at(`[${nested(64)},${nested(1)}]`)).toMatchObject({
    messages: [{ index: 1 }],
    rejected: [{ index: 0, reason: expect.stringContaining('deeper than 64 levels') }],
  })
})

test('half a surrogate pair becomes the replacement character, as every store would make it', () => {
  expect(message('track', { ...TRACK, userId: 'u\ud800', event: 'E\udc00' })).toMatchObject({
    userId: 'u\ufffd',
    event: 'E\ufffd',
  })
})
