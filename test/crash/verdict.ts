/** Compares what the platform knows after a round with what people did. */
import type { KlaviyoEvent } from '../../examples/platforms/klaviyo.ts'
import { type Expectation, expectationOf } from './expectation.ts'
import { ABANDONED_MS, type Round, type Visit } from './round.ts'

/** @returns every difference, in words; empty when nothing was lost and nothing came twice. */
export function differences({ visits, standIn, settled, ended }: Round): readonly string[] {
  const acknowledged = visits.flatMap(({ sent }) => sent.flatMap(({ messageIds }) => messageIds))
  return [
    ...settled.left.map(what => `not settled: ${what}`),
    ...settled.dead.map(what => `given up: ${what}`),
    ...acknowledged.filter(id => !settled.seen.has(id)).map(id => `acknowledged and lost: ${id}`),
    ...(ended === 'exit code 0' ? [] : [`asked to stop, it ended with ${ended}`]),
    ...(standIn.profiles().length === visits.length
      ? []
      : [`${standIn.profiles().length} profiles, not ${visits.length}`]),
    ...visits.flatMap(visit => differencesOf(visit, standIn)),
  ]
}

function differencesOf(visit: Visit, standIn: Round['standIn']): readonly string[] {
  const { userId } = visit.person
  const profile = standIn.profiles().find(({ externalId }) => externalId === userId)
  if (profile === undefined) return [`${userId}: unknown at the platform`]
  const expected = expectationOf(visit.person)
  const events = standIn.events(profile.id)
  const wrongTraits = Object.entries(expected.traits).flatMap(([name, value]) => {
    const found = profile.properties[`inkling_${name}`]
    return found === value ? [] : [`${name} is ${JSON.stringify(found)}, not ${JSON.stringify(value)}`]
  })
  const names = new Set([...Object.keys(expected.events), ...events.map(nameOf)])
  for (const name of ['Cart Abandoned', STEP]) names.delete(name)
  const wrongEvents = [...names].flatMap(name => {
    const [found, wanted] = [events.filter(event => nameOf(event) === name).length, expected.events[name] ?? 0]
    return found === wanted ? [] : [`${name} recorded ${found} times, not ${wanted}`]
  })
  return [
    ...wrongTraits,
    ...wrongEvents,
    ...wrongReminders(visit, expected, events),
    ...wrongSteps(expected, events),
  ].map(what => `${userId}: ${what}`)
}

/**
 * One reminder for whoever left a cart, none for whoever ordered. Where an outage kept somebody's next act from the
 * service for longer than a cart may lie idle, a reminder in between is right, and tells of the cart as it was.
 */
function wrongReminders(visit: Visit, expected: Expectation, events: readonly KlaviyoEvent[]): readonly string[] {
  const values = events
    .filter(({ metric }) => metric === 'Cart Abandoned')
    .map(({ properties }) => properties['cart_value'])
  const timely = wasTimely(visit)
  if (expected.ordered && timely && values.length > 0) return ['reminded of a cart that was ordered']
  if (values.length > 1 || (!expected.ordered && values.length === 0)) return [`${values.length} reminders of the cart`]
  const right = timely ? expected.cartValues.slice(-1) : expected.cartValues
  return values.filter(value => !right.some(known => known === value)).map(value => `reminded of a cart worth ${value}`)
}

const STEP = 'Sequence Step Due'

/** Both steps, once each, follow a reminder; an order that came after all may have ended it before the second. */
function wrongSteps(expected: Expectation, events: readonly KlaviyoEvent[]): readonly string[] {
  const reminders = events.filter(({ metric }) => metric === 'Cart Abandoned').length
  return [1, 2].flatMap(step => {
    const found = events.filter(({ metric, properties }) => metric === STEP && properties['step'] === step).length
    const right = found === reminders || (expected.ordered && step === 2 && found === 0)
    return right ? [] : [`step ${step} recorded ${found} times, after ${reminders} reminders`]
  })
}

/** Whether each act was acknowledged before the one ahead of it could count as the last. */
export function wasTimely({ sent }: Visit): boolean {
  return sent.every(({ acknowledgedAt }, index) => {
    const before = sent[index - 1]
    return before === undefined || acknowledgedAt < before.doneAt + ABANDONED_MS
  })
}

function nameOf({ metric, properties }: KlaviyoEvent): string {
  return metric === 'Engagement Level Reached' ? `${metric}: ${properties['level']}` : metric
}
