/** What a store must have in memory before it goes on: the profiles whose latest changes are in the journal alone, and the ids. */
import type { DatabaseSync } from 'node:sqlite'
import { initialState } from '../engine/profile.ts'
import { applyDelta, type Delta } from './delta.ts'
import { type Row, withLook } from './rows.ts'
import type { StoredProfile } from './store.ts'

export interface Recovered {
  readonly lastCommit: number
  readonly profiles: readonly {
    readonly profile: StoredProfile & { readonly lookAt?: number }
    /** The first commit that its row does not have. */
    readonly since: number
  }[]
  /** Oldest first. */
  hashes(): Iterable<Uint8Array>
}

/** @returns a function that reads the file as it is now. */
export function prepareRecovery(db: DatabaseSync): () => Recovered {
  const selectCommit = db.prepare("select value from meta where key = 'commit'")
  const selectJournal = db.prepare('select id, changes from journal order by id')
  const selectHashes = db.prepare('select hashes from seen_ids order by id')
  const selectProfile = db.prepare(`
    select p.id, p.state, p.written_in, k.at as look_at from profile p left join look k on k.profile_id = p.id where p.id = ?`)

  return () => {
    const found = new Map<string, { profile: StoredProfile & { lookAt?: number }; since: number }>()
    const writtenIn = new Map<string, number>()
    const rowOf = (id: string): StoredProfile => {
      const row = selectProfile.get(id)
      writtenIn.set(id, Number(row?.['written_in'] ?? 0))
      return row === undefined ? { id, state: initialState } : withLook(row)
    }
    for (const row of selectJournal.iterate()) {
      const commit = Number(row['id'])
      for (const [id, delta] of changesIn(row)) {
        if (delta === null) {
          found.delete(id)
          continue
        }
        const known = found.get(id)
        const profile = known?.profile ?? rowOf(id)
        if (commit <= (writtenIn.get(id) ?? 0)) continue
        found.set(id, {
          profile: { ...profile, state: applyDelta(profile.state, delta) },
          since: known?.since ?? commit,
        })
      }
    }
    return {
      lastCommit: Number(selectCommit.get()?.['value'] ?? 0),
      profiles: [...found.values()],
      hashes: function* () {
        for (const row of selectHashes.iterate()) if (row['hashes'] instanceof Uint8Array) yield row['hashes']
      },
    }
  }
}

function changesIn(row: Row): readonly (readonly [string, Delta | null])[] {
  return JSON.parse(String(row['changes']))
}
