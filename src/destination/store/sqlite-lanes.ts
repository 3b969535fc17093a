/** The outbox's rows in the embedded store, statement by statement. */
import type { DatabaseSync } from 'node:sqlite'
import type { LaneTable } from './lanes.ts'

export function prepareLaneTable(db: DatabaseSync, isLeased: (id: string) => boolean): LaneTable {
  const insert = db.prepare(`
    insert into outbox (id, profile_id, connector, kind, name, properties, traits, time, held_until, status, due, planned_at, identifiers)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (id) do nothing`)
  const selectRow = db.prepare('select * from outbox where id = ?')
  const selectWaiting = db.prepare(
    `select seq, id, kind, name, status, attempts, due, traits from outbox
     where profile_id = ? and connector = ? and status in ('pending', 'held') order by seq`,
  )
  const selectWritten = db.prepare(
    "select id, status, settled_at from outbox where profile_id = ? and connector = ? and kind in ('traits', 'event') and status in ('pending', 'delivered') order by seq",
  )
  const selectDeletion = db.prepare(
    "select 1 from outbox where profile_id = ? and connector = ? and kind = 'deletion' and seq > ?",
  )
  const supersede = db.prepare(
    "update outbox set status = 'superseded', reason = coalesce(?, reason), settled_at = ? where id = ?",
  )
  const setTraits = db.prepare('update outbox set traits = ?, time = coalesce(?, time) where id = ?')
  const explain = db.prepare('update outbox set reason = ? where id = ?')
  const settle = db.prepare(
    "update outbox set status = ?, reason = ?, due = ?, attempts = attempts + max(?, kind = 'joining'), settled_at = ? where id = ?",
  )
  const forgetWhom = db.prepare('update outbox set identifiers = null where id = ?')
  const postpone = db.prepare(`
    update outbox set due = ?1
    where profile_id = ?2 and connector = ?3 and seq > ?4 and status in ('pending', 'held') and status = 'pending' and due < ?1
      and kind <> 'joining'`)
  const expire = db.prepare(`
    update outbox set status = 'expired', settled_at = ?1
    where profile_id = ?2 and connector = ?3 and kind = ?4 and status = 'held' and held_until < ?1 returning *`)
  const release = db.prepare(
    "update outbox set status = 'pending', due = ? where profile_id = ? and connector = ? and kind = ? and status = 'held'",
  )
  return {
    row: id => selectRow.get(id),
    waiting: (profileId, connector) => selectWaiting.all(profileId, connector),
    written: (profileId, connector) => selectWritten.all(profileId, connector),
    hasDeletionBehind: row =>
      selectDeletion.get(String(row['profile_id']), String(row['connector']), Number(row['seq'])) !== undefined,
    isLeased,
    insert: row =>
      void insert.run(
        ...[row.id, row.profileId, row.connector, row.kind, row.name ?? null, row.properties ?? null, row.traits],
        ...[row.time, row.heldUntil ?? null, row.status, row.due, row.plannedAt, row.identifiers ?? null],
      ),
    supersede: (id, now, reason) => void supersede.run(reason ?? null, now, id),
    setTraits: (id, traits, time) => void setTraits.run(traits, time ?? null, id),
    explain: (id, reason) => void explain.run(reason, id),
    settle: (id, { status, reason, due, counted, settledAt }) =>
      void settle.run(status, reason ?? null, due, counted, settledAt ?? null, id),
    forgetWhom: id => void forgetWhom.run(id),
    postponeBehind: (row, due) =>
      void postpone.run(due, String(row['profile_id']), String(row['connector']), Number(row['seq'])),
    expire: ({ profileId, connector, kind }, now) => expire.all(now, profileId, connector, kind),
    release: ({ profileId, connector, kind }, now) => void release.run(now, profileId, connector, kind),
  }
}
