/** Which deliveries may be sent next, as SQL that every store understands; and what is handed to whoever sends them. */
import { identifiersOf } from '../plan.ts'
import { type Row, toProfile, toTraits } from './rows.ts'
import type { Leased } from './store.ts'

/** As `outbox_lane` says it and as we mean it: without the first, that index is not used. */
const WAITS = "b.status in ('pending', 'held') and b.status = 'pending'"
const IN_LANE = `from outbox b where b.profile_id = o.profile_id and b.connector = o.connector and ${WAITS}`
/**
 * `o` is the first of its lane: what stands behind it has to wait, but for an event behind traits, which takes them along. Nothing
 * waits for a joining that has failed once.
 */
const IS_FIRST = `not exists (
  select 1 ${IN_LANE} and b.seq < o.seq and not (b.kind = 'joining' and b.attempts > 0)
    and (b.kind <> 'traits' or o.kind = 'traits') and (o.kind <> 'joining' or b.kind = 'joining'))`
export const isHead = (whileHolding: string): string => `(
  o.kind = 'joining' and o.attempts > 0 or ${IS_FIRST} and (o.kind = 'joining' or not exists (
    select 1 ${IN_LANE} and b.kind = 'joining' and b.attempts = 0 ${whileHolding})))`
/** Nor does anything wait longer for one that is due and that the platform lets nobody make, ms. */
export const JOINING_WAITED_FOR_MS = 60_000

/** @param row - of the outbox, with the state of its person as JSON. */
export function toLeased(row: Row): Leased {
  const attempts = Number(row['attempts'])
  const planned = { id: String(row['id']), profileId: String(row['profile_id']), time: Number(row['time']) }
  if (row['kind'] === 'deletion')
    return { delivery: { ...planned, kind: 'deletion', identifiers: JSON.parse(String(row['identifiers'])) }, attempts }
  const { state } = toProfile({ id: row['profile_id'], state: row['state'] })
  const identifiers = identifiersOf(state.known)
  if (row['kind'] === 'joining')
    return {
      delivery: { ...planned, kind: 'joining', identifiers, former: JSON.parse(String(row['identifiers'])) },
      attempts,
    }
  const shared = { ...planned, identifiers, traits: toTraits(row) }
  if (row['kind'] === 'traits') return { delivery: { ...shared, kind: 'traits' }, attempts }
  return {
    delivery: {
      ...shared,
      kind: 'event',
      name: String(row['name']),
      properties: JSON.parse(String(row['properties'])),
    },
    attempts,
  }
}
