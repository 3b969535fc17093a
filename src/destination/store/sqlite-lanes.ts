/** What is done to a lane of the outbox: a delivery joins it, is folded into another, or makes the others wait. */
import type { DatabaseSync } from 'node:sqlite'
import type { Identifiers, Traits } from '../../connectors/connector.ts'
import { deliveryId } from '../plan.ts'
import { type Row, toTraits } from './rows.ts'
import type { Commit, PlannedDelivery } from './store.ts'

export interface Lanes {
  enqueue(delivery: PlannedDelivery, now: number, isLeased: (id: string) => boolean): void
  /** @param joined - what is joined, and from when on. */
  enqueueJoining(
    delivery: PlannedDelivery,
    now: number,
    joined: { readonly names: readonly Identifiers[]; readonly due: number },
  ): void
  /** What is held goes, unless it is no longer worth it. */
  release(lane: Commit['releases'][number], now: number): void
  /** An event that is never sent still owes the traits it carried, but for those that somebody behind it writes anew. */
  handOn(row: Row, now: number): void
  drop(row: Row, now: number): void
  /** Whether somebody asked to delete the person after this delivery was planned. */
  isEnded(row: Row): boolean
  /** Traits that must be tried again go along with the next delivery of their lane, if one waits: true when they do. */
  foldForward(row: Row): boolean
  /** @returns the event with the traits that wait ahead of it, which need not be written by themselves any more. */
  takeAlong(row: Row, now: number): Row
  /** Whatever stands behind this one is due no earlier. */
  waitBehind(row: Row): void
}

export function prepareLanes(db: DatabaseSync): Lanes {
  const insert = db.prepare(`
    insert into outbox (id, profile_id, connector, kind, name, properties, traits, time, held_until, status, due, planned_at, identifiers)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (id) do nothing`)
  const selectWaiting = db.prepare(
    `select seq, id, kind, name, status, attempts, due, traits from outbox
     where profile_id = ? and connector = ? and status in ('pending', 'held') order by seq`,
  )
  const supersede = db.prepare("update outbox set status = 'superseded', settled_at = ? where id = ?")
  const dropRow = db.prepare("update outbox set status = 'superseded', reason = ?, settled_at = ? where id = ?")
  const selectDeletion = db.prepare(
    "select 1 from outbox where profile_id = ? and connector = ? and kind = 'deletion' and seq > ?",
  )
  const grow = db.prepare('update outbox set traits = ?, time = ? where id = ?')
  const setTraits = db.prepare('update outbox set traits = ? where id = ?')
  const postpone = db.prepare(`
    update outbox set due = ?1
    where profile_id = ?2 and connector = ?3 and seq > ?4 and status in ('pending', 'held') and status = 'pending' and due < ?1
      and kind <> 'joining'`)
  const expireRows = db.prepare(`
    update outbox set status = 'expired', settled_at = ?1
    where profile_id = ?2 and connector = ?3 and kind = ?4 and status = 'held' and held_until < ?1 returning *`)
  const releaseRows = db.prepare(
    "update outbox set status = 'pending', due = ? where profile_id = ? and connector = ? and kind = ? and status = 'held'",
  )

  function handOn(row: Row, now: number): void {
    if (row['kind'] !== 'event') return
    const [profileId, connector] = [String(row['profile_id']), String(row['connector'])]
    const traits = selectWaiting
      .all(profileId, connector)
      .filter(({ seq }) => Number(seq) > Number(row['seq']))
      .reduce((left, behind) => without(left, toTraits(behind)), toTraits(row))
    if (Object.keys(traits).length === 0) return
    const id = deliveryId(connector, profileId, `traits of ${row['id']}`)
    insert.run(
      ...[id, profileId, connector, 'traits', null, null, JSON.stringify(traits), Number(row['time'])],
      ...[null, 'pending', now, now, null],
    )
  }

  function drop(row: Row, now: number): void {
    dropRow.run('the person is to be deleted', now, String(row['id']))
  }

  function enqueueDeletion(
    { id, profileId, connector, time, identifiers }: PlannedDelivery,
    now: number,
    isLeased: (id: string) => boolean,
  ): void {
    for (const row of selectWaiting.all(profileId, connector))
      if (row['kind'] !== 'deletion' && !isLeased(String(row['id']))) drop(row, now)
    insert.run(
      ...[id, profileId, connector, 'deletion', null, null, '{}', time],
      ...[null, 'pending', now, now, JSON.stringify(identifiers ?? {})],
    )
  }

  return {
    enqueueJoining({ id, profileId, connector, time }, now, { names, due }) {
      insert.run(
        ...[id, profileId, connector, 'joining', null, null, '{}', time],
        ...[null, 'pending', due, now, JSON.stringify(names)],
      )
    },
    enqueue(delivery, now, isLeased) {
      const { id, profileId, connector, kind, name, properties, time, heldUntil, held } = delivery
      if (kind === 'deletion') {
        enqueueDeletion(delivery, now, isLeased)
        return
      }
      const waiting = selectWaiting.all(profileId, connector)
      const last = waiting.at(-1)
      // By far the most frequent: nothing of it has been told yet, and nothing stands between the two.
      if (kind === 'traits' && last !== undefined && mayGrow(last, { held, isLeased })) {
        grow.run(JSON.stringify({ ...toTraits(last), ...delivery.traits }), time, String(last['id']))
        return
      }
      let older: Traits = {}
      let due = now
      for (const row of waiting) {
        if (String(row['id']) === id) continue
        // Of one moment only the latest waits for a name, not the whole history.
        const outdated =
          row['kind'] === 'traits' || (held && row['status'] === 'held' && row['name'] === (name ?? null))
        if (isLeased(String(row['id'])) || !outdated) {
          // It is sent before this one: what it writes is newer than what stood ahead of it.
          older = without(older, toTraits(row))
          if (row['status'] === 'pending' && row['kind'] !== 'joining') due = Math.max(due, Number(row['due']))
          continue
        }
        older = { ...older, ...toTraits(row) }
        supersede.run(now, String(row['id']))
      }
      const traits = JSON.stringify({ ...older, ...delivery.traits })
      insert.run(
        ...[id, profileId, connector, kind, name ?? null, properties ? JSON.stringify(properties) : null, traits, time],
        ...[heldUntil ?? null, held ? 'held' : 'pending', due, now, null],
      )
    },
    release({ profileId, connector, kind }, now) {
      const expired = expireRows.all(now, profileId, connector, kind)
      releaseRows.run(now, profileId, connector, kind)
      for (const row of expired) handOn(row, now)
    },
    handOn,
    drop,
    isEnded: row =>
      row['kind'] !== 'deletion' &&
      selectDeletion.get(String(row['profile_id']), String(row['connector']), Number(row['seq'])) !== undefined,
    foldForward(row) {
      if (row['kind'] !== 'traits') return false
      const next = selectWaiting
        .all(String(row['profile_id']), String(row['connector']))
        .find(({ seq, status, kind }) => Number(seq) > Number(row['seq']) && status === 'pending' && kind !== 'joining')
      if (next === undefined) return false
      setTraits.run(JSON.stringify({ ...toTraits(row), ...toTraits(next) }), String(next['id']))
      supersede.run(Number(row['due']), String(row['id']))
      return true
    },
    takeAlong(row, now) {
      const ahead = selectWaiting
        .all(String(row['profile_id']), String(row['connector']))
        .filter(
          ({ seq, status, kind }) => kind === 'traits' && Number(seq) < Number(row['seq']) && status === 'pending',
        )
      if (ahead.length === 0) return row
      const traits = JSON.stringify(Object.assign({}, ...[...ahead, row].map(toTraits)))
      setTraits.run(traits, String(row['id']))
      for (const { id } of ahead) supersede.run(now, String(id))
      return { ...row, traits }
    },
    waitBehind(row) {
      if (row['kind'] === 'joining') return
      postpone.run(Number(row['due']), String(row['profile_id']), String(row['connector']), Number(row['seq']))
    },
  }
}

/** Whether traits can join those of this row: it waits as they would, was not tried yet and is not under way. */
function mayGrow(
  row: Row,
  { held, isLeased }: { readonly held: boolean; readonly isLeased: (id: string) => boolean },
): boolean {
  const waitsAlike = row['kind'] === 'traits' && row['status'] === (held ? 'held' : 'pending')
  return waitsAlike && Number(row['attempts']) === 0 && !isLeased(String(row['id']))
}

function without(traits: Traits, written: Traits): Traits {
  return Object.fromEntries(Object.entries(traits).filter(([name]) => !Object.hasOwn(written, name)))
}
