/** A commit as it is written. What was decided becomes text here, beside the decisions; the writer only writes. Pure. */
import type { LiveProfiles, Look } from './live-profiles.ts'
import { BYTES_PER_ID, type SeenIds } from './seen-ids.ts'
import type { Commit } from './store.ts'

/** A commit as it is written: states, facts and ids are text and bytes by now, which is what a thread is handed cheaply. */
export interface Rows extends Pick<Commit, 'position' | 'now' | 'merges' | 'identities' | 'deliveries' | 'releases'> {
  /** One more than the last commit's. */
  readonly id: number
  readonly reads: NonNullable<Commit['reads']>
  readonly erasures: NonNullable<Commit['erasures']>
  /** Of whom everything is taken away but that they are to be deleted. */
  readonly forgotten: readonly Forgotten[]
  /** What changed of profiles that are not among `profiles`: JSON, empty when nothing did. */
  readonly journal: string
  /** The first commit whose journal is still needed; absent: none before this one. */
  readonly journalFrom?: number
  readonly profiles: readonly ProfileRow[]
  readonly looks: readonly Look[]
  readonly facts: readonly FactRow[]
  /** Of the messages taken in. */
  readonly hashes: Uint8Array
}

export interface Forgotten {
  readonly profileId: string
  readonly emails: readonly string[]
}

export interface ProfileRow {
  readonly id: string
  readonly state: string
  readonly email: string | null
  readonly seenAt: number
}

export interface FactRow {
  readonly profileId: string
  readonly at: number
  readonly kind: string
  readonly body: string
}

/** Finding out what is still needed looks at every profile that is in the journal alone. */
const COMMITS_PER_TRIM = 32

/** @param change - with whom it forgets. */
export function toRows(
  change: Commit & { readonly forgotten?: readonly Forgotten[] },
  { commit, live, seen }: { readonly commit: number; readonly live: LiveProfiles; readonly seen: SeenIds },
): Rows {
  const { position, now, merges, identities, deliveries, releases, reads = [], erasures = [] } = change
  const { deltas, whole, looks } = live.change(change, commit)
  const journal = deltas.length === 0 ? '' : JSON.stringify(deltas)
  live.lengthen(journal.length)
  const isIdle = change.profiles.length === 0
  const journalFrom = isIdle || commit % COMMITS_PER_TRIM === 0 ? (live.neededFrom() ?? commit) : undefined
  return {
    ...{ id: commit, now, merges, identities, deliveries, releases, reads, erasures, journal, looks },
    ...(position !== undefined && { position }),
    ...(journalFrom !== undefined && { journalFrom }),
    profiles: whole.map(({ id, state }) => ({
      ...{ id, state: JSON.stringify(state), email: state.known.email ?? null, seenAt: state.lastSeen },
    })),
    facts: change.facts.map(({ profileId, fact }) => ({
      ...{ profileId, at: fact.at, kind: fact.kind, body: JSON.stringify(fact) },
    })),
    hashes: take(change.seen, seen),
    forgotten: change.forgotten ?? [],
  }
}

/** @returns the ids' hashes, which are among the seen from now on. */
function take(messageIds: readonly string[], seen: SeenIds): Uint8Array {
  const hashes = new Uint8Array(messageIds.length * BYTES_PER_ID)
  const view = new DataView(hashes.buffer)
  for (const [index, id] of messageIds.entries()) seen.add(id, view, index * BYTES_PER_ID)
  return hashes
}
