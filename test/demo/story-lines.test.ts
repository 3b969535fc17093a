import { describe, expect, test } from 'vitest'
import { COLOURED, formatLine, formatPerson, PLAIN } from '../../examples/demo/story-lines.ts'

const at = new Date(2026, 0, 2, 12, 5, 10).getTime()

test('a behaviour stands beside its time and place', () => {
  expect(formatLine({ at, where: 'browser', what: 'opens the shop' }, PLAIN)).toBe(
    '  12:05:10  browser  opens the shop',
  )
})

test('the times of two arrivals stand under each other', () => {
  const column = (what: string) => formatLine({ at, where: 'Klaviyo', what, lag: '0.41 s' }, PLAIN).indexOf('0.41 s')
  expect(column('Cart Abandoned')).toBe(column('Engagement Level Reached, with traits: level high, score 35, 8 more'))
})

test('colours change no column', () => {
  const line = { at, where: 'Klaviyo', what: 'Cart Abandoned', lag: '0.41 s' } as const
  const escapes = new RegExp(`${String.fromCharCode(27)}\\[[\\d;]*m`, 'g')
  const coloured = formatLine(line, COLOURED)
  expect(coloured).not.toBe(formatLine(line, PLAIN))
  expect(coloured.replace(escapes, '')).toBe(formatLine(line, PLAIN))
})

describe('the person in the end', () => {
  const event = { name: 'Cart Abandoned', time: at, receivedAt: at, properties: { cart_value: 48, reason: 'Left it.' } }
  const klaviyo = {
    platform: 'Klaviyo',
    identifiers: [['email', 'robin@example.com']],
    properties: { inkling_score: 62, inkling_level: 'high', inkling_cart_value: null },
    events: [event],
  } as const
  const hubspot = {
    ...klaviyo,
    platform: 'HubSpot',
    properties: { inkling_score: '62', inkling_level: 'low' },
  } as const

  test('lists what the platforms agree on once, what they differ in for each, and events with the reason first', () => {
    const person = { name: 'robin@example.com', profiles: [klaviyo, hubspot] }
    expect(formatPerson(person, PLAIN).join('\n')).toBe(`robin@example.com in Klaviyo, HubSpot
  inkling_score  62
  inkling_level  Klaviyo: high, HubSpot: low

Their events, in order
  12:05:10  Cart Abandoned
            reason      Left it.
            cart_value  48
`)
  })
})
