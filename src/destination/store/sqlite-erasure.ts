/**
 * Forgetting somebody. What is left is that there was somebody to delete, found by a hash of each name, so that a late
 * message of theirs is still known to be; and the deletions at the platforms, each without its names once it is made.
 */
import { createHmac, randomBytes } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import type { Forgotten } from './commit-rows.ts'
import type { Erasure, Store, WantedErasure } from './store.ts'
import { transaction } from './transaction.ts'

type Erasures = Pick<Store, 'nextErasure' | 'keepErasure' | 'endErasure' | 'pendingErasures'> & {
  /** Writes a commit's erasures inside the caller's transaction. */
  want(change: { readonly erasures: readonly WantedErasure[]; readonly now: number }): void
  /** Takes away what is kept of these profiles, inside the caller's transaction; what is under way at a platform stays. */
  forget(profiles: readonly Forgotten[], isLeased: (id: string) => boolean): void
}

const HASHED = 'h:'

/** The salt is made with the store and never leaves it: a hash says nothing without it. */
export function prepareHash(db: DatabaseSync): (key: string) => string {
  const salt = saltIn(db)
  return key => HASHED + createHmac('sha256', salt).update(key).digest('base64url')
}

function saltIn(db: DatabaseSync): string {
  return String(db.prepare("select value from meta where key = 'salt'").get()?.['value'] ?? '')
}

/** For hashes that need not be secret by themselves, only unforeseen. */
export function seedOf(db: DatabaseSync): string {
  return createHmac('sha256', saltIn(db)).update('seed').digest('hex').slice(0, 16)
}

export function makeSalt(db: DatabaseSync): void {
  db.prepare("insert into meta (key, value) values ('salt', ?) on conflict do nothing").run(
    randomBytes(32).toString('hex'),
  )
}

export function prepareErasures(db: DatabaseSync): Erasures {
  const hash = prepareHash(db)
  const insert = db.prepare('insert into erasure (profile_id, asked_at, names, reached, last) values (?, ?, ?, ?, ?)')
  const selectNext = db.prepare('select * from erasure order by id limit 1')
  const count = db.prepare('select count(*) as n from erasure where profile_id = ?1 or ?1 is null')
  const keep = db.prepare('update erasure set names = ?, reached = ? where id = ?')
  const end = db.prepare('delete from erasure where id = ?')
  const selectKeys = db.prepare("select key from identity where profile_id = ? and key not like 'h:%'")
  const deleteKey = db.prepare('delete from identity where key = ?')
  const insertKey = db.prepare(
    'insert into identity (key, profile_id) values (?, ?) on conflict (key) do update set profile_id = excluded.profile_id',
  )
  // That they asked says nothing of who they were, and is the proof that they did.
  const deleteFacts = db.prepare("delete from fact where profile_id = ? and kind <> 'deletion_asked'")
  const deleteReading = db.prepare('delete from reading where profile_id = ?')
  const selectWrites = db.prepare("select id from outbox where profile_id = ? and kind <> 'deletion'")
  const deleteWrite = db.prepare('delete from outbox where id = ?')

  const keysOf = (profileId: string) => selectKeys.all(profileId).map(row => String(row['key']))

  return {
    want: ({ erasures, now }) => {
      for (const { profileId, names, after, last } of erasures)
        insert.run(profileId, now, names === undefined ? null : JSON.stringify(names), after, last)
    },
    nextErasure: async (): Promise<Erasure | undefined> => {
      const row = selectNext.get()
      if (row === undefined) return undefined
      const profileId = String(row['profile_id'])
      const known: readonly string[] = row['names'] === null ? [] : JSON.parse(String(row['names']))
      const names = [...new Set([...known, ...keysOf(profileId).map(key => key.slice(2))])]
      return { id: Number(row['id']), profileId, names, reached: Number(row['reached']), last: Number(row['last']) }
    },
    keepErasure: async ({ id, names, reached }) => void keep.run(JSON.stringify(names), reached, id),
    endErasure: async id => {
      end.run(id)
      // Freed pages are given back, and what was written ahead is moved into the file: neither keeps what was there.
      db.exec('pragma incremental_vacuum')
      db.exec('pragma wal_checkpoint(truncate)')
    },
    pendingErasures: async profileId => Number(count.get(profileId ?? null)?.['n']),
    forget: (profiles, isLeased) => {
      for (const { profileId, emails } of profiles) {
        for (const key of [...keysOf(profileId), ...emails.map(email => `e:${email}`)]) {
          deleteKey.run(key)
          insertKey.run(hash(key), profileId)
        }
        deleteFacts.run(profileId)
        deleteReading.run(profileId)
        for (const { id } of selectWrites.all(profileId)) if (!isLeased(String(id))) deleteWrite.run(String(id))
      }
    },
  }
}

/** Runs `work` so that what it frees does not stay in the file. */
export function erasing<Result>(db: DatabaseSync, work: () => Result): Result {
  db.exec('pragma secure_delete = on')
  try {
    return transaction(db, work)
  } finally {
    db.exec('pragma secure_delete = fast')
  }
}
