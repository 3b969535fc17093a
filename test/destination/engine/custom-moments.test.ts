import { expect, test } from 'vitest'
import { defineConfig, type When } from '../../../src/destination/define-config.ts'
import type { Message } from '../../../src/destination/engine/message.ts'
import type { Policy } from '../../../src/destination/engine/policy.ts'
import { parsePolicy } from '../../../src/destination/parse-policy.ts'
import { added, identified, measured, message, ordered, tell } from '../../support/messages.ts'

function policyWith(when: When, rest: object = {}): Policy {
  const parsed = parsePolicy(defineConfig({ customMoments: [{ name: 'Mine', when, cooldown: '1s', ...rest }] }))
  if (parsed.kind === 'invalid') throw new Error(parsed.problems.join('\n'))
  return parsed.policy
}

const fires = (when: When, ...messages: readonly Message[]) => tell(messages, policyWith(when)).fired.includes('Mine')
const viewed = (clock: string, page: string) =>
  measured(clock, { page: `${page}${clock}`, path: `/${page}`, activeMs: 6000 })
const product = (clock: string, price: number) =>
  message(clock, { event: 'Product Viewed', properties: { product_id: 'fern', price } })

test('viewed pricing twice within three days and no order', () => {
  const when: When = { viewed: { page: 'pricing', atLeast: 2, within: '3d' }, notOrdered: { within: '3d' } }
  expect(fires(when, viewed('1 10:00', 'pricing'), viewed('2 10:00', 'pricing'))).toBe(true)
  expect(fires(when, viewed('1 10:00', 'pricing'), viewed('9 10:00', 'pricing'))).toBe(false)
  expect(fires(when, viewed('1 10:00', 'pricing'), ordered('1 11:00'), viewed('2 10:00', 'pricing'))).toBe(false)
})

test('a valuable customer lingers on pricing with something in the cart', () => {
  const when: When = {
    page: 'pricing',
    dwell: { atLeast: '90s' },
    cart: { empty: false },
    traits: { clv: { over: 500 } },
  }
  const rich = { ...identified('10:00'), traits: { email: 'ada@example.com', ltv: '900' } }
  const lingers = measured('10:10', { path: '/pricing', activeMs: 95_000 })
  expect(fires(when, rich, added('10:01', 'fern'), lingers)).toBe(true)
  expect(fires(when, rich, lingers)).toBe(false)
  expect(fires(when, identified('10:00'), added('10:01', 'fern'), lingers)).toBe(false)
})

test.each<[string, When, Message]>([
  ['a path', { path: '/pricing*' }, measured('10:00', { path: '/pricing/teams' })],
  ['a share of the page', { scroll: { atLeast: '50%', under: '80%' } }, measured('10:00', { scrollDepth: 0.6 })],
  ['the longest hover', { hover: { over: '3s' } }, measured('10:00', { hovers: { a: 5000 } })],
  [
    'a hover on one element',
    { hoverOn: { element: 'plan', atLeast: '3s' } },
    measured('10:00', { hovers: { other: 9000, plan: 3000 } }),
  ],
  ['clicks', { clicks: { atLeast: 2 } }, measured('10:00', { clicks: 2 })],
  [
    'an event and its properties',
    { event: { name: 'Product Viewed', properties: { price: { over: 100 } } } },
    product('10:00', 120),
  ],
  [
    'an event by its old name',
    { event: 'Product Viewed' },
    message('10:00', { event: 'Viewed Product', properties: { product_id: 'x' } }),
  ],
  ['a computed trait', { traits: { level: ['medium', 'high'] } }, measured('10:00', { hovers: { a: 5000 } })],
  ['any product looked at', { viewed: { product: 'any', atLeast: 1, within: '1d' } }, product('10:00', 1)],
  ['the first visit', { visits: { under: 2 } }, measured('10:00', {})],
])('%s', (_name, when, fitting) => {
  expect(fires(when, fitting)).toBe(true)
  expect(fires(when, measured('10:00', { path: '/elsewhere' }))).toBe(when.visits !== undefined)
})

test('the visitor’s own hour, past midnight too, and the device', () => {
  const late = {
    ...measured('10:00', {}),
    properties: { ...measured('10:00', {}).properties, local_hour: 23, device: { kind: 'mobile' } },
  }
  expect(fires({ localTime: { from: 22, to: 2 } }, late)).toBe(true)
  expect(fires({ localTime: { from: 7, to: 9 } }, late)).toBe(false)
  const byDay = { ...late, properties: { ...late.properties, local_hour: 12 } }
  expect(fires({ device: ['mobile', 'tablet'] }, byDay)).toBe(true)
  expect(fires({ device: 'desktop' }, byDay)).toBe(false)
})

test('it fires once for a page view, says why in words, and obeys cap and cooldown', () => {
  const policy = policyWith({ page: 'pricing', dwell: { atLeast: '10s' } }, { cooldown: '1d' })
  const on = (clock: string, page: string, activeMs: number) => measured(clock, { page, path: '/pricing', activeMs })
  const told = tell([on('10:00', 'a', 12_000), on('10:01', 'a', 20_000), on('11:00', 'b', 15_000)], policy)
  expect(told.fired.filter(name => name === 'Mine')).toHaveLength(1)
  expect(told.moments.find(({ moment }) => moment === 'Mine')?.why).toBe('On a pricing page, active at least 10 s.')
  expect(told.withheld).toContainEqual(expect.objectContaining({ moment: 'Mine', restraint: 'cooling_down' }))
})

test('a segment has caps of its own', () => {
  const segments = [
    { name: 'careful', when: { traits: { plan: 'trial' } }, caps: [{ limit: 1, within: '7d' }] },
  ] as const
  const parsed = parsePolicy(
    defineConfig({ segments, customMoments: [{ name: 'Mine', when: { page: 'pricing' }, cooldown: '1s' }] }),
  )
  if (parsed.kind === 'invalid') throw new Error(parsed.problems.join('\n'))
  const twice = [viewed('1 10:00', 'pricing'), viewed('1 12:00', 'pricing')]
  const trial = { ...identified('1 09:00'), traits: { plan: 'trial' } }
  expect(tell([trial, ...twice], parsed.policy).withheld).toMatchObject([
    { restraint: 'capped', why: '1 moments fired within 168 h; the cap for careful is 1.' },
  ])
  expect(tell([identified('1 09:00'), ...twice], parsed.policy).fired).toEqual(['Mine', 'Mine'])
})

test.each<[object, RegExp]>([
  [{}, /when: .*at least one condition/],
  [{ cart: {} }, /when\.cart: .*expected empty, value or items/],
  [{ traits: {} }, /when\.traits: .*at least one trait/],
  [{ page: undefined }, /when: .*at least one condition/],
  [{ dwell: { atLeast: 90 } }, /when\.dwell\.atLeast: found 90; expected a duration/],
  [{ dwell: { atLeast: '90s', under: '10s' } }, /when\.dwell: .*under to be above/],
  [{ scroll: { atLeast: '150%' } }, /when\.scroll\.atLeast: found "150%"; expected at most/],
  [{ traits: { clvv: 1 } }, /when\.traits\.clvv.*expected one of clv, /s],
  [{ viewed: { page: 'a', product: 'b', atLeast: 1, within: '1d' } }, /either page or product/],
  [{ weather: 'rain' }, /when\.weather: there is no such setting/],
])('%j is refused with its path', (when, expected) => {
  const parsed = parsePolicy({ customMoments: [{ name: 'Mine', when }] })
  expect(parsed.kind === 'invalid' ? parsed.problems.join('\n') : '').toMatch(expected)
})

test('a custom moment may not take the name of a built-in one', () => {
  const parsed = parsePolicy({ customMoments: [{ name: 'Cart Abandoned', when: { page: 'cart' } }] })
  expect(parsed.kind === 'invalid' ? parsed.problems : []).toEqual([
    'customMoments.0.name: found "Cart Abandoned"; expected a name that no built-in moment has',
  ])
})
