/** The part of a commit that concerns profiles: states, identities, timers, facts and the cursor. */
import type { DatabaseSync } from 'node:sqlite'
import type { Commit } from './store.ts'

/** @returns a function that writes inside the caller's transaction. */
export function applyCommit(db: DatabaseSync): (change: Commit) => void {
  const upsertProfile = db.prepare(
    'insert into profile (id, state, email, seen_at) values (?, ?, ?, ?) on conflict (id) do update set state = excluded.state, email = excluded.email, seen_at = excluded.seen_at',
  )
  const upsertIdentity = db.prepare(
    'insert into identity (key, profile_id) values (?, ?) on conflict (key) do update set profile_id = excluded.profile_id',
  )
  const moves = ['identity', 'fact', 'outbox'].map(table =>
    db.prepare(`update ${table} set profile_id = ? where profile_id = ?`),
  )
  const deleteProfile = db.prepare('delete from profile where id = ?')
  const deleteTimers = db.prepare('delete from timer where profile_id = ?')
  const insertTimer = db.prepare('insert into timer (profile_id, key, due) values (?, ?, ?)')
  const insertSeen = db.prepare('insert into seen (message_id, at) values (?, ?) on conflict do nothing')
  const insertFact = db.prepare('insert into fact (profile_id, at, kind, body) values (?, ?, ?, ?)')
  const setMeta = db.prepare(
    'insert into meta (key, value) values (?, ?) on conflict (key) do update set value = excluded.value',
  )

  return ({ position, now, profiles, merges, identities, seen, facts }) => {
    for (const { from, into } of merges) {
      for (const move of moves) move.run(into, from)
      deleteProfile.run(from)
      deleteTimers.run(from)
    }
    for (const { id, state } of profiles) {
      upsertProfile.run(id, JSON.stringify(state), state.known.email ?? null, state.lastSeen)
      // A profile has at most a few timers: writing them all anew keeps the table equal to the state.
      deleteTimers.run(id)
      for (const { key, due } of state.timers) insertTimer.run(id, key, due)
    }
    for (const { key, profileId } of identities) upsertIdentity.run(key, profileId)
    for (const messageId of seen) insertSeen.run(messageId, now)
    for (const { profileId, fact } of facts) insertFact.run(profileId, fact.at, fact.kind, JSON.stringify(fact))
    if (position !== undefined) setMeta.run('cursor', String(position))
  }
}
