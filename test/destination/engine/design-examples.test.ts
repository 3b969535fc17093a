/**
 * What the design says of the engine, example by example. Those that another file already holds are named there:
 *
 * - windows of 30 s, the five-minute average and its hops: window.test.ts
 * - hover of 3 s and 7 s, two kinds for high, the tipping point and its hysteresis, the score falling to 0: level.test.ts
 * - trend, fading interests, best hour and window in their own time, hints by context: computed-traits.test.ts
 * - 90 s on pricing, once per page view, 3 in 7 days, a day late, consent: pricing-intent.test.ts
 * - deep reading, three looks, comparison, forms, exits and what is none, features, silences, bots: moments.test.ts
 * - the cart left for 30 minutes, cancelled, put off, long overdue: cart-abandoned.test.ts
 * - "viewed pricing twice within three days and no order", lifetime value, caps by segment: custom-moments.test.ts
 * - anonymous to signed in, once, and what waits until then: ../ingest.test.ts
 */
import { describe, test } from 'vitest'
import type { Message } from '../../../src/destination/engine/message.ts'
import {
  arriving,
  fires,
  firesNo,
  given,
  handsOver,
  itIs,
  level,
  points,
  trait,
  under,
  withholds,
} from '../../support/given.ts'
import { added, identified, measured, message, ordered } from '../../support/messages.ts'

const hovers = (clock: string, seconds: number) => measured(clock, { hovers: { plan: seconds * 1000 } })
const lingers = (clock: string, path: string, seconds: number, page = path) =>
  measured(clock, { page, path, activeMs: seconds * 1000 })
const clicks = (clock: string, ...at: readonly number[]): Message => {
  const summary = measured(clock, { path: '/products/fern', activeMs: 100_000 })
  return {
    ...summary,
    properties: { ...summary.properties, clicks: at.map(second => ({ element: 'size', at_ms: second * 1000 })) },
  }
}
const theirHour = (hour: number, summary: Message): Message => ({
  ...summary,
  properties: { ...summary.properties, local_hour: hour },
})
const views = (clock: string, category: string) =>
  message(clock, { event: 'Product Viewed', properties: { product_id: category, category } })

describe('the score', () => {
  // 3 × (1 − 1/e) points for resting on one thing for 3 s.
  const earned = 3 * (1 - Math.exp(-1))
  test('halves every ten minutes', () => {
    given(hovers('10:00', 3)).when(itIs('10:00')).then(points(earned))
    given(hovers('10:00', 3))
      .when(itIs('10:10'))
      .then(points(earned / 2))
    given(hovers('10:00', 3))
      .when(itIs('10:20'))
      .then(points(earned / 4))
  })

  test('weighs a hover three times a scroll', () => {
    given(hovers('10:00', 600)).when(itIs('10:00')).then(points(3))
    given(measured('10:00', { scrollDepth: 1 }))
      .when(itIs('10:00'))
      .then(points(1))
  })

  test('keeps the strongest interests; a new one is among them and may grow', () => {
    const looks = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].flatMap((name, index) => [
      views(`1 10:${10 + index}`, name),
      views(`1 11:${10 + index}`, name),
    ])
    given(...looks, views('1 12:00', 'new'))
      .when(itIs('1 12:10'))
      .then(trait('top_interest', 'h'))
    given(...looks, views('1 12:00', 'new'))
      .when(views('1 12:10', 'new'))
      .then(trait('top_interest', 'new'))
  })
})

describe('thresholds', () => {
  test('more than 60 s on pricing or on specifications is strong, elsewhere it is not', () => {
    given()
      .when(lingers('10:00', '/pricing', 61))
      .then(level('medium'))
    given()
      .when(lingers('10:00', '/products/fern/specs', 61))
      .then(level('medium'))
    given()
      .when(lingers('10:00', '/about', 61))
      .then(level('low'))
  })

  test('more than half of an article is engaged, and 80 % of it is deep', () => {
    const reads = (share: number) => measured('10:00', { path: '/blog/moss', activeMs: 61_000, scrollDepth: share })
    given().when(reads(0.4)).then(trait('hint', 'nurture'))
    given().when(reads(0.6)).then(trait('hint', 'go_deeper'), firesNo('Content Deep Dive Detected'))
    given().when(reads(0.81)).then(fires('Content Deep Dive Detected'))
  })

  test('a next click within 30 s makes a sequence, after 31 s it does not', () => {
    given()
      .when(clicks('10:00', 1, 31, 61, 91))
      .then(trait('hint', 'raise_urgency'))
    given()
      .when(clicks('10:00', 1, 32, 63, 94))
      .then(trait('hint', 'nurture'))
  })

  test('what lasts under 5 s is ignored, unless it is sustained', () => {
    const config = { customMoments: [{ name: 'Pricing Looked At', when: { page: 'pricing' } }] } as const
    const glance = lingers('10:00:00', '/pricing', 4)
    under(config)
      .given()
      .when(glance)
      .then(
        withholds('Pricing Looked At', 'fleeting', {
          why: 'It rests on 4 s; under 5 s nothing counts, unless it goes on.',
        }),
      )
    under(config)
      .given(glance)
      .when(lingers('10:00:01', '/pricing', 5))
      .then(fires('Pricing Looked At'))
    // The visit goes on from page to page, each of them seen for a moment.
    under(config)
      .given(lingers('10:00:00', '/', 2))
      .when(lingers('10:00:06', '/pricing', 2))
      .then(fires('Pricing Looked At'))
  })
})

describe('timers', () => {
  test.each(['6h', '12h'] as const)('a cart may be left for %s instead of 30 minutes', after => {
    const hours = Number.parseInt(after, 10)
    const patient = under({ moments: { cartAbandoned: { after } } }).given(identified('01:00'), added('01:00', 'fern'))
    patient.when(itIs(`${String(hours).padStart(2, '0')}:59`)).then(firesNo('Cart Abandoned'))
    patient.when(itIs(`${String(hours + 1).padStart(2, '0')}:00`)).then(fires('Cart Abandoned'))
  })

  test('putting one more thing into the cart starts its time anew', () => {
    const filled = given(identified('10:00'), added('10:00', 'fern'), added('10:20', 'moss'))
    filled.when(itIs('10:49')).then(firesNo('Cart Abandoned'))
    filled.when(itIs('10:50')).then(fires('Cart Abandoned'))
  })
})

describe('noise', () => {
  const slow = [identified('10:00'), arriving('10:25', added('10:00', 'fern'))]
  test('technical lag is not abandonment: silence lasts as much longer as messages take to arrive', () => {
    given(...slow)
      .when(itIs('10:54'))
      .then(firesNo('Cart Abandoned'))
    given(...slow)
      .when(arriving('10:50', ordered('10:25')), itIs('23:00'))
      .then(firesNo('Cart Abandoned'))
    given(...slow)
      .when(itIs('10:55'))
      .then(fires('Cart Abandoned'))
  })

  test('nor is the next page an exit because its first sign of life is held up', () => {
    const closes = measured('10:00', { activeMs: 40_000, hovers: { fern: 1000 } })
    const closing = { ...closes, properties: { ...closes.properties, exit: { kind: 'hidden' } } }
    given(arriving('10:05:00', closing))
      .when(arriving('10:05:10', measured('10:00:10', { page: 'next' })), itIs('10:10'))
      .then(firesNo('Session Exited'))
  })

  test('what comes a day late is old, not held up', () => {
    given(identified('10:00'))
      .when(arriving('2 10:00', added('10:00', 'fern')), itIs('2 23:00'))
      .then(firesNo('Cart Abandoned'))
  })
})

describe('caps', () => {
  const intent = 'Pricing Intent Detected'
  const studies = (clock: string) =>
    measured(clock, { page: clock, path: '/pricing', activeMs: 95_000, scrollDepth: 0.5 })
  const eager = under({
    moments: { pricingIntent: { cooldown: '1s' } },
    caps: [{ limit: 3, within: '48h' }],
  })

  test('three within 48 hours, and the fourth once the first is older', () => {
    const three = [studies('1 10:00'), studies('1 16:00'), studies('2 10:00')]
    eager
      .given(...three)
      .when(studies('3 09:59'))
      .then(withholds(intent, 'capped', { why: '3 moments fired within 48 h; the cap is 3.' }))
    eager
      .given(...three)
      .when(studies('3 10:00'))
      .then(fires(intent))
  })

  // One day of silence by default; at level medium neither shortened nor drawn out by the level.
  const warmUp = (clock: string, seconds: number) => measured(clock, { page: clock, hovers: { plan: seconds * 1000 } })
  test('the gap follows the velocity of engagement: shorter while it rises, longer while it falls', () => {
    const steady = under({ restraint: { cooldownByLevel: { high: 1 } } }).given(studies('1 10:00'))
    steady.when(studies('2 04:01')).then(withholds(intent, 'cooling_down'))
    steady.when(studies('2 10:00')).then(fires(intent))
    steady.when(warmUp('2 04:00', 1), studies('2 04:04')).then(fires(intent))
    steady
      .when(warmUp('2 12:00', 20), warmUp('2 12:01', 20), warmUp('2 12:01:30', 20), studies('2 12:04:30'))
      .then(withholds(intent, 'cooling_down'))
  })

  test('the gap is longer after a high-value interaction', () => {
    const begins = message('1 11:00', { event: 'Trial Started' })
    const steady = under({ restraint: { cooldownByLevel: { high: 1 } } }).given(studies('1 10:00'), begins)
    const why = 'It fired at 2026-03-01 10:00 and stays silent for 2880 min, Trial Started having followed.'
    steady.when(studies('2 11:00')).then(withholds(intent, 'cooling_down', { why }))
    steady.when(studies('3 10:00')).then(fires(intent))
  })

  test('no trigger in a low-engagement window: a cart left at night is asked about in the morning', () => {
    // 21:00 for them is 10:00 here.
    const left = given(identified('10:00'), theirHour(21, measured('10:30', {})), added('10:45', 'fern'))
    left.when(itIs('11:15')).then(
      withholds('Cart Abandoned', 'quiet_hours', {
        why: 'It was 22 o’clock for them; from 22 to 7 nothing goes to somebody not engaged (level none).',
      }),
    )
    left.when(itIs('19:59')).then(firesNo('Cart Abandoned'))
    left.when(itIs('20:00')).then(fires('Cart Abandoned'))
    left.when(ordered('12:00'), itIs('23:59')).then(firesNo('Cart Abandoned'))
  })

  test('who is engaged is awake, whatever the hour', () => {
    given()
      .when(theirHour(23, studies('10:00')))
      .then(fires(intent))
  })
})

describe('context', () => {
  test('device and local time ride along as hints', () => {
    const summary = theirHour(8, hovers('10:00', 4))
    given()
      .when({ ...summary, properties: { ...summary.properties, device: { kind: 'mobile' } } })
      .then(fires('Engagement Level Reached'), handsOver({ device: 'mobile', local_hour: 8 }))
  })
})
