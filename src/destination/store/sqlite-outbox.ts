/**
 * The outbox. A *lane* is one profile at one connector: its deliveries go in order and one at a time.
 *
 * Traits that wait are folded into the next delivery of their lane, the newer value winning. So a burst of changes is
 * one write, and an event never waits behind traits: it takes them along.
 *
 * A joining goes before the writes that wait in its lane, for they will go by the new name; should it fail, it is tried again
 * beside them.
 *
 * A deletion ends its lane: what waits there is dropped, and so is whatever is under way and would have to be tried again.
 */
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import type { Identifiers, Traits } from '../../connectors/connector.ts'
import { deliveryId, identifiersOf } from '../plan.ts'
import { type Row, toProfile, toTraits } from './rows.ts'
import type { Commit, Leased, PlannedDelivery, Store } from './store.ts'
import { transaction } from './transaction.ts'

type Outbox = Pick<Store, 'lease' | 'settle' | 'nextDue'> & {
  /** Writes a commit's deliveries and releases inside the caller's transaction. */
  plan(change: Commit, joinings: Joinings): void
  /** What of a commit's joinings there is to join, and from when on: asked before its profiles are merged. */
  joiningsOf(change: Commit): Joinings
}

/** By the joining's id. */
type Joinings = ReadonlyMap<string, { readonly names: readonly Identifiers[]; readonly due: number }>

/** The first of its lane: what stands behind it has to wait. Nothing waits for a joining that has failed once. */
const IS_HEAD = `(o.kind = 'joining' and o.attempts > 0 or not exists (
  select 1 from outbox b where b.profile_id = o.profile_id and b.connector = o.connector and b.status = 'pending'
    and not (b.kind = 'joining' and b.attempts > 0) and (b.kind <> 'joining', b.seq) < (o.kind <> 'joining', o.seq)))`
/** Nothing of its lane is under way; asked of the rows, for a lane may have been joined to another since it was leased. */
const IS_FREE = `not exists (
  select 1 from json_each(?) l join outbox b on b.id = l.value where b.profile_id = o.profile_id and b.connector = o.connector)`

export function openOutbox(db: DatabaseSync): Outbox {
  const lanes = prepareLanes(db)
  const leased = new Set<string>()
  const selectReady = db.prepare(`
    select o.*, p.state from outbox o left join profile p on p.id = o.profile_id
    where o.connector = ? and o.status = 'pending' and o.due <= ? and (p.id is not null or o.kind = 'deletion')
      and ${IS_HEAD} and ${IS_FREE}
    order by o.kind = 'traits', o.seq limit ?`)
  const selectDue = db.prepare(`
    select min(o.due) as due from outbox o
    where o.connector = ? and o.status = 'pending' and ${IS_HEAD} and ${IS_FREE}`)
  const settleRow = db.prepare(
    'update outbox set status = ?, reason = ?, due = ?, attempts = attempts + 1, settled_at = ? where id = ?',
  )
  const forgetWhom = db.prepare('update outbox set identifiers = null where id = ?')
  const selectRow = db.prepare('select * from outbox where id = ?')
  const selectWritten = db.prepare(
    "select id, status, settled_at from outbox where profile_id = ? and connector = ? and kind in ('traits', 'event') and status in ('pending', 'delivered') order by seq",
  )

  /** @returns when the first write of a profile was made; now, if it is under way; undefined: none was. */
  function writtenAt(profileId: string, connector: string, now: number): number | undefined {
    const times = selectWritten
      .all(profileId, connector)
      .flatMap(row =>
        row['status'] === 'delivered' ? [Number(row['settled_at'])] : leased.has(String(row['id'])) ? [now] : [],
      )
    return times.length === 0 ? undefined : Math.min(...times)
  }

  return {
    joiningsOf: ({ deliveries, now }) =>
      new Map(
        deliveries.flatMap(({ id, connector, joining }) => {
          const written = (joining?.former ?? []).flatMap(({ profileId, names }) => {
            const at = writtenAt(profileId, connector, now)
            return at === undefined ? [] : [{ at, names }]
          })
          if (joining === undefined || written.length === 0) return []
          const due = Math.max(now, ...written.map(({ at }) => at + joining.settleMs))
          return [[id, { names: written.flatMap(({ names }) => names), due }] as const]
        }),
      ),
    plan: (change, joinings) => {
      for (const delivery of change.deliveries) {
        const joining = joinings.get(delivery.id)
        if (delivery.kind !== 'joining') lanes.enqueue(delivery, change.now, id => leased.has(id))
        else if (joining !== undefined) lanes.enqueueJoining(delivery, change.now, joining)
      }
      for (const release of change.releases) lanes.release(release, change.now)
    },
    lease: async (connector, now, limit) => {
      const taken = selectReady.all(connector, now, JSON.stringify([...leased]), limit).map(toLeased)
      for (const { delivery } of taken) leased.add(delivery.id)
      return taken
    },
    settle: async (settlements, now) => {
      transaction(db, () => {
        for (const settlement of settlements) {
          const { id, kind } = settlement
          const again = settlement.kind === 'retry'
          const reason = settlement.kind === 'delivered' ? (settlement.note ?? null) : settlement.reason
          settleRow.run(again ? 'pending' : kind, reason, again ? settlement.at : now, again ? null : now, id)
          if (kind === 'delivered') forgetWhom.run(id)
          const row = kind === 'delivered' ? undefined : selectRow.get(id)
          if (row === undefined || row['kind'] === 'deletion') continue
          if (lanes.isEnded(row)) {
            if (again) lanes.drop(row, now)
          } else if (row['kind'] === 'joining') continue
          else if (again) lanes.foldForward(row)
          else lanes.handOn(row, now)
        }
      })
      for (const { id } of settlements) leased.delete(id)
    },
    nextDue: async connector => {
      const due = selectDue.get(connector, JSON.stringify([...leased]))?.['due']
      return due === null || due === undefined ? undefined : Number(due)
    },
  }
}

function prepareLanes(db: DatabaseSync) {
  const insert = db.prepare(`
    insert into outbox (id, profile_id, connector, kind, name, properties, traits, time, held_until, status, due, planned_at, identifiers)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (id) do nothing`)
  const selectWaiting = db.prepare(
    "select * from outbox where profile_id = ? and connector = ? and status in ('pending', 'held') order by seq",
  )
  const supersede = db.prepare("update outbox set status = 'superseded', settled_at = ? where id = ?")
  const dropRow = db.prepare("update outbox set status = 'superseded', reason = ?, settled_at = ? where id = ?")
  const selectDeletion = db.prepare(
    "select 1 from outbox where profile_id = ? and connector = ? and kind = 'deletion' and seq > ?",
  )
  const setTraits = db.prepare('update outbox set traits = ? where id = ?')
  const expireRows = db.prepare(`
    update outbox set status = 'expired', settled_at = ?1
    where profile_id = ?2 and connector = ?3 and kind = ?4 and status = 'held' and held_until < ?1 returning *`)
  const releaseRows = db.prepare(
    "update outbox set status = 'pending', due = ? where profile_id = ? and connector = ? and kind = ? and status = 'held'",
  )

  /** An event that is never sent still owes the traits it carried, but for those that somebody behind it writes anew. */
  function handOn(row: Row, now: number): void {
    if (row['kind'] === 'traits') return
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
    enqueueJoining(
      { id, profileId, connector, time }: PlannedDelivery,
      now: number,
      { names, due }: { readonly names: readonly Identifiers[]; readonly due: number },
    ): void {
      insert.run(
        ...[id, profileId, connector, 'joining', null, null, '{}', time],
        ...[null, 'pending', due, now, JSON.stringify(names)],
      )
    },
    enqueue(delivery: PlannedDelivery, now: number, isLeased: (id: string) => boolean): void {
      const { id, profileId, connector, kind, name, properties, time, heldUntil, held } = delivery
      if (kind === 'deletion') {
        enqueueDeletion(delivery, now, isLeased)
        return
      }
      let older: Traits = {}
      for (const row of selectWaiting.all(profileId, connector)) {
        if (String(row['id']) === id) continue
        // Of one moment only the latest waits for a name, not the whole history.
        const outdated =
          row['kind'] === 'traits' || (held && row['status'] === 'held' && row['name'] === (name ?? null))
        if (isLeased(String(row['id'])) || !outdated) {
          // It is sent before this one: what it writes is newer than what stood ahead of it.
          older = without(older, toTraits(row))
          continue
        }
        older = { ...older, ...toTraits(row) }
        supersede.run(now, String(row['id']))
      }
      const traits = JSON.stringify({ ...older, ...delivery.traits })
      insert.run(
        ...[id, profileId, connector, kind, name ?? null, properties ? JSON.stringify(properties) : null, traits, time],
        ...[heldUntil ?? null, held ? 'held' : 'pending', now, now, null],
      )
    },
    release({ profileId, connector, kind }: Commit['releases'][number], now: number): void {
      const expired = expireRows.all(now, profileId, connector, kind)
      releaseRows.run(now, profileId, connector, kind)
      for (const row of expired) handOn(row, now)
    },
    handOn,
    drop,
    /** Whether somebody asked to delete the person after this delivery was planned. */
    isEnded: (row: Row): boolean =>
      selectDeletion.get(String(row['profile_id']), String(row['connector']), Number(row['seq'])) !== undefined,
    /** Traits that must be tried again go along with the next delivery of their lane, if one waits. */
    foldForward(row: Row): void {
      if (row['kind'] !== 'traits') return
      const next = selectWaiting
        .all(String(row['profile_id']), String(row['connector']))
        .find(({ seq, status, kind }) => Number(seq) > Number(row['seq']) && status === 'pending' && kind !== 'joining')
      if (next === undefined) return
      setTraits.run(JSON.stringify({ ...toTraits(row), ...toTraits(next) }), String(next['id']))
      supersede.run(Number(row['due']), String(row['id']))
    },
  }
}

function without(traits: Traits, written: Traits): Traits {
  return Object.fromEntries(Object.entries(traits).filter(([name]) => !Object.hasOwn(written, name)))
}

function toLeased(row: Record<string, SQLOutputValue>): Leased {
  const attempts = Number(row['attempts'])
  const planned = { id: String(row['id']), profileId: String(row['profile_id']), time: Number(row['time']) }
  if (row['kind'] === 'deletion')
    return { delivery: { ...planned, kind: 'deletion', identifiers: JSON.parse(String(row['identifiers'])) }, attempts }
  const { state } = toProfile({ id: row['profile_id'], state: row['state'] })
  const identifiers = identifiersOf(state.known)
  if (row['kind'] === 'joining')
    return {
      delivery: { ...planned, kind: 'joining', identifiers, former: JSON.parse(String(row['identifiers'])) },
      attempts,
    }
  const shared = { ...planned, identifiers, traits: toTraits(row) }
  if (row['kind'] === 'traits') return { delivery: { ...shared, kind: 'traits' }, attempts }
  return {
    delivery: {
      ...shared,
      kind: 'event',
      name: String(row['name']),
      properties: JSON.parse(String(row['properties'])),
    },
    attempts,
  }
}
