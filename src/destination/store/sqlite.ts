/** The embedded store: one SQLite file, every commit on disk before it returns. */
import { DatabaseSync } from 'node:sqlite'
import type { IdentityKey } from '../engine/identity.ts'
import { eventTime } from '../engine/time.ts'
import { TIMER_KEYS } from '../engine/timer.ts'
import { migrate } from './migrate.ts'
import { toFact, toProfile } from './rows.ts'
import { applyCommit } from './sqlite-commit.ts'
import { openOutbox } from './sqlite-outbox.ts'
import type { Commit, DueTimer, Loaded, Store, StoredProfile } from './store.ts'
import { transaction } from './transaction.ts'

/**
 * Opens the store, creating or upgrading its tables.
 *
 * @param path - a file, or `:memory:`.
 * @throws StoreError when the file was written by a newer version, or cannot be opened.
 */
export function openSqliteStore(path: string): Store {
  const db = new DatabaseSync(path, { timeout: 5_000 })
  // FULL: with NORMAL a power cut loses thousands of acknowledged rows.
  db.exec('pragma journal_mode = wal; pragma synchronous = full; pragma wal_autocheckpoint = 1000')
  migrate(db)
  const outbox = openOutbox(db)
  const commit = applyCommit(db)
  const selectCursor = db.prepare('select value from meta where key = ?')
  const selectProfile = db.prepare(
    'select p.id, p.state from identity i join profile p on p.id = i.profile_id where i.key = ?',
  )
  const selectSeen = db.prepare('select 1 from seen where message_id = ?')
  const selectDue = db.prepare(
    'select p.id, p.state, t.key, t.due from timer t join profile p on p.id = t.profile_id where t.due <= ? order by t.due, t.profile_id, t.key limit ?',
  )
  const selectPerson = db.prepare(
    'select id, state from profile where id = ? or email = ? order by seen_at desc limit 1',
  )
  const selectPeople = db.prepare('select id, state from profile order by seen_at desc limit ?')
  const selectFacts = db.prepare('select body from fact where profile_id = ? order by id desc limit ?')

  const profileOf = (key: IdentityKey): StoredProfile | undefined => {
    const row = selectProfile.get(key)
    return row && toProfile(row)
  }

  return {
    ...outbox,
    cursor: () => Number(selectCursor.get('cursor')?.['value'] ?? 0),
    load: async (keys, messageIds): Promise<Loaded> => ({
      profiles: new Map(
        keys.flatMap(key => {
          const profile = profileOf(key)
          return profile ? [[key, profile] as const] : []
        }),
      ),
      seen: new Set(messageIds.filter(id => selectSeen.get(id) !== undefined)),
    }),
    commit: async (change: Commit) =>
      transaction(db, () => {
        commit(change)
        outbox.plan(change)
      }),
    dueTimers: async (now, limit): Promise<readonly DueTimer[]> =>
      selectDue.all(now, limit).flatMap(row => {
        const key = TIMER_KEYS.find(known => known === row['key'])
        return key ? [{ profile: toProfile(row), timer: { key, due: eventTime(Number(row['due'])) } }] : []
      }),
    person: async id => {
      const row = selectPerson.get(id, id.toLowerCase())
      return row ? toProfile(row) : (profileOf(`u:${id}`) ?? profileOf(`a:${id}`))
    },
    people: async limit => selectPeople.all(limit).map(toProfile),
    facts: async (profileId, limit) => selectFacts.all(profileId, limit).map(toFact),
    close: () => db.close(),
  }
}
