/** A profile's story in plain words: what was decided, why or why not, and what was sent. Pure. */
import type { Identifiers, Traits } from '../connectors/connector.ts'
import type { KeptFact } from './engine/fact.ts'
import type { Policy } from './engine/policy.ts'
import { pointsAt, scoreOf } from './engine/score.ts'
import { eventTime } from './engine/time.ts'
import { identifiersOf } from './plan.ts'
import type { DeliveryRecord, StoredProfile } from './store/store.ts'

export interface Chapter {
  readonly at: string
  readonly what: string
  readonly outcome: 'fired' | 'withheld' | 'changed' | 'joined'
  readonly why: string
  /** Why it did not fire, as a word: capped, stale, unconfirmed… */
  readonly restraint?: string
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
  const traits = Object.entries(state.written).map(([name, value]) => [policy.traits.prefix + name, value])
  return {
    id,
    identifiers: identifiersOf(state.known),
    score: Math.round(scoreOf(pointsAt(state.balance, eventTime(now), policy.score), policy.score)),
    level: state.level,
    last_seen: new Date(state.lastSeen).toISOString(),
    traits: Object.fromEntries(traits),
    story: facts.map(toChapter),
    deliveries: deliveries.map(toDeliveryView),
  }
}

export function toDeliveryView({ time, plannedAt, settledAt, ...delivery }: DeliveryRecord): DeliveryView {
  return {
    ...delivery,
    at: new Date(time).toISOString(),
    plannedAt: new Date(plannedAt).toISOString(),
    ...(delivery.status === 'delivered' &&
      settledAt !== undefined && { deliveredAt: new Date(settledAt).toISOString() }),
  }
}

function toChapter(fact: KeptFact): Chapter {
  const at = new Date(fact.at).toISOString()
  switch (fact.kind) {
    case 'moment_fired':
      return { at, what: fact.moment, outcome: 'fired', why: fact.why }
    case 'moment_withheld':
      return { at, what: fact.moment, outcome: 'withheld', why: fact.why, restraint: fact.restraint }
    case 'level_changed':
      return { at, what: `Level ${fact.to}`, outcome: 'changed', why: fact.why }
    case 'merged':
      return { at, what: 'Visits joined', outcome: 'joined', why: fact.why }
    default:
      return fact satisfies never
  }
}
