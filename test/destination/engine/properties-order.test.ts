/** What does not matter: the order of what happens at one instant, repetition, and how a page view is cut into summaries. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cartValue, itemCount } from '../../../src/destination/engine/cart.ts'
import { LEVELS } from '../../../src/destination/engine/level.ts'
import type { Message } from '../../../src/destination/engine/message.ts'
import { defaultPolicy } from '../../../src/destination/engine/policy.ts'
import type { ProfileState } from '../../../src/destination/engine/profile.ts'
import { pointsAt, scoreOf } from '../../../src/destination/engine/score.ts'
import { type EventTime, eventTime } from '../../../src/destination/engine/time.ts'
import { currentTraits } from '../../../src/destination/engine/traits.ts'
import { totalOf } from '../../../src/destination/engine/window.ts'
import { message, tell } from '../../support/messages.ts'
import { additions, STREAM_START, streams, summaries } from '../../support/streams.ts'

const pointsOf = (state: ProfileState, now: EventTime) => pointsAt(state.balance, now, defaultPolicy.score)
const scoreAt = (state: ProfileState, now: EventTime) => scoreOf(pointsOf(state, now), defaultPolicy.score)

/**
 * At most three page views, as many as a profile remembers: of more, it would matter which one was let go. And what they
 * say but once (where, since when, how they ended) they say alike: of two that contradict each other, the last one counts.
 */
const onThreePages = (messages: readonly Message[]) =>
  messages.map((each): Message => {
    const { pageview_id: view, form: _form, exit: _exit, ...totals } = each.properties
    if (typeof view !== 'string') return each
    const properties = { ...totals, page_type: 'product', pageview_id: view.at(-1), visible_ms: 0 }
    return { ...each, properties, context: { page: {}, traits: {} } }
  })

/** The feature used last is the one that is waited for. */
const timers = (state: ProfileState) =>
  state.timers.filter(({ key }) => key !== 'feature').toSorted((a, b) => (a.key < b.key ? -1 : 1))

/** What the last of several says at one instant differs with their order, and is left out: the last page, product, item. */
const NAMES_THE_LAST = /^(last_|cart_last_item|hint)/

test('in whatever order things of one instant arrive, score, level, cart and traits are the same', () => {
  const instant = streams({ seconds: 0, acts: additions, length: 8 }).map(onThreePages)
  const pair = instant.chain(messages =>
    fc.tuple(
      fc.constant(messages),
      fc.shuffledSubarray([...messages], { minLength: messages.length, maxLength: messages.length }),
    ),
  )
  fc.assert(
    fc.property(pair, ([messages, shuffled]) => {
      const [one, other] = [tell(messages).state, tell(shuffled).state]
      expect(other.level).toBe(one.level)
      expect(other.timeSpentMs).toBe(one.timeSpentMs)
      expect(other.pageViews).toEqual(one.pageViews)
      expect(other.views).toEqual(one.views)
      expect(other.visit).toEqual(one.visit)
      expect(timers(other)).toEqual(timers(one))
      expect(scoreAt(other, other.lastSeen)).toBeCloseTo(scoreAt(one, one.lastSeen), 6)
      const cart = ({ cart }: ProfileState) => [cartValue(cart?.lines ?? []), itemCount(cart?.lines ?? [])]
      expect(cart(other)).toEqual(cart(one))
      const traits = (state: ProfileState) =>
        Object.entries(currentTraits(state, state.lastSeen, defaultPolicy)).filter(
          ([name]) => !NAMES_THE_LAST.test(name),
        )
      expect(traits(other)).toEqual(traits(one))
    }),
  )
})

test('however a page view is cut into summaries, it is worth the same', () => {
  fc.assert(
    fc.property(fc.array(summaries, { minLength: 1, maxLength: 8 }), fc.integer({ min: 1, max: 255 }), (acts, kept) => {
      // Running totals, as the plugin sends them: each summary holds at least what the one before held.
      const all: Message[] = []
      for (const [index, act] of acts.entries()) {
        const properties = grown(all.at(-1)?.properties, act.properties)
        all.push(message('10:00', { ...act, messageId: `m${index}`, properties }))
      }
      const some = all.filter((_, index) => index === all.length - 1 || (kept >> index) % 2 === 1)
      const [whole, cut] = [tell(all), tell(some)]
      expect(cut.state.balance.points).toBeCloseTo(whole.state.balance.points, 9)
      expect(cut.state.level).toBe(whole.state.level)
      expect(cut.state.pageViews).toEqual(whole.state.pageViews)
      expect(cut.state.timeSpentMs).toBe(whole.state.timeSpentMs)
      expect(cut.state.views).toEqual(whole.state.views)
    }),
  )
})

function grown(before: Message['properties'] = {}, now: Message['properties'] = {}): Message['properties'] {
  const larger = (name: string) => Math.max(Number(before[name] ?? 0), Number(now[name] ?? 0))
  const list = (fields: Message['properties'], name: string) => {
    const value: unknown = fields[name]
    return Array.isArray(value) ? value : []
  }
  return {
    pageview_id: 'pv',
    page_type: 'product',
    active_ms: larger('active_ms'),
    visible_ms: 0,
    scroll_depth: larger('scroll_depth'),
    scroll_velocity: 100,
    hovers: [...list(before, 'hovers'), ...list(now, 'hovers')],
    clicks: [...list(before, 'clicks'), ...list(now, 'clicks')],
  }
}

test('a message more never lowers score or level', () => {
  const later = additions.map(act =>
    message('10:00', { ...act, messageId: 'more', timestamp: LATER, receivedAt: LATER }),
  )
  const nothing = message('10:00', { event: 'Nothing Said', messageId: 'nothing', timestamp: LATER, receivedAt: LATER })
  fc.assert(
    fc.property(streams({ acts: additions, seconds: 600 }), later, (messages, more) => {
      const [without, having] = [tell([...messages, nothing]).state, tell([...messages, more]).state]
      expect(scoreAt(having, LATER)).toBeGreaterThanOrEqual(scoreAt(without, LATER))
      expect(LEVELS.indexOf(having.level)).toBeGreaterThanOrEqual(LEVELS.indexOf(without.level))
    }),
  )
})

const LATER = eventTime(STREAM_START + 600_000)

test.each(['active_ms', 'scroll_depth', 'hover', 'clicks'])('more %s never lowers the score', measure => {
  fc.assert(
    fc.property(streams({ seconds: 600 }), summaries, fc.integer({ min: 0, max: 20_000 }), (messages, act, more) => {
      const { properties = {} } = act
      const raised = {
        active_ms: { active_ms: Number(properties['active_ms']) + more },
        scroll_depth: { scroll_depth: Math.min(Number(properties['scroll_depth']) + more / 20_000, 1) },
        hover: { hovers: [...Object(properties['hovers']), { element: 'd', ms: more }] },
        clicks: { clicks: [...Object(properties['clicks']), { element: 'button', at_ms: more }] },
      }[measure]
      const last = (of: object) =>
        message('10:00', {
          ...act,
          properties: { ...properties, ...of },
          messageId: 'last',
          timestamp: LATER,
          receivedAt: LATER,
        })
      const [less, higher] = [tell([...messages, last({})]).state, tell([...messages, last(raised ?? {})]).state]
      expect(scoreAt(higher, LATER)).toBeGreaterThanOrEqual(scoreAt(less, LATER))
      expect(scoreAt(higher, LATER)).toBeLessThanOrEqual(100)
    }),
  )
})

test('every point of the score was earned, and none is left out', () => {
  fc.assert(
    fc.property(streams(), messages => {
      const { state, facts } = tell(messages)
      const now = eventTime(STREAM_START + 3_600_000)
      const earned = facts
        .filter(fact => fact.kind === 'observed')
        .map(fact => pointsAt({ points: totalOf(fact.earned), at: fact.at }, now, defaultPolicy.score))
      expect(pointsOf(state, now)).toBeCloseTo(
        earned.reduce((sum, points) => sum + points, 0),
        9,
      )
    }),
  )
})
