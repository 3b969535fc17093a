import { expect, test } from 'vitest'
import { createHide, hideAnonymousIds } from '../../../src/destination/parse/hide.ts'
import { parseMessages } from '../../../src/destination/parse.ts'

const hide = createHide('a key of sixteen characters')
const ID = '7d8a2f0c-5a4e-4b6f-9f3d-0b1c2d3e4f5a'
const hidden = hide(ID)

test('the same id and key give the same hash, another key another', () => {
  expect(hidden).toMatch(/^hidden-[0-9a-f]{32}$/)
  expect(createHide('a key of sixteen characters')(ID)).toBe(hidden)
  expect(createHide('another of sixteen characters')(ID)).not.toBe(hidden)
})

test('it is hidden wherever in the message it stands, and only there', () => {
  const message = {
    type: 'track',
    event: 'Clicked',
    anonymousId: ID,
    context: { page: { url: `https://shop.example/?ajs_aid=${ID}&x=1` }, traits: { ids: [ID, 'other'] } },
    properties: { anonymousId: 'kept', count: 3, nothing: null },
  }
  expect(hideAnonymousIds(message, hide)).toEqual({
    type: 'track',
    event: 'Clicked',
    anonymousId: hidden,
    context: { page: { url: `https://shop.example/?ajs_aid=${hidden}&x=1` }, traits: { ids: [hidden, 'other'] } },
    properties: { anonymousId: 'kept', count: 3, nothing: null },
  })
})

test.each([
  ['an array of them', [{ anonymousId: ID }, 7], [{ anonymousId: hidden }, 7]],
  ['one in an envelope', { json: { anonymousId: ID } }, { json: { anonymousId: hidden } }],
  ['several in envelopes', [{ json: { anonymousId: ID } }], [{ json: { anonymousId: hidden } }]],
  [
    'a batch with what stands around it',
    { batch: [{ anonymousId: ID }], sentAt: 'now', context: { library: { name: 'x' } } },
    { batch: [{ anonymousId: hidden }], sentAt: 'now', context: { library: { name: 'x' } } },
  ],
])('%s', (_what, sent, kept) => {
  expect(hideAnonymousIds(sent, hide)).toEqual(kept)
})

test('a number is an id too', () => {
  expect(hideAnonymousIds({ anonymousId: 4711 }, hide)).toEqual({ anonymousId: hide('4711') })
})

test('a short id is not looked for inside of other words, and spoils no member', () => {
  const sent = { anonymousId: 'type', type: 'track', event: 'type', name: 'prototype' }
  const kept = { anonymousId: hide('type'), type: 'track', event: hide('type'), name: 'prototype' }
  expect(hideAnonymousIds(sent, hide)).toEqual(kept)
})

test('a user id that is the same is a name, and stays', () => {
  expect(hideAnonymousIds({ anonymousId: ID, userId: ID }, hide)).toEqual({ anonymousId: hidden, userId: ID })
})

test('an alias that names a browser by its former id alone finds it', () => {
  const alias = { type: 'alias', userId: 'ada', previousId: ID }
  expect(hideAnonymousIds(alias, hide)).toEqual({ ...alias, anonymousId: hidden })
})

test('an id that is refused stays as it is, to be refused', () => {
  for (const anonymousId of ['x'.repeat(256), { of: 1 }, true])
    expect(hideAnonymousIds({ anonymousId }, hide)).toEqual({ anonymousId })
})

test('what is nested as deep as anybody likes can be written down, and is refused as before', () => {
  const deep = (levels: number): unknown => JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`)
  const sent = [
    { type: 'track', event: 'x', anonymousId: ID, properties: deep(100_000) },
    { type: 'track', event: 'x', anonymousId: ID, properties: deep(60) },
    deep(100_000),
    { type: 'track', event: 'x', userId: 'ada', properties: deep(100_000) },
  ]
  const reasons = (value: unknown) => {
    const parsed = parseMessages(value, { call: 'webhook', receivedAt: 0 })
    if (parsed.kind === 'unreadable') throw new Error(parsed.reason)
    return parsed.rejected.map(({ index, reason }) => [index, reason])
  }
  const kept = hideAnonymousIds(sent, hide)
  expect(reasons(kept)).toEqual(reasons(sent))
  expect(reasons(kept).map(([index]) => index)).toEqual([0, 2, 3])
  expect(JSON.stringify(kept)).not.toContain(ID)
  expect(hideAnonymousIds({ batch: [], context: deep(100_000) }, hide)).toBeDefined()
  expect(() => JSON.stringify(hideAnonymousIds({ batch: [], context: deep(100_000) }, hide))).not.toThrow()
})
