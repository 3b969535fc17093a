/** Messages as a test tells them: who, what, when. Everything not said has a plain default. */

import { step } from '../../src/destination/engine/decide.ts'
import type { Fact, MomentFired, MomentWithheld } from '../../src/destination/engine/fact.ts'
import { type Input, messageInput, timerInput } from '../../src/destination/engine/input.ts'
import type { Message } from '../../src/destination/engine/message.ts'
import type { Policy } from '../../src/destination/engine/policy.ts'
import { defaultPolicy } from '../../src/destination/engine/policy.ts'
import { initialState, type ProfileState } from '../../src/destination/engine/profile.ts'
import { type EventTime, eventTime } from '../../src/destination/engine/time.ts'
import type { TimerKey } from '../../src/destination/engine/timer.ts'

/** @param clock - `'10:00'` or `'10:00:30'` on 1 March 2026, UTC; `'2 10:00'` is the day after. */
export function at(clock: string): EventTime {
  const [time = '', day = '1'] = clock.split(' ').toReversed()
  return eventTime(Date.parse(`2026-03-${day.padStart(2, '0')}T${time.length === 5 ? `${time}:00` : time}Z`))
}

let made = 0

export function message(clock: string, rest: Partial<Message> = {}): Message {
  made += 1
  const time = at(clock)
  return {
    type: 'track',
    messageId: `m${made}`,
    anonymousId: 'anon',
    properties: {},
    traits: {},
    context: { page: {}, traits: {} },
    timestamp: time,
    receivedAt: time,
    ...rest,
  }
}

export interface Measured {
  readonly page?: string
  readonly path?: string
  readonly activeMs?: number
  readonly scrollDepth?: number
  readonly hovers?: Readonly<Record<string, number>>
  readonly clicks?: number
  readonly webdriver?: boolean
}

/** An `Engagement Measured` summary: running totals of one page view. */
export function measured(
  clock: string,
  { page = 'page', path = '/', ...totals }: Measured,
  rest: Partial<Message> = {},
): Message {
  const { activeMs = 0, scrollDepth = 0, hovers = {}, clicks = 0, webdriver = false } = totals
  return message(clock, {
    event: 'Engagement Measured',
    properties: {
      pageview_id: page,
      active_ms: activeMs,
      visible_ms: activeMs,
      scroll_depth: scrollDepth,
      scrollable: true,
      scroll_velocity: scrollDepth > 0 ? 400 : 0,
      hovers: Object.entries(hovers).map(([element, ms]) => ({ element, ms, count: 1 })),
      clicks: Array.from({ length: clicks }, (_, index) => ({ element: 'button', at_ms: index })),
      automation: webdriver ? { webdriver: true } : {},
    },
    context: { page: { url: `https://shop.example${path}`, path, title: 'A page' }, traits: {} },
    ...rest,
  })
}

export function added(
  clock: string,
  id: string,
  rest: { readonly price?: number; readonly quantity?: number } = {},
): Message {
  return message(clock, {
    event: 'Product Added',
    properties: { product_id: id, name: id, price: 10, quantity: 1, ...rest },
  })
}

export function ordered(clock: string): Message {
  return message(clock, { event: 'Order Completed', properties: { order_id: 'o1' } })
}

export function identified(clock: string, email = 'ada@example.com'): Message {
  return message(clock, { type: 'identify', userId: 'ada', traits: { email } })
}

export interface Told {
  readonly state: ProfileState
  readonly facts: readonly Fact[]
  /** Names of the moments that fired, in order. */
  readonly fired: readonly string[]
  readonly moments: readonly MomentFired[]
  readonly withheld: readonly MomentWithheld[]
}

/** Runs messages through the engine, one after the other. */
export function tell(
  messages: readonly Message[],
  policy: Policy = defaultPolicy,
  from: ProfileState = initialState,
): Told {
  return fold(messages.map(messageInput), policy, from)
}

/** Lets a timer that is set come due, at its time or at a later clock. */
export function letDue(told: Told, key: TimerKey, policy: Policy = defaultPolicy, clock?: string): Told {
  const timer = told.state.timers.find(set => set.key === key)
  if (timer === undefined) throw new Error(`No timer "${key}" is set`)
  return fold(
    [timerInput('p', timer, { now: clock === undefined ? timer.due : at(clock), turn: 0 })],
    policy,
    told.state,
  )
}

function fold(inputs: readonly Input[], policy: Policy, from: ProfileState): Told {
  let state = from
  const facts: Fact[] = []
  for (const input of inputs) {
    const next = step(state, input, policy)
    state = next.state
    facts.push(...next.facts)
  }
  const moments = facts.filter(fact => fact.kind === 'moment_fired')
  return {
    state,
    facts,
    moments,
    fired: moments.map(fact => fact.moment),
    withheld: facts.filter(fact => fact.kind === 'moment_withheld'),
  }
}
