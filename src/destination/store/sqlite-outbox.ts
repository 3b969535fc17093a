/** The outbox of the embedded store: what may be sent next, and what is under way. Its rules: `lanes.ts`. */
import type { DatabaseSync } from 'node:sqlite'
import { createLanes, type Lanes } from './lanes.ts'
import { isHead, JOINING_WAITED_FOR_MS, toLeased } from './ready.ts'
import type { Row } from './rows.ts'
import { prepareLaneTable } from './sqlite-lanes.ts'
import type { Store } from './store.ts'
import { transaction } from './transaction.ts'

type Outbox = Pick<Store, 'lease' | 'settle' | 'nextDue'> &
  Pick<Lanes, 'plan' | 'joiningsOf'> & { isLeased(id: string): boolean }

/** Nothing of its lane is under way. */
const IS_FREE = 'o.profile_id not in (select value from json_each(?))'

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
  const leased = new Map<string, { readonly connector: string; readonly profileId: string }>()
  const lanes = createLanes(prepareLaneTable(db, id => leased.has(id)))
  /** Whether somebody may have been joined with another since their delivery was leased. */
  let isStale = false
  const selectReady = db.prepare(SELECT_READY)
  const selectDue = db.prepare(SELECT_DUE)
  const selectOwner = db.prepare('select profile_id from outbox where id = ?')

  /** Whose deliveries are under way at a connector, as JSON. */
  function underWay(connector: string): string {
    // Asked of the rows, for a commit that joins people may still have failed.
    if (isStale)
      for (const [id, one] of leased) leased.set(id, { ...one, profileId: String(selectOwner.get(id)?.['profile_id']) })
    isStale = false
    const theirs = [...leased.values()].filter(one => one.connector === connector)
    return JSON.stringify(theirs.map(({ profileId }) => profileId))
  }

  return {
    isLeased: id => leased.has(id),
    joiningsOf: lanes.joiningsOf,
    plan: (change, joinings) => {
      if (change.merges.length > 0) isStale = true
      lanes.plan(change, joinings)
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
        for (const settlement of settlements) lanes.settle(settlement, now)
      })
      for (const { id } of settlements) leased.delete(id)
    },
    nextDue: async (connector, kind) => {
      const due = selectDue.get(connector, kind, underWay(connector))?.['due']
      return due === undefined ? undefined : Number(due)
    },
  }
}
