/** The embedded store: one SQLite file, every commit on disk before it returns. */
import { DatabaseSync } from 'node:sqlite'
import { eventTime } from '../engine/time.ts'
import { TIMER_KEYS } from '../engine/timer.ts'
import { migrate } from './migrate.ts'
import { toProfile } from './rows.ts'
import { openBookmarks } from './sqlite-bookmarks.ts'
import { applyCommit } from './sqlite-commit.ts'
import { openOutbox } from './sqlite-outbox.ts'
import { prepareReadings } from './sqlite-readings.ts'
import { prepareReads } from './sqlite-reads.ts'
import type { Commit, DueTimer, Loaded, Store } from './store.ts'
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
  const { profileOf, ...reads } = prepareReads(db)
  const commit = applyCommit(db)
  const { want, ...readings } = prepareReadings(db)
  const selectSeen = db.prepare('select 1 from seen where message_id = ?')
  const selectDue = db.prepare(
    'select p.id, p.state, t.key, t.due from timer t join profile p on p.id = t.profile_id where t.due <= ? order by t.due, t.profile_id, t.key limit ?',
  )

  return {
    ...outbox,
    ...reads,
    ...openBookmarks(db),
    ...readings,
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
        const joinings = outbox.joiningsOf(change)
        commit(change)
        outbox.plan(change, joinings)
        want(change)
      }),
    dueTimers: async (now, limit): Promise<readonly DueTimer[]> =>
      selectDue.all(now, limit).flatMap(row => {
        const key = TIMER_KEYS.find(known => known === row['key'])
        return key ? [{ profile: toProfile(row), timer: { key, due: eventTime(Number(row['due'])) } }] : []
      }),
    close: () => db.close(),
  }
}
