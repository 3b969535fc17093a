/** Everything that changes the embedded store's file: served by a thread of its own, or by the caller's in tests. */
import type { DatabaseSync } from 'node:sqlite'
import type { Rows } from './commit-rows.ts'
import type { Look } from './live-profiles.ts'
import { prepareBookmarks } from './sqlite-bookmarks.ts'
import { applyCommit, prepareLooks } from './sqlite-commit.ts'
import { prepareDeadLetters } from './sqlite-dead-letters.ts'
import { erasing, prepareErasures } from './sqlite-erasure.ts'
import { openOutbox } from './sqlite-outbox.ts'
import { prepareReadings } from './sqlite-readings.ts'
import { prepareRetention } from './sqlite-retention.ts'
import type { Store } from './store.ts'
import { transaction } from './transaction.ts'

export interface Writer
  extends Pick<
    Store,
    | 'lease'
    | 'settle'
    | 'nextDue'
    | 'dueRead'
    | 'nextRead'
    | 'settleRead'
    | 'bookmark'
    | 'keepBookmark'
    | 'retryDead'
    | 'discardDead'
    | 'retain'
    | 'nextErasure'
    | 'keepErasure'
    | 'endErasure'
    | 'pendingErasures'
  > {
  /** In order: after one that failed, none is taken until `resume`. */
  commit(rows: Rows): Promise<void>
  /** The number of the last commit that is on disk: the next has one more. */
  resume(): Promise<number>
  look(looks: readonly Look[]): Promise<void>
  close(): Promise<void>
}

/** By name, as a thread serves them. */
export const WRITER_METHODS: readonly (keyof Writer)[] = [
  'commit',
  'resume',
  'look',
  'lease',
  'settle',
  'nextDue',
  'dueRead',
  'nextRead',
  'settleRead',
  'bookmark',
  'keepBookmark',
  'retryDead',
  'discardDead',
  'retain',
  'nextErasure',
  'keepErasure',
  'endErasure',
  'pendingErasures',
  'close',
]

/** Rows of one commit lie all over the file: with the 2 MB it has by default, nearly each page was read anew. */
const CACHE_KB = 65_536

export function openWriter(db: DatabaseSync): Writer {
  db.exec(`pragma cache_size = -${CACHE_KB}`)
  const outbox = openOutbox(db)
  const apply = applyCommit(db)
  const lookAt = prepareLooks(db)
  const { want, ...readings } = prepareReadings(db)
  const { plan, joiningsOf, isLeased, ...deliveries } = outbox
  const { want: wantErased, forget, ...erasures } = prepareErasures(db)
  const { grown, ...retention } = prepareRetention(db)
  const selectCommit = db.prepare("select value from meta where key = 'commit'")
  const lastOnDisk = () => Number(selectCommit.get()?.['value'] ?? 0)
  let last = lastOnDisk()
  return {
    ...deliveries,
    ...readings,
    ...erasures,
    ...retention,
    ...prepareBookmarks(db),
    ...prepareDeadLetters(db),
    commit: async rows => {
      // Decided on what the one before it would have written.
      if (rows.id !== last + 1) throw new Error('the commit before this one has failed')
      const inTransaction = rows.forgotten.length > 0 ? erasing : transaction
      inTransaction(db, () => {
        const joinings = joiningsOf(rows)
        apply(rows)
        plan(rows, joinings)
        want(rows)
        wantErased(rows)
        forget(rows.forgotten, isLeased)
      })
      last = rows.id
      grown(rows.hashes.length)
    },
    resume: async () => {
      last = lastOnDisk()
      return last
    },
    look: async looks => transaction(db, () => lookAt(looks)),
    close: async () => db.close(),
  }
}
