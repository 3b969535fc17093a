/** What holds whenever two profiles turn out to be one person, whatever each of them did before. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mergeStates } from '../../../src/destination/engine/identity.ts'
import type { Message } from '../../../src/destination/engine/message.ts'
import { defaultPolicy } from '../../../src/destination/engine/policy.ts'
import { initialState, type ProfileState } from '../../../src/destination/engine/profile.ts'
import { eventTime } from '../../../src/destination/engine/time.ts'
import { pointsOf, startOf } from '../../../src/destination/engine/window.ts'
import { at, measured, message, ordered, tell } from '../../support/messages.ts'
import { STREAM_START, streams, summaries } from '../../support/streams.ts'

const merge = (a: ProfileState, b: ProfileState) => mergeStates(a, b, defaultPolicy)
/** Seconds are few, so that two profiles are often seen last at the same time. */
const person = (name: string, seconds = 120) =>
  streams({ prefix: name, anonymousIds: [name], seconds }).map(messages => tell(messages).state)

test('it does not matter which of the two profiles is named first', () => {
  const same = (a: ProfileState, b: ProfileState) => {
    expect(merge(a, b)).toEqual(merge(b, a))
  }
  fc.assert(fc.property(person('a'), person('b'), same))
  fc.assert(fc.property(person('a', 0), person('b', 0), same))
})

test('a profile nobody has told anything changes nothing of the other', () => {
  fc.assert(
    fc.property(person('a'), a => {
      expect(merge(a, initialState)).toEqual(a)
      expect(merge(initialState, a)).toEqual(a)
    }),
  )
})

test('three profiles become the same person in whatever order they are joined', () => {
  fc.assert(
    fc.property(person('a'), person('b'), person('c'), (a, b, c) => {
      const [left, right] = [merge(merge(a, b), c), merge(a, merge(b, c))]
      expect(left.balance.points).toBeCloseTo(right.balance.points, 9)
      for (const [index, rollup] of left.rollups.entries()) {
        expect(startOf(rollup)).toBe(startOf(right.rollups[index] ?? []))
        for (const [kind, points] of pointsOf(rollup).entries())
          expect(points).toBeCloseTo(pointsOf(right.rollups[index] ?? [])[kind] ?? 0, 9)
      }
      const ordered = [a, b, c].some(({ cartEmptiedAt }) => cartEmptiedAt > 0)
      const told = (state: ProfileState) => ({
        lastSeen: state.lastSeen,
        level: state.level,
        timeSpentMs: state.timeSpentMs,
        pageViews: state.pageViews,
        // An order takes the whole of another cart with it, or nothing: then it does matter which two carts met first. So
        // it does for the quantity of a product that lies in all three.
        cart: ordered ? [] : [new Set(state.cart?.lines.map(({ id }) => id)), state.cart?.checkoutAt],
        cartEmptiedAt: state.cartEmptiedAt,
        timers: state.timers.toSorted((x, y) => (x.key < y.key ? -1 : 1)),
        fired: state.fired.length,
        lastOrder: state.lastOrder?.at,
        lastProduct: state.lastProduct?.at,
        silenced: state.silenced?.at,
        features: state.features.toSorted((x, y) => (x.name < y.name ? -1 : 1)),
        hours: state.hours,
        email: state.known.email,
      })
      expect(told(left)).toEqual(told(right))
    }),
  )
})

test('a page view whose id changed on the way counts as one, whoever saw which part of it', () => {
  const person = fc.array(fc.tuple(summaries, fc.constantFrom('before', 'after')), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(person, drawn => {
      const messages = drawn.map(([act, anonymousId], index): Message => {
        const time = eventTime(STREAM_START + index)
        const of = { ...act, messageId: `m${index}`, anonymousId, timestamp: time, receivedAt: time }
        // Three page views at most, so that none is let go.
        const view = String(act.properties?.['pageview_id']).at(-1)
        return message('10:00', { ...of, properties: { ...act.properties, page_type: 'home', pageview_id: view } })
      })
      const seenBy = (id: string) => tell(messages.filter(({ anonymousId }) => anonymousId === id)).state
      const [joined, whole] = [merge(seenBy('before'), seenBy('after')), tell(messages).state]
      expect(joined.timeSpentMs).toBe(whole.timeSpentMs)
      expect(joined.pageViews.map(({ id, totals }) => [id, totals])).toEqual(
        whole.pageViews.map(({ id, totals }) => [id, totals]),
      )
      expect(joined.balance.points).toBeCloseTo(whole.balance.points, 3)
    }),
  )
})

test('what happened last wins member by member, whoever was seen last', () => {
  const bought = tell([ordered('10:00'), message('10:01', { event: 'Email Bounced' })]).state
  const reader = tell([ordered('09:00'), measured('10:30', {})]).state
  for (const joined of [merge(bought, reader), merge(reader, bought)]) {
    expect(joined.lastOrder?.at).toBe(at('10:00'))
    expect(joined.silenced?.at).toBe(at('10:01'))
    expect(joined.lastPage?.at).toBe(at('10:30'))
  }
})

test('consent that either of them refused is refused', () => {
  const policy = { ...defaultPolicy, consent: ['marketing'] }
  const asked = (clock: string, marketing: boolean) => {
    const summary = measured(clock, {})
    return tell([{ ...summary, context: { ...summary.context, consent: { marketing } } }], policy).state
  }
  expect(merge(asked('10:00', false), asked('11:00', true)).consent).toEqual({ marketing: false })
  expect(merge(asked('10:00', true), asked('11:00', true)).consent).toEqual({ marketing: true })
  expect(merge(asked('10:00', true), initialState).consent).toEqual({ marketing: true })
})

test('a page call under one id and its summary under the other are one look', () => {
  const called = tell([
    message('10:00:00', { type: 'page', context: { page: { path: '/pricing' }, traits: {} } }),
  ]).state
  const told = tell([measured('10:00:20', { path: '/pricing', activeMs: 15_000 })]).state
  expect(merge(called, told).views.pages.names).toHaveLength(1)
})

test('of two carts in one, only the item put in last keeps its links', () => {
  const links = { url: 'https://shop.example/p', image_url: 'https://shop.example/i' }
  const filled = (clock: string, id: string) =>
    tell([message(clock, { event: 'Product Added', properties: { product_id: id, ...links } })]).state
  const [older, newer] = [filled('10:00', 'fern'), filled('10:05', 'moss')]
  expect(merge(older, newer).cart?.lines).toMatchObject([{ id: 'fern' }, { id: 'moss', url: links.url }])
  expect(merge(older, newer).cart?.lines[0]).not.toHaveProperty('url')
})
