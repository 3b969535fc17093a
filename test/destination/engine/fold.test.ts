/** A step is what a message says and the facts, and nothing else: they are enough to come from the state before to the one after. */
import { expect, test } from 'vitest'
import { step } from '../../../src/destination/engine/decide.ts'
import { type Input, messageInput, timerInput } from '../../../src/destination/engine/input.ts'
import { observe } from '../../../src/destination/engine/observe.ts'
import { defaultPolicy } from '../../../src/destination/engine/policy.ts'
import { evolve, initialState, type ProfileState } from '../../../src/destination/engine/profile.ts'
import { added, at, identified, measured, message, ordered } from '../../support/messages.ts'

const visits = [
  message('10:00', { type: 'page', properties: { page_type: 'pricing' } }),
  measured('10:00:40', { page: 'p', path: '/pricing', activeMs: 40_000, scrollDepth: 0.4, hovers: { plan: 4000 } }),
  measured('10:01:40', { page: 'p', path: '/pricing', activeMs: 95_000, scrollDepth: 0.6, hovers: { plan: 9000 } }),
  measured('10:01:50', { page: 'idle', path: '/pricing', activeMs: 95_000 }),
  identified('10:02'),
  added('10:03', 'fern'),
  message('10:03:30', { event: 'Product Removed', properties: { product_id: 'fern', quantity: 1 } }),
  added('10:04', 'moss'),
  message('10:05', { event: 'Feature Used', properties: { feature: 'wishlist' } }),
  measured('12:00', { page: 'q', path: '/blog/moss', activeMs: 70_000, scrollDepth: 0.9 }),
  ordered('12:10'),
  message('12:20', { event: 'Unsubscribed' }),
]

/** The messages in order, and before each one the timers that are due by then. */
function play(onStep: (before: ProfileState, input: Input) => ProfileState): void {
  let state = initialState
  for (const told of [...visits, message('3 10:00', { type: 'page' })]) {
    for (const timer of state.timers.filter(({ due }) => due <= told.timestamp))
      state = onStep(state, timerInput('p', timer, { now: told.timestamp, turn: state.timersTaken }))
    state = onStep(state, messageInput(told))
  }
}

test('the facts of a step, folded over the state that took the message in, give the state after', () => {
  const kinds = new Set<string>()
  play((before, input) => {
    const { state, facts } = step(before, input, defaultPolicy)
    for (const { kind } of facts) kinds.add(kind)
    const draft = { ...before }
    if (input.kind === 'message') observe(draft, input.message, defaultPolicy)
    expect(facts.reduce(evolve, draft)).toStrictEqual(state)
    return state
  })
  expect([...kinds].sort()).toEqual([
    'level_changed',
    'moment_fired',
    'moment_withheld',
    'observed',
    'sequence_moved',
    'timer_cancelled',
    'timer_set',
    'traits_changed',
  ])
})

test('a step leaves the state before as it was', () => {
  play((before, input) => {
    const kept = structuredClone(before)
    const { state } = step(before, input, defaultPolicy)
    expect(before).toStrictEqual(kept)
    return state
  })
})

test('a state has the same members in the same order, whatever happened', () => {
  play((before, input) => {
    const { state } = step(before, input, defaultPolicy)
    expect(Object.keys(state)).toEqual(Object.keys(initialState))
    return state
  })
})

test('a cart that is gone is gone from the state too', () => {
  const full = step(initialState, messageInput(added('10:00', 'fern')), defaultPolicy).state
  expect(full.cart).toBeDefined()
  expect(step(full, messageInput(ordered('10:01')), defaultPolicy).state.cart).toBeUndefined()
  expect(full.lastSeen).toBe(at('10:00'))
})
