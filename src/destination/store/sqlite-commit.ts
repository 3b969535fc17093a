/** The part of a commit that concerns profiles: rows, journal, identities, times to look, facts and the cursor. */
import type { DatabaseSync } from 'node:sqlite'
import type { Rows } from './commit-rows.ts'
import type { Look } from './live-profiles.ts'

/** @returns a function that writes inside the caller's transaction. */
export function applyCommit(db: DatabaseSync): (rows: Rows) => void {
  const upsertProfile = db.prepare(`
    insert into profile (id, state, email, seen_at, written_in) values (?, ?, ?, ?, ?)
    on conflict (id) do update set
      state = excluded.state, email = excluded.email, seen_at = excluded.seen_at, written_in = excluded.written_in`)
  const upsertIdentity = db.prepare(
    'insert into identity (key, profile_id) values (?, ?) on conflict (key) do update set profile_id = excluded.profile_id',
  )
  const moves = ['identity', 'fact', 'outbox'].map(table =>
    db.prepare(`update ${table} set profile_id = ? where profile_id = ?`),
  )
  const deleteProfile = db.prepare('delete from profile where id = ?')
  const insertJournal = db.prepare('insert into journal (id, changes) values (?, ?)')
  const trimJournal = db.prepare('delete from journal where id < ?')
  const insertHashes = db.prepare('insert into seen_ids (id, at, hashes) values (?, ?, ?)')
  const insertFact = db.prepare('insert into fact (profile_id, at, kind, body) values (?, ?, ?, ?)')
  const setMeta = db.prepare(
    'insert into meta (key, value) values (?, ?) on conflict (key) do update set value = excluded.value',
  )
  const look = prepareLooks(db)

  return ({ id: commit, position, now, profiles, journal, journalFrom, merges, identities, looks, facts, hashes }) => {
    for (const { from, into } of merges) {
      for (const move of moves) move.run(into, from)
      deleteProfile.run(from)
      look([{ profileId: from }])
    }
    for (const { id, state, email, seenAt } of profiles) upsertProfile.run(id, state, email, seenAt, commit)
    look(looks)
    for (const { key, profileId } of identities) upsertIdentity.run(key, profileId)
    if (hashes.length > 0) insertHashes.run(commit, now, hashes)
    for (const { profileId, at, kind, body } of facts) insertFact.run(profileId, at, kind, body)
    if (journal !== '') insertJournal.run(commit, journal)
    if (journalFrom !== undefined) trimJournal.run(journalFrom)
    setMeta.run('commit', String(commit))
    if (position !== undefined) setMeta.run('cursor', String(position))
  }
}

/** @returns a function that writes inside the caller's transaction. */
export function prepareLooks(db: DatabaseSync): (looks: readonly Look[]) => void {
  const upsert = db.prepare(
    'insert into look (profile_id, at) values (?, ?) on conflict (profile_id) do update set at = excluded.at',
  )
  const forget = db.prepare('delete from look where profile_id = ?')
  return looks => {
    for (const { profileId, at } of looks)
      if (at === undefined) forget.run(profileId)
      else upsert.run(profileId, at)
  }
}
