/** What comes too late to fire is told in two traits, for a slower flow to make up for. */
import { expect, test } from 'vitest'
import { mergeStates } from '../../../src/destination/engine/identity.ts'
import { defaultPolicy } from '../../../src/destination/engine/policy.ts'
import { initialState, type ProfileState } from '../../../src/destination/engine/profile.ts'
import { NOTHING_WRITTEN, write, writtenTraits } from '../../../src/destination/engine/written.ts'
import { arriving, fires, given, handsOver, itIs, trait, withholds } from '../../support/given.ts'
import { added, at, identified, letDue, measured, ordered, type Told, tell } from '../../support/messages.ts'

const missed = (moment: string | null, happenedAt: string | null) => ({
  missed_moment: moment,
  missed_at: happenedAt === null ? null : new Date(at(happenedAt)).toISOString(),
})

/** In the cart at 10:01, and the timer looked at only as late as this. */
function leftAndLookedAt(clock: string): Told {
  return letDue(tell([identified('10:00'), added('10:01', 'fern')]), 'cart', undefined, clock)
}

test('a cart whose time came in an outage is told at once as missed, with when it was left', () => {
  const { facts, fired, state } = leftAndLookedAt('18:00')
  expect(fired).toEqual([])
  expect(facts).toContainEqual(
    expect.objectContaining({ kind: 'moment_withheld', moment: 'Cart Abandoned', restraint: 'stale', missed: true }),
  )
  expect(writtenTraits(state.written)).toMatchObject(missed('Cart Abandoned', '10:31'))
})

test('what is more than a day old is history, and raises no flag', () => {
  expect(writtenTraits(leftAndLookedAt('2 10:31').state.written)).toMatchObject(missed('Cart Abandoned', '10:31'))
  const { withheld, state } = leftAndLookedAt('2 10:32')
  expect(withheld).toMatchObject([{ moment: 'Cart Abandoned', restraint: 'stale' }])
  expect(writtenTraits(state.written)).not.toHaveProperty('missed_moment')
})

test('an order makes up for it', () => {
  const { state } = tell([ordered('18:30')], undefined, leftAndLookedAt('18:00').state)
  expect(writtenTraits(state.written)).toMatchObject(missed(null, null))
})

test('an order that was placed before does not', () => {
  const { state } = tell([ordered('09:00')], undefined, leftAndLookedAt('18:00').state)
  expect(writtenTraits(state.written)).toMatchObject(missed('Cart Abandoned', '10:31'))
})

const pricing = (clock: string, page: string) =>
  measured(clock, { page, path: '/pricing', activeMs: 95_000, clicks: 2 })

test('so does a moment that fires after all', () => {
  given(identified('10:00'), arriving('14:00', pricing('10:05', 'one')))
    .when(pricing('14:10', 'two'))
    .then(fires('Pricing Intent Detected'), handsOver(missed(null, null)))
})

test('what something else speaks against as well was not missed', () => {
  const unsubscribed = { ...identified('10:01'), type: 'track', event: 'Unsubscribed' } as const
  given(identified('10:00'), unsubscribed)
    .when(arriving('14:00', pricing('10:05', 'one')))
    .then(withholds('Pricing Intent Detected', 'silenced'), trait('missed_moment', undefined))
})

test('a moment that starts no mail by itself raises no flag', () => {
  given(identified('10:00'))
    .when(arriving('10:50', measured('10:05', { activeMs: 60_000, scrollDepth: 0.9 })), itIs('10:50'))
    .then(withholds('Engagement Level Reached', 'stale'), trait('missed_moment', undefined))
})

test('of two people who are one, the later counts, and what the other has fired since makes up for it', () => {
  const state = (part: Partial<ProfileState>): ProfileState => ({ ...initialState, ...part })
  const early = state({ lastSeen: at('11:00'), missed: { moment: 'Cart Abandoned', at: at('10:00') } })
  const later = state({ lastSeen: at('10:30'), missed: { moment: 'Form Abandoned', at: at('10:20') } })
  const fired = { moment: 'Form Abandoned', cause: 'x', variant: '', capped: true, at: at('10:40') }
  for (const [a, b] of [
    [early, later],
    [later, early],
  ] as const) {
    expect(mergeStates(a, b, defaultPolicy).missed).toEqual(later.missed)
    const { state: after } = tell(
      [identified('12:00')],
      undefined,
      mergeStates({ ...a, fired: [fired] }, b, defaultPolicy),
    )
    expect(writtenTraits(after.written)).not.toHaveProperty('missed_moment')
  }
})

test('what was stored before there were these traits is written to all the same', () => {
  const stored = NOTHING_WRITTEN.slice(0, -2)
  expect(write(stored, { missed_at: null })).toHaveLength(NOTHING_WRITTEN.length)
  expect(writtenTraits(write(stored, { missed_at: null }))).toEqual({ missed_at: null })
})
