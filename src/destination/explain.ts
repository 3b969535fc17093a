/** A profile's story in plain words: what was decided, why or why not, and what was sent. Pure. */
import type { Identifiers, Traits } from '../connectors/connector.ts'
import type { KeptFact } from './engine/fact.ts'
import type { Policy } from './engine/policy.ts'
import { pointsAt, scoreOf } from './engine/score.ts'
import { eventTime } from './engine/time.ts'
import { writtenTraits } from './engine/written.ts'
import { identifiersOf } from './plan.ts'
import type { DeliveryRecord, StoredProfile } from './store/store.ts'

export interface Chapter {
  readonly at: string
  readonly what: string
  readonly outcome: 'fired' | 'withheld' | 'changed' | 'moved' | 'joined' | 'deleted'
  readonly why: string
  /** Why it did not fire, as a word: capped, stale, unconfirmed… */
  readonly restraint?: string
  /** The whole of it in a few plain words, such as `Cart Abandoned was withheld: cooling down`. */
  readonly told: string
}

export interface Person {
  readonly id: string
  readonly identifiers: Identifiers
  /** 0–100, as of now. */
  readonly score: number
  readonly level: string
  readonly last_seen: string
  /** As last handed to the outbox, with the prefix the platforms see. */
  readonly traits: Traits
  /** As each platform has them: what was delivered to it, the latest value of each. */
  readonly platforms: Readonly<Record<string, Traits>>
  /** What is asked again later, and when; ISO 8601. */
  readonly timers: readonly { readonly key: string; readonly due: string }[]
  /** Newest first. */
  readonly story: readonly Chapter[]
  /** Newest first. */
  readonly deliveries: readonly DeliveryView[]
}

export interface DeliveryView extends Omit<DeliveryRecord, 'time' | 'plannedAt' | 'settledAt'> {
  /** When the behaviour happened, when the write was planned and when it arrived; ISO 8601. */
  readonly at: string
  readonly plannedAt: string
  readonly deliveredAt?: string
  /** What became of it, in plain words, the platform's own included. */
  readonly told: string
}

export function toPerson(
  { id, state }: StoredProfile,
  {
    facts,
    deliveries,
    now,
    policy,
  }: { facts: readonly KeptFact[]; deliveries: readonly DeliveryRecord[]; now: number; policy: Policy },
): Person {
  const traits = Object.entries(writtenTraits(state.written)).map(([name, value]) => [
    policy.traits.prefix + name,
    value,
  ])
  return {
    id,
    identifiers: identifiersOf(state.known),
    score: Math.round(scoreOf(pointsAt(state.balance, eventTime(now), policy.score), policy.score)),
    level: state.level,
    last_seen: new Date(state.lastSeen).toISOString(),
    traits: Object.fromEntries(traits),
    platforms: traitsAtPlatforms(deliveries),
    timers: state.timers.map(({ key, due }) => ({ key, due: new Date(due).toISOString() })),
    story: facts.map(toChapter),
    deliveries: deliveries.map(toDeliveryView),
  }
}

export function toDeliveryView(record: DeliveryRecord): DeliveryView {
  const { time, plannedAt, settledAt, ...delivery } = record
  return {
    ...delivery,
    at: new Date(time).toISOString(),
    plannedAt: new Date(plannedAt).toISOString(),
    ...(delivery.status === 'delivered' &&
      settledAt !== undefined && { deliveredAt: new Date(settledAt).toISOString() }),
    told: tellDelivery(record),
  }
}

/** @param deliveries - newest first. */
function traitsAtPlatforms(deliveries: readonly DeliveryRecord[]): Person['platforms'] {
  const platforms: Record<string, Traits> = {}
  for (const { connector, status, traits } of deliveries)
    if (status === 'delivered') platforms[connector] = { ...traits, ...platforms[connector] }
  return platforms
}

function tellDelivery(record: DeliveryRecord): string {
  const { connector, status, attempts, time, settledAt, reason } = record
  const tries = attempts === 1 ? 'one attempt' : `${attempts} attempts`
  const words = reason === undefined ? '' : `; it said: ${reason}`
  if (record.kind === 'deletion') return tellDeletion(record, `${tries}${words}`)
  switch (status) {
    case 'delivered':
      if (record.kind === 'joining') return `${connector} was told that they are one person${words}`
      return `${connector} has it${settledAt === undefined ? '' : `, ${((settledAt - time) / 1000).toFixed(1)} s after it happened`}, at the ${ordinal(attempts)} attempt`
    case 'pending':
      return attempts === 0 ? `about to go to ${connector}` : `${connector} does not have it yet after ${tries}${words}`
    case 'held':
      return `waits until the person has a name ${connector} knows people by`
    case 'dead':
      return `${connector} does not have it and it was given up after ${tries}${words}`
    case 'expired':
      return `not sent to ${connector}: no longer worth it by the time the person had a name`
    case 'superseded':
      return reason === undefined
        ? `went to ${connector} along with a later write`
        : `not sent to ${connector}: ${reason}`
    default:
      return status satisfies never
  }
}

function tellDeletion({ connector, status, attempts, reason }: DeliveryRecord, tries: string): string {
  if (status === 'delivered') return `${connector} was told to delete them${reason === undefined ? '' : `: ${reason}`}`
  if (status === 'dead') return `${connector} may still have them; it was given up after ${tries}`
  return attempts === 0
    ? `${connector} is about to be told to delete them`
    : `${connector} may still have them after ${tries}`
}

function ordinal(count: number): string {
  return ['first', 'second', 'third'][count - 1] ?? `${count}th`
}

function toChapter(fact: KeptFact): Chapter {
  const at = new Date(fact.at).toISOString()
  switch (fact.kind) {
    case 'moment_fired':
      return { at, what: fact.moment, outcome: 'fired', why: fact.why, told: `${fact.moment} fired` }
    case 'moment_withheld': {
      const told = `${fact.moment} was withheld: ${fact.restraint.replaceAll('_', ' ')}`
      return { at, what: fact.moment, outcome: 'withheld', why: fact.why, restraint: fact.restraint, told }
    }
    case 'level_changed':
      return {
        at,
        what: `Level ${fact.to}`,
        outcome: 'changed',
        why: fact.why,
        told: `Level ${fact.from} → ${fact.to}`,
      }
    case 'sequence_moved': {
      const { name } = fact.run
      return { at, what: name, outcome: 'moved', why: fact.why, told: `Sequence ${name}` }
    }
    case 'merged':
      return { at, what: 'Visits joined', outcome: 'joined', why: fact.why, told: 'Visits joined' }
    case 'deletion_asked':
      return { at, what: 'Deletion', outcome: 'deleted', why: fact.why, told: 'Deletion asked for' }
    default:
      return fact satisfies never
  }
}
