/** What the store wrote, read back: the JSON columns are our own, so their shape is taken as written. */
import type { Delivery, Traits } from '../../connectors/connector.ts'
import type { KeptFact } from '../engine/fact.ts'
import { initialState, type ProfileState } from '../engine/profile.ts'
import type { StoredProfile } from './store.ts'

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
