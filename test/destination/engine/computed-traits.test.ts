import { expect, test } from 'vitest'
import type { Message } from '../../../src/destination/engine/message.ts'
import { defaultPolicy } from '../../../src/destination/engine/policy.ts'
import { currentTraits } from '../../../src/destination/engine/traits.ts'
import { added, at, measured, message, ordered, tell } from '../../support/messages.ts'

const traits = (messages: readonly Message[], clock: string) =>
  currentTraits(tell(messages).state, at(clock), defaultPolicy)
const viewed = (clock: string, id: string, category: string): Message =>
  message(clock, { event: 'Product Viewed', properties: { product_id: id, category } })

test('the trend compares the latter half of the last five minutes with the former', () => {
  const early = measured('10:00', { page: 'a', hovers: { x: 4000 } })
  const late = measured('10:04', { page: 'b', hovers: { x: 4000, y: 4000 } })
  expect(traits([early], '10:00')).toMatchObject({ trend: 'steady' })
  expect(traits([early, late], '10:04')).toMatchObject({ trend: 'rising' })
  expect(
    traits(
      [measured('10:00', { page: 'a', hovers: { x: 4000, y: 4000 } }), measured('10:04', { page: 'b', clicks: 1 })],
      '10:04',
    ),
  ).toMatchObject({ trend: 'falling' })
})

test('intent goes from browsing to considering to buying, and back with an order', () => {
  const pricing = measured('10:00', { path: '/pricing', activeMs: 5000 })
  expect(traits([measured('10:00', {})], '10:00')).toMatchObject({ intent: 'browsing' })
  expect(traits([pricing], '10:00')).toMatchObject({ intent: 'considering' })
  expect(traits([pricing, added('10:01', 'fern')], '10:01')).toMatchObject({ intent: 'buying' })
  expect(traits([pricing, added('10:01', 'fern'), ordered('10:02')], '10:02')).toMatchObject({ intent: 'browsing' })
})

test('the top interest is the category looked at most, older looks fading', () => {
  expect(
    traits([viewed('10:00', 'a', 'ferns'), viewed('10:05', 'b', 'ferns'), viewed('10:10', 'c', 'pots')], '10:10'),
  ).toMatchObject({ top_interest: 'ferns' })
  const season = [viewed('1 10:00', 'a', 'ferns'), viewed('1 11:00', 'b', 'ferns'), viewed('29 10:00', 'c', 'pots')]
  expect(traits(season, '29 10:00')).toMatchObject({ top_interest: 'pots' })
})

test('from the third visit on there is a best hour, in the visitor’s own time, and the window nearest to it', () => {
  const visit = (day: number, hour: number) => {
    const summary = measured(`${day} 03:00`, { page: `p${day}`, activeMs: 1000 })
    return { ...summary, properties: { ...summary.properties, local_hour: hour } }
  }
  expect(traits([visit(1, 20), visit(2, 20)], '2 03:00')).not.toHaveProperty('best_send_hour')
  expect(traits([visit(1, 20), visit(2, 20), visit(3, 9)], '3 03:00')).toMatchObject({
    best_send_hour: 20,
    send_window: 'evening',
  })
  expect(traits([visit(1, 8), visit(2, 8), visit(3, 20)], '3 03:00')).toMatchObject({
    best_send_hour: 8,
    send_window: 'morning',
  })
})

test('the hint says what kind of message would fit, and why', () => {
  const clicked = (times: readonly number[]) => {
    const summary = measured('10:00', { path: '/products/fern', hovers: { a: 4000 } })
    return {
      ...summary,
      properties: { ...summary.properties, clicks: times.map(at_ms => ({ element: 'size', at_ms })) },
    }
  }
  expect(traits([measured('10:00', {})], '10:00')).toMatchObject({
    hint: 'nurture',
    hint_reason: 'In their first visit.',
  })
  expect(traits([measured('10:00', { hovers: { a: 4000 } })], '10:00')).toMatchObject({ hint: 'reduce_pressure' })
  expect(traits([clicked([1000, 9000, 20_000, 30_000])], '10:00')).toMatchObject({
    hint: 'raise_urgency',
    hint_reason: '3 quick clicks one after the other on the product page.',
  })
  expect(traits([clicked([1000, 60_000, 120_000, 190_000])], '10:00')).toMatchObject({ hint: 'nurture' })
  expect(traits([measured('10:00', { path: '/blog/moss', scrollDepth: 0.6 })], '10:00')).toMatchObject({
    hint: 'go_deeper',
  })
  expect(
    traits([added('10:00', 'fern'), measured('10:01', { path: '/cart', activeMs: 40_000 })], '10:01'),
  ).toMatchObject({ hint: 'reassure' })
})
