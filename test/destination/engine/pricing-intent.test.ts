import { expect, test } from 'vitest'
import { defaultPolicy } from '../../../src/destination/engine/policy.ts'
import { measured, tell } from '../../support/messages.ts'

const pricing = { page: 'pv', path: '/pricing' }
const intents = (fired: readonly string[]) => fired.filter(name => name === 'Pricing Intent Detected')

test('95 s on the pricing page with scrolling is pricing intent', () => {
  const { moments } = tell([
    measured('10:00', { ...pricing, activeMs: 95_000, scrollDepth: 0.6, hovers: { team: 4000 } }),
  ])
  expect(moments).toContainEqual(
    expect.objectContaining({
      moment: 'Pricing Intent Detected',
      why: 'Spent 95 s active on the pricing page (threshold 90 s), scrolled to 60 % and rested on team.',
      properties: expect.objectContaining({ dwell_seconds: 95, scroll_depth_percent: 60, hovered_element: 'team' }),
    }),
  )
})

test('89 s on the pricing page is not', () => {
  expect(intents(tell([measured('10:00', { ...pricing, activeMs: 89_000, scrollDepth: 0.6 })]).fired)).toEqual([])
})

test('95 s on an article is not', () => {
  expect(intents(tell([measured('10:00', { path: '/blog/moss', activeMs: 95_000, scrollDepth: 0.6 })]).fired)).toEqual(
    [],
  )
})

test('dwell that nothing agrees with is withheld, once, until something does', () => {
  const { moments, withheld } = tell([
    measured('10:00:00', { ...pricing, activeMs: 95_000 }),
    measured('10:00:10', { ...pricing, activeMs: 99_000 }),
    measured('10:00:20', { ...pricing, activeMs: 105_000, clicks: 1 }),
  ])
  expect(withheld.filter(({ moment }) => moment === 'Pricing Intent Detected')).toMatchObject([
    { restraint: 'unconfirmed' },
  ])
  expect(intents(moments.map(({ moment }) => moment))).toHaveLength(1)
})

test('further summaries of the same page view fire nothing more', () => {
  const { fired } = tell([
    measured('10:00:00', { ...pricing, activeMs: 95_000, scrollDepth: 0.5 }),
    measured('10:00:30', { ...pricing, activeMs: 120_000, scrollDepth: 0.9 }),
    measured('10:00:10', { ...pricing, activeMs: 100_000, scrollDepth: 0.6 }),
  ])
  expect(intents(fired)).toHaveLength(1)
})

test('a second visit to pricing within a day is cooling down', () => {
  const { fired, withheld } = tell([
    measured('10:00', { ...pricing, activeMs: 95_000, scrollDepth: 0.5 }),
    measured('11:00', { ...pricing, page: 'other', activeMs: 95_000, scrollDepth: 0.5 }),
  ])
  expect(intents(fired)).toHaveLength(1)
  expect(withheld).toContainEqual(
    expect.objectContaining({ moment: 'Pricing Intent Detected', restraint: 'cooling_down' }),
  )
})

test('what arrives a day late updates the profile and fires nothing', () => {
  const late = { ...measured('10:00', { ...pricing, activeMs: 95_000, scrollDepth: 0.5 }) }
  const { fired, withheld, state } = tell([{ ...late, receivedAt: measured('2 10:00', {}).timestamp }])
  expect(fired).toEqual([])
  expect(withheld).toContainEqual(expect.objectContaining({ moment: 'Pricing Intent Detected', restraint: 'stale' }))
  expect(state.timeSpentMs).toBe(95_000)
})

test('three moments within seven days are the cap', () => {
  const policy = {
    ...defaultPolicy,
    moments: {
      ...defaultPolicy.moments,
      pricingIntent: { ...defaultPolicy.moments.pricingIntent, cooldown: defaultPolicy.score.halfLife },
    },
  }
  const visits = ['1 10:00', '1 12:00', '2 10:00', '2 12:00'].map((clock, index) =>
    measured(clock, { ...pricing, page: `pv${index}`, activeMs: 95_000, scrollDepth: 0.5 }),
  )
  const { fired, withheld } = tell(visits, policy)
  expect(intents(fired)).toHaveLength(3)
  expect(withheld).toContainEqual(expect.objectContaining({ moment: 'Pricing Intent Detected', restraint: 'capped' }))
})

test('without the consent a site needs, nothing fires and no trait is written', () => {
  const policy = { ...defaultPolicy, consent: ['marketing'] }
  const asked = measured('10:00', { ...pricing, activeMs: 95_000, scrollDepth: 0.5 })
  const refused = { ...asked, context: { ...asked.context, consent: { marketing: false } } }
  const told = tell([refused], policy)
  expect(told.fired).toEqual([])
  expect(told.withheld).toContainEqual(expect.objectContaining({ restraint: 'no_consent' }))
  expect(told.facts.filter(({ kind }) => kind === 'traits_changed')).toEqual([])
})
