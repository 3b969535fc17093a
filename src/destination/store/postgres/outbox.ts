/**
 * The outbox in Postgres: shared out among the processes, each of which takes what no other has. Whoever changes a lane
 * has its person's row locked; rows are locked in the order of their ids, so that nobody waits for each other in a circle.
 */
import { createLanes } from '../lanes.ts'
import { isHead, JOINING_WAITED_FOR_MS, toLeased } from '../ready.ts'
import type { Row } from '../rows.ts'
import type { Settlement, Store } from '../store.ts'
import { loadLanes } from './lane-table.ts'
import type { Database, Session } from './pool.ts'
import { IS_LEASED, type Replica } from './replica.ts'

type Outbox = Pick<Store, 'lease' | 'settle' | 'nextDue'>

/** What the shared conditions call `outbox` stands in our schema. */
const HEAD = (whileHolding: string) => isHead(whileHolding).replaceAll('from outbox b', 'from inkling.outbox b')
/** Nothing of its lane is under way. */
const IS_FREE = `not exists (
  select 1 from inkling.outbox l where l.profile_id = o.profile_id and l.connector = o.connector
    and ${IS_LEASED.replaceAll('o.leased_by', 'l.leased_by')})`
const IS_READY = `o.connector = $1 and o.kind = $2 and o.status = 'pending' and o.due <= $3
  and ${HEAD('and b.due > $4')} and ${IS_FREE}`
/** Locks whom it finds, but those that somebody else has locked: they are taken the next time. */
const TAKE_PEOPLE = `
  select p.id, p.state from inkling.profile p where p.id in (
    select o.profile_id from inkling.outbox o where ${IS_READY} order by o.due, o.seq limit $5)
  order by p.id for update skip locked`
/** A deletion may be of somebody whose profile is gone. */
const TAKE_READY = `
  select o.* from inkling.outbox o
  where ${IS_READY} and (o.profile_id = any($6) or o.kind = 'deletion' and not exists (
    select 1 from inkling.profile p where p.id = o.profile_id))
  order by o.due, o.seq limit $5 for update of o skip locked`
const SELECT_DUE = `
  select o.due from inkling.outbox o
  where o.connector = $1 and o.kind = $2 and o.status = 'pending' and ${HEAD('')} and ${IS_FREE}
  order by o.due, o.seq limit 1`

export function createOutbox(database: Database, replica: Pick<Replica, 'id'>): Outbox {
  /** Of one kind, locked. */
  const take = async (session: Session, values: readonly unknown[]): Promise<readonly Row[]> => {
    const people = await session.query(TAKE_PEOPLE, values)
    const states = new Map(people.rows.map(({ id, state }) => [String(id), state]))
    const { rows } = await session.query(TAKE_READY, [...values, [...states.keys()]])
    return rows.map(row => ({ ...row, state: states.get(String(row['profile_id'])) ?? '{}' }))
  }
  return {
    lease: async (connector, now, { kinds, limit, least = 1 }) =>
      database.transaction(async session => {
        const ready: Row[] = []
        const lanes = new Set<unknown>()
        for (const kind of kinds) {
          const left = limit - ready.length
          const rows = await take(session, [connector, kind, now, now - JOINING_WAITED_FOR_MS, left])
          // Nobody is taken twice for having waited with two kinds.
          for (const row of rows) {
            if (lanes.has(row['profile_id'])) continue
            lanes.add(row['profile_id'])
            ready.push(row)
          }
          if (ready.length >= limit) break
        }
        if (ready.length === 0 || ready.length < least) return []
        const table = await loadLanes(session, [...new Set(ready.map(row => String(row['profile_id'])))])
        const { takeAlong } = createLanes(table)
        const taken = ready.map(row => (row['kind'] === 'event' ? takeAlong(row, now) : row))
        for (const { id } of taken) table.lease(String(id), replica.id)
        await table.flush(session)
        return taken.map(toLeased)
      }),
    settle: async (settlements, now) =>
      database.transaction(async session => {
        const ids = settlements.map(({ id }) => id)
        const people = await lockPeopleOf(session, ids)
        const { rows } = await session.query(
          // What somebody else has taken over meanwhile is theirs to settle.
          `select o.id from inkling.outbox o
           where o.id = any($1) and o.status = 'pending' and (o.leased_by = $2 or not ${IS_LEASED})`,
          [ids, replica.id],
        )
        const ours = new Set(rows.map(({ id }) => String(id)))
        const table = await loadLanes(session, people)
        const lanes = createLanes(table)
        for (const settlement of settlements) {
          if (!ours.has(settlement.id)) continue
          lanes.settle(settlement, now)
          table.free(settlement.id)
        }
        await table.flush(session)
      }),
    nextDue: async (connector, kind) => {
      const { rows } = await database.query(SELECT_DUE, [connector, kind])
      return rows[0] === undefined ? undefined : Number(rows[0]['due'])
    },
  }
}

/** @returns whose the deliveries are; their rows are locked. Whoever is joined with another meanwhile is locked as that one. */
async function lockPeopleOf(session: Session, ids: readonly Settlement['id'][]): Promise<readonly string[]> {
  const locked = new Set<string>()
  while (true) {
    const { rows } = await session.query('select distinct profile_id from inkling.outbox where id = any($1)', [ids])
    const missing = rows.map(row => String(row['profile_id'])).filter(id => !locked.has(id))
    if (missing.length === 0) return [...locked]
    await session.query('select id from inkling.profile where id = any($1) order by id for update', [missing])
    for (const id of missing) locked.add(id)
  }
}
