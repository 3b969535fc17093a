/** The embedded store, opened to be read only: beside a running service, or on a copy of its folder. */
import { DatabaseSync } from 'node:sqlite'
import { requireSchema } from './migrate.ts'
import { toFact } from './rows.ts'
import { prepareReads } from './sqlite-reads.ts'
import { prepareRecovery } from './sqlite-recovery.ts'
import { DELIVERY_STATUSES, type StoredProfile, type StoreReader } from './store.ts'
import { StoreError } from './store-error.ts'

/**
 * Opens an existing store without changing it. What the service commits meanwhile is seen by the next call.
 *
 * @throws StoreError when there is none, when it cannot be read, or when another version wrote it.
 */
export function openSqliteReader(path: string): StoreReader {
  const db = openReadOnly(path)
  try {
    requireSchema(db)
  } catch (error) {
    db.close()
    throw error
  }
  const { profileOf: _, profileAt: _at, ...reads } = prepareReads(db)
  const recover = prepareRecovery(db)
  /** With what a running service, or one that was killed, has written of them in the journal alone. */
  const current = (found: readonly StoredProfile[]): readonly StoredProfile[] => {
    const latest = new Map(recover().profiles.map(({ profile: { id, state } }) => [id, { id, state }]))
    return found.map(profile => latest.get(profile.id) ?? profile)
  }
  const selectBetween = db.prepare('select profile_id, body from fact where at >= ? and at < ? order by id')
  const selectKeys = db.prepare("select key from identity where profile_id = ? and key not like 'h:%'")
  const selectStatus = db.prepare('select status from outbox where id = ?')
  return {
    ...reads,
    person: async id => {
      const found = await reads.person(id)
      return found && current([found])[0]
    },
    people: async limit => current(await reads.people(limit)),
    statusOf: deliveryId => {
      const found = selectStatus.get(deliveryId)?.['status']
      return DELIVERY_STATUSES.find(status => status === found)
    },
    keysOf: profileId => selectKeys.all(profileId).map(row => String(row['key']).slice(2)),
    factsBetween: function* (from, to) {
      for (const row of selectBetween.iterate(from, to))
        yield { profileId: String(row['profile_id']), fact: toFact(row) }
    },
    close: () => db.close(),
  }
}

function openReadOnly(path: string): DatabaseSync {
  try {
    const db = new DatabaseSync(path, { readOnly: true, timeout: 5_000 })
    // The file is first touched here: one that is no database, or lies where nothing may be created, is found out now.
    db.prepare('pragma user_version').get()
    return db
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new StoreError('unreadable', `the store at ${path} cannot be read: ${why}`, { cause })
  }
}
