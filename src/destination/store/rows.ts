/** What the store wrote, read back: the JSON columns are our own, so their shape is taken as written. */
import type { Delivery, Traits } from '../../connectors/connector.ts'
import type { KeptFact } from '../engine/fact.ts'
import { initialState, type ProfileState } from '../engine/profile.ts'
import { DELIVERY_STATUSES, type DeliveryRecord, type OutboxLevel, type StoredProfile } from './store.ts'

/** Somebody on several devices who never signed in, or a family: more is a shop's own address at the till. */
export const MOST_SHARING_AN_ADDRESS = 10
const LEVELS = ['pending', 'retry', 'held', 'dead'] as const

export type Row = Readonly<Record<string, unknown>>

export function toProfile(row: Row): StoredProfile {
  return { id: String(row['id']), state: toState(row['state']) }
}

/** With when to look at its timers. */
export function withLook(row: Row): StoredProfile & { readonly lookAt?: number } {
  const at = row['look_at']
  return { ...toProfile(row), ...(at !== null && at !== undefined && { lookAt: Number(at) }) }
}

/** A state written before a member existed gets that member's initial value. */
function toState(json: unknown): ProfileState {
  const stored: ProfileState = JSON.parse(String(json))
  return { ...initialState, ...stored }
}

export function toFact(row: Row): KeptFact {
  const fact: KeptFact = JSON.parse(String(row['body']))
  return fact
}

export function toKind(row: Row): Delivery['kind'] {
  const { kind } = row
  return kind === 'traits' || kind === 'deletion' || kind === 'joining' ? kind : 'event'
}

export function toTraits(row: Row): Traits {
  return JSON.parse(String(row['traits']))
}

export function toLevel(row: Row): OutboxLevel {
  return {
    connector: String(row['connector']),
    kind: toKind(row),
    state: LEVELS.find(state => state === row['state']) ?? 'pending',
    count: Number(row['count']),
    oldest: Number(row['oldest']),
  }
}

export function toRecord(row: Row): DeliveryRecord {
  return {
    id: String(row['id']),
    profileId: String(row['profile_id']),
    connector: String(row['connector']),
    kind: toKind(row),
    traits: toTraits(row),
    status: DELIVERY_STATUSES.find(status => status === row['status']) ?? 'pending',
    attempts: Number(row['attempts']),
    time: Number(row['time']),
    plannedAt: Number(row['planned_at']),
    ...(row['name'] !== null && { name: String(row['name']) }),
    ...(row['properties'] !== null && { properties: JSON.parse(String(row['properties'])) }),
    ...(row['settled_at'] !== null && { settledAt: Number(row['settled_at']) }),
    ...(row['reason'] !== null && { reason: String(row['reason']) }),
  }
}
