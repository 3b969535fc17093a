/** The sequences: what starts one, when each step is due, what ends it, and what holds a step back. */
import { expect, test } from 'vitest'
import type { Message } from '../../../src/destination/engine/message.ts'
import { defaultPolicy, type Policy } from '../../../src/destination/engine/policy.ts'
import { parsePolicy } from '../../../src/destination/parse-policy.ts'
import { added, at, identified, letDue, measured, message, ordered, type Told, tell } from '../../support/messages.ts'

const step = ({ moments }: Told) => moments.find(({ moment }) => moment === 'Sequence Step Due')
const propertiesOf = (told: Told) => step(told)?.properties
const dueAt = ({ state }: Told) => state.timers.find(({ key }) => key === 'sequence')?.due
const left = (...more: Message[]) => tell([identified('10:00'), added('10:01', 'fern'), ...more])
const event = (clock: string, name: string, properties = {}) => message(clock, { event: name, properties })
const used = (clock: string) => event(clock, 'Feature Used', { feature: 'export' })
const policyWith = (config: object): Policy => {
  const parsed = parsePolicy(config)
  if (parsed.kind === 'invalid') throw new Error(parsed.problems.join('\n'))
  return parsed.policy
}

test('a cart left behind is followed up at once, after 4 hours and after 12', () => {
  const first = letDue(left(), 'cart')
  expect(propertiesOf(first)).toMatchObject({ sequence: 'cart_abandonment', step: 1, step_count: 3, cart_value: 10 })
  expect(dueAt(first)).toBe(at('14:31'))
  const second = letDue(first, 'sequence')
  expect(propertiesOf(second)).toMatchObject({ step: 2, message: 'help', started_by: 'Cart Abandoned' })
  expect(dueAt(second)).toBe(at('22:31'))
  const third = letDue(second, 'sequence')
  expect(propertiesOf(third)).toMatchObject({ step: 3, message: 'offer' })
  expect(dueAt(third)).toBeUndefined()
})

test('a step says in words which it is, and why it is due', () => {
  const first = letDue(left(), 'cart')
  expect(step(first)?.why).toBe('Step 1 of 3 of cart_abandonment, at Cart Abandoned: email, content level 2.')
  const second = letDue(first, 'sequence')
  expect(step(second)?.why).toBe('Step 2 of 3 of cart_abandonment, 4 h after Cart Abandoned: email, content level 2.')
  expect(second.facts).toContainEqual(
    expect.objectContaining({ kind: 'sequence_moved', why: 'Step 2 of 3; the next is due at 2026-03-01 22:31.' }),
  )
})

test.each([
  ['passed by', { activeMs: 1000 }, 1],
  ['was at level medium', { hovers: { plan: 3500 } }, 2],
  ['was at level high', { activeMs: 60_000, scrollDepth: 0.9, hovers: { plan: 9000, faq: 9000 } }, 3],
])('the content is deeper the more engaged the visit was: somebody who %s', (_who, totals, level) => {
  const none = { ...defaultPolicy, weights: { ...defaultPolicy.weights, events: {} } }
  const visit = tell([identified('10:00'), measured('10:00', totals), added('10:01', 'fern')], none)
  expect(propertiesOf(letDue(visit, 'cart', none))).toMatchObject({ content_level: level })
})

test('the height of an earlier visit does not count', () => {
  const none = { ...defaultPolicy, weights: { ...defaultPolicy.weights, events: {} } }
  const high = measured('1 10:00', { activeMs: 60_000, scrollDepth: 0.9, hovers: { plan: 9000, faq: 9000 } })
  const again = tell([identified('1 10:00'), high, added('2 10:01', 'fern')], none)
  expect(propertiesOf(letDue(again, 'cart', none))).toMatchObject({ content_level: 1 })
})

test('an order ends it, and so does an emptied cart; neither step nor timer is left', () => {
  const first = letDue(left(), 'cart')
  const removed = event('12:00', 'Product Removed', { product_id: 'fern', quantity: 1 })
  for (const act of [ordered('12:00'), removed]) {
    const over = tell([act], undefined, first.state)
    expect(dueAt(over)).toBeUndefined()
    expect(over.facts).toContainEqual(
      expect.objectContaining({ kind: 'sequence_moved', why: expect.stringMatching(/^Left after step 1, for an /) }),
    )
  }
})

test('an unsubscription ends every sequence', () => {
  const first = letDue(left(), 'cart')
  expect(dueAt(tell([event('12:00', 'Unsubscribed')], undefined, first.state))).toBeUndefined()
})

test('somebody who is on the site is not written to: the step waits until they have been away for 30 minutes', () => {
  const first = letDue(left(), 'cart')
  const back = tell([measured('14:20', { activeMs: 5000 })], undefined, first.state)
  const waiting = letDue(back, 'sequence')
  expect(waiting.fired).toEqual([])
  expect(dueAt(waiting)).toBe(at('14:50'))
  const told = letDue(waiting, 'sequence')
  expect(propertiesOf(told)).toMatchObject({ step: 2 })
  // The third keeps its eight hours to the second.
  expect(dueAt(told)).toBe(at('22:50'))
})

test('a step that falls into their night waits for the morning', () => {
  const local = (clock: string, hour: number) => {
    const summary = measured(clock, { activeMs: 1000 })
    return { ...summary, properties: { ...summary.properties, local_hour: hour } }
  }
  const second = letDue(
    letDue(tell([identified('10:00'), local('10:00', 10), added('10:01', 'fern')]), 'cart'),
    'sequence',
  )
  expect(dueAt(second)).toBe(at('22:31'))
  const asleep = letDue(second, 'sequence')
  expect([asleep.fired, dueAt(asleep)]).toEqual([[], at('2 07:00')])
  expect(propertiesOf(letDue(asleep, 'sequence'))).toMatchObject({ step: 3 })
})

test('a step long overdue is passed over, and the next one is not', () => {
  const first = letDue(left(), 'cart')
  const late = letDue(first, 'sequence', undefined, '2 00:00')
  expect(late.fired).toEqual([])
  expect(late.withheld).toMatchObject([{ moment: 'Sequence Step Due', restraint: 'stale' }])
  expect(propertiesOf(letDue(late, 'sequence', undefined, '2 00:00'))).toMatchObject({ step: 3 })
})

test('a sequence is not started again within 48 hours, and says so', () => {
  const policy: Policy = {
    ...defaultPolicy,
    caps: [],
    moments: {
      ...defaultPolicy.moments,
      cartAbandoned: { ...defaultPolicy.moments.cartAbandoned, cooldown: 1 as never },
    },
  }
  const first = letDue(left(), 'cart', policy)
  const emptied = event('1 12:00', 'Product Removed', { product_id: 'fern', quantity: 1 })
  const again = tell([emptied, added('2 09:00', 'moss')], policy, first.state)
  const asked = letDue(again, 'cart', policy)
  expect(asked.fired).toEqual(['Cart Abandoned'])
  expect(asked.withheld).toMatchObject([{ moment: 'Sequence Step Due', restraint: 'cooling_down' }])
  const later = tell(
    [event('3 12:00', 'Product Removed', { product_id: 'moss', quantity: 1 }), added('4 10:00', 'ivy')],
    policy,
    asked.state,
  )
  expect(propertiesOf(letDue(later, 'cart', policy))).toMatchObject({ step: 1 })
})

test('the step at the instant of the moment takes no place of its own under the cap, the others do', () => {
  const third = letDue(letDue(letDue(left(), 'cart'), 'sequence'), 'sequence')
  const counted = third.state.fired.filter(({ capped }) => capped).map(({ moment, at: time }) => [moment, time])
  expect(counted).toEqual([
    ['Cart Abandoned', at('10:31')],
    ['Sequence Step Due', at('14:31')],
    ['Sequence Step Due', at('22:31')],
  ])
})

test('so it is for a moment with a name longer than a run keeps', () => {
  const name = 'A moment of our own with a name of more than forty letters'
  const policy = policyWith({
    customMoments: [{ name, when: { event: 'Trial Started' } }],
    sequences: { trial: { startOn: name, steps: [{ after: '0s', channel: 'email' }] } },
  })
  const { moments } = tell([event('10:00', 'Trial Started')], policy)
  const told = moments.map(({ moment, capped }) => [moment, capped])
  expect(told.filter(([moment]) => moment !== 'Engagement Level Reached')).toEqual([
    [name, true],
    ['Sequence Step Due', false],
  ])
})

test('a step beyond the cap is withheld with its numbers, and the sequence goes on', () => {
  const policy: Policy = { ...defaultPolicy, caps: [{ limit: 1, within: defaultPolicy.moments.reengaged.away }] }
  const second = letDue(letDue(left(), 'cart', policy), 'sequence', policy)
  expect(second.fired).toEqual([])
  expect(second.withheld).toMatchObject([{ moment: 'Sequence Step Due', restraint: 'capped' }])
  expect(dueAt(second)).toBe(at('22:31'))
})

test('somebody worth 1000 or more is told in half the time', () => {
  const worth = message('10:00', { type: 'identify', userId: 'ada', traits: { email: 'ada@example.com', clv: 1500 } })
  expect(dueAt(letDue(tell([worth, added('10:01', 'fern')]), 'cart'))).toBe(at('12:31'))
})

test('pricing looked at with intent is followed up by a comparison an hour later, not while they still compare', () => {
  const told = tell([identified('10:00'), measured('10:02', { path: '/pricing', activeMs: 95_000, scrollDepth: 0.6 })])
  expect(told.fired).toContain('Pricing Intent Detected')
  expect(step(told)).toBeUndefined()
  expect(propertiesOf(letDue(told, 'sequence'))).toMatchObject({
    sequence: 'pricing_comparison',
    message: 'comparison',
  })
})

test('a form begun and not sent is offered again at once and a day later, until it is sent', () => {
  const formed = (clock: string, state: string) => {
    const summary = measured(clock, { activeMs: 20_000 })
    const form = { id: 'contact', state, last_field: 'phone', fields_touched: 3 }
    return { ...summary, properties: { ...summary.properties, form } }
  }
  const first = letDue(tell([identified('10:00'), formed('10:01', 'engaged')]), 'form')
  expect(propertiesOf(first)).toMatchObject({ sequence: 'form_recovery', message: 'resume', form_id: 'contact' })
  expect(dueAt(first)).toBe(at('2 10:11'))
  expect(dueAt(tell([formed('11:00', 'submitted')], undefined, first.state))).toBeUndefined()
})

test('the first use of a feature brings a tip, the second a demo', () => {
  const first = tell([identified('10:00'), used('10:01')])
  expect(propertiesOf(first)).toMatchObject({ sequence: 'feature_onboarding', channel: 'in_app', message: 'tip' })
  expect(propertiesOf(tell([used('10:03')], undefined, first.state))).toMatchObject({ step: 2, message: 'demo' })
})

test('a feature left unused for five minutes after the first use brings a tutorial', () => {
  const first = tell([identified('10:00'), used('10:01')])
  const { moments } = letDue(first, 'sequence')
  expect(moments).toMatchObject([{ at: at('10:06'), properties: { message: 'tutorial', feature: 'export' } }])
})

test.each([
  [25_000, 'sms'],
  [30_000, 'email'],
  [90_000, 'email'],
  [95_000, 'push'],
])('switched on, leaving after %i ms on the page is followed up by %s', (activeMs, channel) => {
  const policy = policyWith({ sequences: { exit_branching: { enabled: true } } })
  const summary = measured('10:00', { activeMs, hovers: { fern: 1000 } })
  const gone = { ...summary, properties: { ...summary.properties, exit: { kind: 'close' } } }
  const told = letDue(tell([identified('09:58'), gone], policy), 'exit', policy)
  expect(propertiesOf(told)).toMatchObject({ sequence: 'exit_branching', channel })
})

const CROSS_CHANNEL = policyWith({
  sequences: { cart_abandonment: { enabled: false }, cross_channel_cart: { enabled: true } },
})

test('across channels, a cart is followed up by SMS after 30 minutes, by e-mail 60 minutes later, then in the app', () => {
  const first = letDue(left(), 'cart', CROSS_CHANNEL)
  expect([step(first)?.at, propertiesOf(first)?.['channel']]).toEqual([at('10:31'), 'sms'])
  const second = letDue(first, 'sequence', CROSS_CHANNEL)
  expect([step(second)?.at, propertiesOf(second)?.['channel']]).toEqual([at('11:31'), 'email'])
  const third = letDue(second, 'sequence', CROSS_CHANNEL)
  expect(propertiesOf(third)).toMatchObject({ channel: 'in_app', content_level: 3 })
})

test('the step in the app is for those who ignored the others', () => {
  const second = letDue(letDue(left(), 'cart', CROSS_CHANNEL), 'sequence', CROSS_CHANNEL)
  const clicked = event('11:40', 'Email Link Clicked')
  for (const reaction of [clicked, measured('11:40', { activeMs: 4000 })])
    expect(dueAt(tell([reaction], CROSS_CHANNEL, second.state))).toBeUndefined()
})

test('a step in which nothing fits is passed over, and the sequence says so', () => {
  const when = { cart: { value: { atLeast: 50 } } }
  const policy = policyWith({
    sequences: {
      cart_abandonment: {
        steps: [
          { after: '0s', channel: 'email', when },
          { after: '1h', channel: 'sms' },
        ],
      },
    },
  })
  const first = letDue(left(), 'cart', policy)
  expect(first.fired).toEqual(['Cart Abandoned'])
  expect(first.facts).toContainEqual(
    expect.objectContaining({ why: expect.stringContaining('Step 1 was passed over, for nothing in it fits') }),
  )
  expect(propertiesOf(letDue(first, 'sequence', policy))).toMatchObject({ step: 2, channel: 'sms' })
})

test('a sequence of your own starts and ends by events of your own', () => {
  const policy = policyWith({
    sequences: {
      demo: {
        startOn: { event: 'demo_requested' },
        leaveOn: { event: 'demo_booked' },
        steps: [{ after: '10m', channel: 'email', message: 'book' }],
      },
    },
  })
  const asked = tell([identified('10:00'), event('10:00', 'demo_requested')], policy)
  expect(dueAt(asked)).toBe(at('10:10'))
  expect(dueAt(tell([event('10:05', 'demo_booked')], policy, asked.state))).toBeUndefined()
  // They were here when they asked: it waits until they are gone.
  const waiting = letDue(asked, 'sequence', policy)
  expect([waiting.fired, dueAt(waiting)]).toEqual([[], at('10:30')])
  expect(propertiesOf(letDue(waiting, 'sequence', policy))).toMatchObject({ sequence: 'demo', message: 'book' })
})

test('nobody is in more than four sequences at a time, and the fifth says so', () => {
  const steps = [{ after: '1h', channel: 'email' }]
  const own = Array.from({ length: 5 }, (_, n) => [`own_${n}`, { startOn: 'Trial Started', steps }])
  const told = tell([event('10:00', 'Trial Started')], policyWith({ sequences: Object.fromEntries(own) }))
  expect(told.state.sequences.map(({ name }) => name).toSorted()).toEqual(['own_0', 'own_1', 'own_2', 'own_3'])
  expect(told.withheld).toMatchObject([{ restraint: 'capped', why: expect.stringContaining('own_4 was not begun') }])
})

test('a sequence that the configuration no longer has ends', () => {
  const first = letDue(left(), 'cart')
  const without = policyWith({ sequences: { cart_abandonment: { enabled: false } } })
  const over = letDue(first, 'sequence', without)
  expect([over.fired, dueAt(over)]).toEqual([[], undefined])
})
