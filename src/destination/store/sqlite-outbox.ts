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
 *
 * Whatever stands behind a delivery that waits for another try is due no earlier than that. So of what is due, next to
 * nothing has to be passed over because something else must go first.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { Identifiers } from '../../connectors/connector.ts'
import { identifiersOf } from '../plan.ts'
import { type Row, toProfile, toTraits } from './rows.ts'
import { prepareLanes } from './sqlite-lanes.ts'
import type { Commit, Leased, Settlement, Store } from './store.ts'
import { transaction } from './transaction.ts'

type Outbox = Pick<Store, 'lease' | 'settle' | 'nextDue'> & {
  /** Writes a commit's deliveries and releases inside the caller's transaction. */
  plan(change: Planned, joinings: Joinings): void
  /** What of a commit's joinings there is to join, and from when on: asked before its profiles are merged. */
  joiningsOf(change: Planned): Joinings
  isLeased(id: string): boolean
}

type Planned = Pick<Commit, 'now' | 'merges' | 'deliveries' | 'releases'>

/** By the joining's id. */
type Joinings = ReadonlyMap<string, { readonly names: readonly Identifiers[]; readonly due: number }>

/** As `outbox_lane` says it and as we mean it: without the first, that index is not used. */
const WAITS = "b.status in ('pending', 'held') and b.status = 'pending'"
const IN_LANE = `from outbox b where b.profile_id = o.profile_id and b.connector = o.connector and ${WAITS}`
/**
 * The first of its lane: what stands behind it has to wait, but for an event behind traits, which takes them along. Nothing
 * waits for a joining that has failed once.
 */
const IS_FIRST = `not exists (
  select 1 ${IN_LANE} and b.seq < o.seq and not (b.kind = 'joining' and b.attempts > 0)
    and (b.kind <> 'traits' or o.kind = 'traits') and (o.kind <> 'joining' or b.kind = 'joining'))`
const isHead = (whileHolding: string) => `(
  o.kind = 'joining' and o.attempts > 0 or ${IS_FIRST} and (o.kind = 'joining' or not exists (
    select 1 ${IN_LANE} and b.kind = 'joining' and b.attempts = 0 ${whileHolding})))`
/** Nothing of its lane is under way. */
const IS_FREE = 'o.profile_id not in (select value from json_each(?))'
/** Nor does anything wait longer for one that is due and that the platform lets nobody make, ms. */
const JOINING_WAITED_FOR_MS = 60_000

/** Exported for the test that asks how they are run. */
export const SELECT_READY: string = `
  select o.*, p.state from outbox o left join profile p on p.id = o.profile_id
  where o.connector = ? and o.kind = ? and o.status = 'pending' and o.due <= ?
    and (p.id is not null or o.kind = 'deletion') and ${isHead('and b.due > ?')} and ${IS_FREE}
  order by o.due, o.seq limit ?`
export const SELECT_DUE: string = `
  select o.due from outbox o
  where o.connector = ? and o.kind = ? and o.status = 'pending' and ${isHead('')} and ${IS_FREE}
  order by o.due, o.seq limit 1`

export function openOutbox(db: DatabaseSync): Outbox {
  const lanes = prepareLanes(db)
  const leased = new Map<string, { readonly connector: string; readonly profileId: string }>()
  /** Whether somebody may have been joined with another since their delivery was leased. */
  let isStale = false
  const selectReady = db.prepare(SELECT_READY)
  const selectDue = db.prepare(SELECT_DUE)
  const settleRow = db.prepare(
    "update outbox set status = ?, reason = ?, due = ?, attempts = attempts + max(?, kind = 'joining'), settled_at = ? where id = ?",
  )
  const forgetWhom = db.prepare('update outbox set identifiers = null where id = ?')
  const explainRow = db.prepare('update outbox set reason = coalesce(?, reason) where id = ?')
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

  /** Whose deliveries are under way at a connector, as JSON. */
  function underWay(connector: string): string {
    // Asked of the rows, for a commit that joins people may still have failed.
    if (isStale)
      for (const [id, one] of leased) leased.set(id, { ...one, profileId: String(selectRow.get(id)?.['profile_id']) })
    isStale = false
    const theirs = [...leased.values()].filter(one => one.connector === connector)
    return JSON.stringify(theirs.map(({ profileId }) => profileId))
  }

  function settleOne(settlement: Settlement, now: number): void {
    const { id, kind } = settlement
    switch (kind) {
      case 'delivered':
        settleRow.run(kind, settlement.note ?? null, now, 1, now, id)
        forgetWhom.run(id)
        break
      case 'postponed':
        explainRow.run(settlement.reason ?? null, id)
        again(id, now)
        break
      case 'retry':
        settleRow.run('pending', settlement.reason, settlement.at, settlement.counts ? 1 : 0, null, id)
        again(id, now)
        break
      case 'dead': {
        settleRow.run(kind, settlement.reason, now, 1, now, id)
        const row = selectRow.get(id)
        if (row !== undefined && !lanes.isEnded(row)) lanes.handOn(row, now)
        break
      }
      default:
        settlement satisfies never
    }
  }

  function again(id: string, now: number): void {
    const row = selectRow.get(id)
    if (row === undefined) return
    if (lanes.isEnded(row)) lanes.drop(row, now)
    else if (!lanes.foldForward(row)) lanes.waitBehind(row)
  }

  return {
    isLeased: id => leased.has(id),
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
      if (change.merges.length > 0) isStale = true
      for (const delivery of change.deliveries) {
        const joining = joinings.get(delivery.id)
        if (delivery.kind !== 'joining') lanes.enqueue(delivery, change.now, id => leased.has(id))
        else if (joining !== undefined) lanes.enqueueJoining(delivery, change.now, joining)
      }
      for (const release of change.releases) lanes.release(release, change.now)
    },
    lease: async (connector, now, { kinds, limit, least = 1 }) => {
      const ready: Row[] = []
      for (const kind of kinds) {
        const rows = selectReady.all(
          ...[connector, kind, now, now - JOINING_WAITED_FOR_MS, underWay(connector), limit - ready.length],
        )
        // At once, so that nobody is taken twice for having waited with two kinds.
        for (const { id, profile_id: profileId } of rows)
          leased.set(String(id), { connector, profileId: String(profileId) })
        ready.push(...rows)
        if (ready.length >= limit) break
      }
      if (ready.length < least) {
        for (const { id } of ready) leased.delete(String(id))
        return []
      }
      return transaction(db, () => ready.map(row => (row['kind'] === 'event' ? lanes.takeAlong(row, now) : row))).map(
        toLeased,
      )
    },
    settle: async (settlements, now) => {
      transaction(db, () => {
        for (const settlement of settlements) settleOne(settlement, now)
      })
      for (const { id } of settlements) leased.delete(id)
    },
    nextDue: async (connector, kind) => {
      const due = selectDue.get(connector, kind, underWay(connector))?.['due']
      return due === undefined ? undefined : Number(due)
    },
  }
}

function toLeased(row: Row): Leased {
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
