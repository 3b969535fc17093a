/** What holds for every stream, whatever visitors and senders do. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { step } from '../../../src/destination/engine/decide.ts'
import { identityKeys, mergeStates } from '../../../src/destination/engine/identity.ts'
import { messageInput } from '../../../src/destination/engine/input.ts'
import type { Message } from '../../../src/destination/engine/message.ts'
import { gain, mergeTotals, type PageTotals, toTotals, worth } from '../../../src/destination/engine/page-view.ts'
import { defaultPolicy, type Policy } from '../../../src/destination/engine/policy.ts'
import { initialState } from '../../../src/destination/engine/profile.ts'
import { pointsAt, scoreOf } from '../../../src/destination/engine/score.ts'
import { eventTime } from '../../../src/destination/engine/time.ts'
import { startOf } from '../../../src/destination/engine/window.ts'
import { at, message, tell } from '../../support/messages.ts'

const START = at('10:00')
const pages = ['/', '/pricing', '/products/fern', '/blog/moss']

const summary = fc
  .record({
    page: fc.constantFrom(...pages),
    view: fc.integer({ min: 0, max: 3 }),
    second: fc.integer({ min: 0, max: 3600 }),
    activeMs: fc.integer({ min: 0, max: 200_000 }),
    depth: fc.double({ min: 0, max: 1, noNaN: true }),
    hovers: fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 0, max: 20_000 })),
  })
  .map(({ page, view, second, activeMs, depth, hovers }): Message => {
    const time = eventTime(START + second * 1000)
    return message('10:00', {
      event: 'Engagement Measured',
      timestamp: time,
      receivedAt: time,
      properties: {
        pageview_id: `${page}${view}`,
        active_ms: activeMs,
        scroll_depth: depth,
        scroll_velocity: 100,
        hovers: Object.entries(hovers).map(([element, ms]) => ({ element, ms })),
      },
      context: { page: { path: page, url: `https://shop.example${page}` }, traits: {} },
    })
  })

const json = fc
  .jsonValue()
  .map(value => (typeof value === 'object' && value !== null && !Array.isArray(value) ? value : { value }))
const anything = fc
  .record({
    type: fc.constantFrom('track', 'identify', 'page', 'screen', 'group', 'alias', 'delete'),
    event: fc.option(
      fc.constantFrom(
        'Engagement Measured',
        'Product Added',
        'Product Removed',
        'Cart Viewed',
        'Checkout Started',
        'Order Completed',
        'Product Viewed',
        '__proto__',
      ),
      { nil: undefined },
    ),
    properties: fc.oneof(
      json,
      fc.record({
        products: fc.array(json),
        hovers: fc.array(json),
        pageview_id: fc.string(),
        active_ms: fc.anything(),
      }),
    ),
    traits: json,
    second: fc.integer({ min: -100_000, max: 100_000 }),
  })
  .map(({ type, event, properties, traits, second }): Message => {
    const time = eventTime(START + second * 1000)
    const rest = {
      type,
      properties,
      traits,
      timestamp: time,
      receivedAt: time,
      context: { page: {}, traits },
    } as Partial<Message>
    return message('10:00', event === undefined ? rest : { ...rest, event })
  })

test('no message, whatever it holds, throws, and a state stays within 16 KB', () => {
  fc.assert(
    fc.property(fc.array(anything, { maxLength: 60 }), messages => {
      const { state } = tell(messages)
      expect(Buffer.byteLength(JSON.stringify(state))).toBeLessThan(16_384)
      const score = scoreOf(pointsAt(state.balance, state.lastSeen, defaultPolicy.score), defaultPolicy.score)
      expect(score).toBeGreaterThanOrEqual(0)
      expect(score).toBeLessThanOrEqual(100)
    }),
  )
})

test('a state filled to every brim, in letters of three bytes, stays within 16 KB', () => {
  const long = (seed: number) => `${seed}${'漢'.repeat(4000)}`
  const id = (seed: number) => `${seed}${'i'.repeat(252)}`
  const links = { url: `https://x/${'u'.repeat(169)}`, image_url: `https://x/${'u'.repeat(169)}` }
  const product = (n: number) => ({
    product_id: long(n),
    name: long(n),
    category: long(n),
    ...links,
    price: 123456.78,
    quantity: 999,
  })
  const products = Array.from({ length: 200 }, (_, n) => product(n))
  const page = { url: `https://x/${'p'.repeat(169)}`, title: long(0), path: '/pricing' }
  const consent = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [long(n), true]))
  const campaign = { source: long(1), name: long(2) }
  const messages = Array.from({ length: 28 }, (_, n) => {
    const on = (second: number, rest: Partial<Message>) =>
      message(`${n + 1} 10:00:${String(second).padStart(2, '0')}`, {
        anonymousId: id(n),
        userId: id(1),
        messageId: `${second}${n}${'i'.repeat(190)}`,
        context: { page, traits: {}, consent, campaign },
        ...rest,
      })
    const hovers = Array.from({ length: 50 }, (_, h) => ({ element: long(h), ms: 9000 }))
    const summary = (view: number, type: string, exit: string) => ({
      pageview_id: long(view),
      page_type: type,
      active_ms: 1e8,
      scroll_depth: 1,
      scroll_velocity: 9,
      hovers,
      device: { kind: long(1) },
      form: { id: long(view), state: 'engaged', last_field: long(2), fields_touched: 9e9 },
      exit: { kind: exit },
      downloads: [{ file: long(view) }],
      local_hour: n % 24,
    })
    return [
      on(1, { event: 'Engagement Measured', properties: summary(n, long(n), 'close') }),
      on(2, { event: 'Engagement Measured', properties: summary(n + 1000, 'pricing', 'close') }),
      on(3, { event: 'Product Viewed', properties: product(n) }),
      on(4, { event: 'Feature Used', properties: { feature: long(n) } }),
      on(5, { event: 'Order Completed', properties: { total: 1e9 } }),
      on(6, { event: 'Cart Viewed', properties: { products, currency: long(1) } }),
      on(7, { event: 'Checkout Started', properties: { products, currency: long(1) } }),
      on(8, { event: 'File Downloaded', properties: { file: long(n) } }),
      on(9, { event: '漢'.repeat(60) }),
      on(10, {
        type: 'identify',
        traits: {
          email: `${'a'.repeat(64)}@${'b'.repeat(180)}.example`,
          phone: '+123456789012345',
          plan: long(1),
          lifecycle_stage: long(2),
          clv: 1e9,
        },
      }),
    ]
  }).flat()
  // Without restraint, so that the list of what fired is full too.
  const moments = Object.fromEntries(
    Object.entries(defaultPolicy.moments).map(([key, moment]) => [key, { ...moment, cooldown: 1 }]),
  )
  // Each named as long as may be, started by an event as long as may be, and always under way.
  const sequences = Array.from({ length: 20 }, (_, n) => ({
    ...defaultPolicy.sequences[0],
    name: `${'n'.repeat(28)}${n + 10}`,
    startOn: ['漢'.repeat(60)],
    leaveOn: [],
    cooldown: 1,
  }))
  const policy = {
    ...defaultPolicy,
    sequences,
    moments,
    caps: [],
    restraint: { ...defaultPolicy.restraint, afterOrder: 1 },
  } as unknown as Policy
  const { state } = tell(messages, policy)
  expect(Buffer.byteLength(JSON.stringify(state))).toBeLessThan(16_384)
  // Joined with another one as full, it is no larger than that.
  const other = tell(
    messages.map(({ properties, ...rest }) => ({
      ...rest,
      properties: { ...properties, pageview_id: `o${properties['pageview_id']}` },
    })),
    policy,
  ).state
  expect(Buffer.byteLength(JSON.stringify(mergeStates(state, other, policy)))).toBeLessThan(16_384)
  expect(state.cart?.lines).toHaveLength(6)
  expect(state.fired).toHaveLength(11)
  expect(state.sequences.filter(({ due }) => due !== undefined)).toHaveLength(4)
  expect(state.features).toHaveLength(6)
  expect(state.interests).toHaveLength(8)
})

test('a form whose state is no state, whatever it is called, counts as none', () => {
  for (const state of ['constructor', 'toString', '__proto__', 'sent'])
    expect(toTotals({ form: { id: 'contact', state } }).formStage).toBe(0)
})

test('a summary that arrives twice changes nothing', () => {
  fc.assert(
    fc.property(fc.array(summary, { minLength: 1, maxLength: 12 }), fc.nat(), (messages, pick) => {
      const once = tell(messages)
      const again = messages[pick % messages.length]
      if (again === undefined) return
      const twice = step(once.state, messageInput(again), defaultPolicy)
      expect(twice.state.balance.points).toBeCloseTo(once.state.balance.points, 9)
      expect(twice.state.timeSpentMs).toBe(once.state.timeSpentMs)
      expect(twice.state.pageViews.map(({ totals }) => totals)).toEqual(
        once.state.pageViews.map(({ totals }) => totals),
      )
      expect(twice.facts.filter(({ kind }) => kind === 'moment_fired')).toEqual([])
    }),
  )
})

test('the totals of a page view are the same in whatever order its summaries arrive', () => {
  const totals = summary.map(({ properties }): PageTotals => toTotals(properties))
  fc.assert(
    fc.property(totals, totals, totals, (a, b, c) => {
      expect(mergeTotals(a, mergeTotals(b, c))).toEqual(mergeTotals(mergeTotals(c, a), b))
      expect(mergeTotals(a, a)).toEqual(mergeTotals(a, a))
    }),
  )
})

test('more behaviour is never worth less, and one page view is bounded', () => {
  const totals = summary.map(({ properties }): PageTotals => toTotals(properties))
  fc.assert(
    fc.property(totals, totals, (a, b) => {
      const before = worth(a, 'pricing', defaultPolicy)
      const after = worth(mergeTotals(a, b), 'pricing', defaultPolicy)
      for (const [kind, points] of Object.entries(before))
        expect(Object.entries(after).find(([same]) => same === kind)?.[1]).toBeGreaterThanOrEqual(points)
      for (const points of Object.values(gain(before, after))) expect(points).toBeGreaterThanOrEqual(0)
      expect(Object.values(after).reduce((sum, points) => sum + points, 0)).toBeLessThan(30)
    }),
  )
})

test('joining two profiles gives the same points, page views and known person from either side', () => {
  fc.assert(
    fc.property(fc.array(summary, { maxLength: 6 }), fc.array(summary, { maxLength: 6 }), (left, right) => {
      const a = tell(left).state
      const b = tell(
        right.map(other => ({
          ...other,
          anonymousId: 'other',
          properties: { ...other.properties, pageview_id: `b${other.properties['pageview_id']}` },
        })),
      ).state
      const [ab, ba] = [mergeStates(a, b, defaultPolicy), mergeStates(b, a, defaultPolicy)]
      expect(ab.balance.points).toBeCloseTo(ba.balance.points, 9)
      expect(ab.timeSpentMs).toBe(ba.timeSpentMs)
      expect(ab.rollups.map(startOf)).toEqual(ba.rollups.map(startOf))
      expect(ab.level).toBe(ba.level)
    }),
  )
})

test('the same stream gives the same facts again', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(summary, anything), { maxLength: 30 }), messages => {
      expect(tell(messages).facts).toEqual(tell(messages).facts)
    }),
  )
})

test('a profile nobody has told anything has no keys, score or timers', () => {
  expect(initialState).toMatchObject({ level: 'none', timers: [], balance: { points: 0 } })
  expect(identityKeys(message('10:00', { userId: 'ada' }))).toEqual(['u:ada', 'a:anon'])
})
