/**
 * Lanes of the outbox, read at once, changed in memory by the rules and written back at once: however many deliveries a
 * commit has, it costs three statements. Their people are locked by whoever calls.
 */
import type { LaneTable, NewRow } from '../lanes.ts'
import type { Row } from '../rows.ts'
import { asJson, type Session } from './pool.ts'
import { IS_LEASED } from './replica.ts'

export interface LoadedLanes extends LaneTable {
  /** What stood in one person's lanes stands in another's. The rows themselves are moved by the caller. */
  move(from: string, into: string): void
  /** Taken by this process. */
  lease(id: string, replica: string): void
  /** Taken by nobody. */
  free(id: string): void
  /** Writes back what was changed. */
  flush(session: Session): Promise<void>
}

type Changing = { -readonly [Column in keyof Row]: Row[Column] }

/** What the rules may change. */
const COLUMNS = 'status, traits, time, due, attempts, reason, settled_at, identifiers, leased_by'
const TYPES =
  'status text, traits text, time bigint, due bigint, attempts integer, reason text, settled_at bigint, identifiers text, leased_by text'
const NEW_COLUMNS =
  'id, profile_id, connector, kind, name, properties, traits, time, held_until, status, due, planned_at, settled_at, reason, identifiers'
const NEW_TYPES =
  'id text, profile_id text, connector text, kind text, name text, properties text, traits text, time bigint, held_until bigint, status text, due bigint, planned_at bigint, settled_at bigint, reason text, identifiers text'

/**
 * @param profileIds - whose lanes.
 * @param withWritten - also what was delivered of these.
 */
export async function loadLanes(
  session: Session,
  profileIds: readonly string[],
  withWritten: readonly string[] = [],
): Promise<LoadedLanes> {
  const { rows } =
    profileIds.length + withWritten.length === 0
      ? { rows: [] }
      : await session.query(
          `select o.*, ${IS_LEASED} as leased from inkling.outbox o
           where o.profile_id = any($1) and (o.status in ('pending', 'held') or o.kind = 'deletion')
             or o.profile_id = any($2) and o.kind in ('traits', 'event') and o.status = 'delivered'
           order by o.seq`,
          [profileIds, withWritten],
        )
  return laneTable(rows)
}

function laneTable(found: readonly Row[]): LoadedLanes {
  const byId = new Map<string, Changing>()
  const lanes = new Map<string, Changing[]>()
  const changed = new Set<Changing>()
  const inserted: Changing[] = []
  let next = 0
  const keyOf = (profileId: unknown, connector: unknown) => JSON.stringify([profileId, connector])
  const add = (row: Changing) => {
    byId.set(String(row['id']), row)
    const key = keyOf(row['profile_id'], row['connector'])
    const lane = lanes.get(key)
    if (lane === undefined) lanes.set(key, [row])
    else lane.push(row)
    next = Math.max(next, Number(row['seq']))
  }
  for (const row of found) add({ ...row })
  const lane = (profileId: string, connector: string) => lanes.get(keyOf(profileId, connector)) ?? []
  const laneOf = (row: Row) => lane(String(row['profile_id']), String(row['connector']))
  const change = (row: Changing | undefined, to: Row) => {
    if (row === undefined) return
    Object.assign(row, to)
    changed.add(row)
  }
  const waits = ({ status }: Row) => status === 'pending' || status === 'held'

  return {
    row: id => byId.get(id),
    waiting: (profileId, connector) => lane(profileId, connector).filter(waits),
    written: (profileId, connector) =>
      lane(profileId, connector).filter(
        ({ kind, status }) =>
          (kind === 'traits' || kind === 'event') && (status === 'pending' || status === 'delivered'),
      ),
    hasDeletionBehind: row =>
      laneOf(row).some(({ kind, seq }) => kind === 'deletion' && Number(seq) > Number(row['seq'])),
    isLeased: id => byId.get(id)?.['leased'] === true,
    insert: row => {
      if (byId.has(row.id)) return
      const made = rowOf(row, next + 1)
      inserted.push(made)
      add(made)
    },
    supersede: (id, now, reason) =>
      change(byId.get(id), { status: 'superseded', settled_at: now, ...(reason !== undefined && { reason }) }),
    setTraits: (id, traits, time) => change(byId.get(id), { traits, ...(time !== undefined && { time }) }),
    explain: (id, reason) => change(byId.get(id), { reason }),
    settle: (id, { status, reason = null, due, counted, settledAt = null }) => {
      const row = byId.get(id)
      const attempts = Number(row?.['attempts']) + (row?.['kind'] === 'joining' ? 1 : counted)
      change(row, { status, reason, due, attempts, settled_at: settledAt })
    },
    forgetWhom: id => change(byId.get(id), { identifiers: null }),
    postponeBehind: (row, due) => {
      for (const one of laneOf(row))
        if (
          Number(one['seq']) > Number(row['seq']) &&
          one['status'] === 'pending' &&
          Number(one['due']) < due &&
          one['kind'] !== 'joining'
        )
          change(one, { due })
    },
    expire: ({ profileId, connector, kind }, now) => {
      const expired = lane(profileId, connector).filter(
        row => row['kind'] === kind && row['status'] === 'held' && isPast(row['held_until'], now),
      )
      for (const row of expired) change(row, { status: 'expired', settled_at: now })
      return expired
    },
    release: ({ profileId, connector, kind }, now) => {
      for (const row of lane(profileId, connector))
        if (row['kind'] === kind && row['status'] === 'held') change(row, { status: 'pending', due: now })
    },
    lease: (id, replica) => change(byId.get(id), { leased_by: replica }),
    free: id => change(byId.get(id), { leased_by: null }),
    move: (from, into) => {
      for (const row of byId.values()) {
        if (row['profile_id'] !== from) continue
        const rest = laneOf(row).filter(one => one !== row)
        lanes.set(keyOf(from, row['connector']), rest)
        row['profile_id'] = into
        lanes.set(
          keyOf(into, row['connector']),
          [...laneOf(row), row].sort((a, b) => Number(a['seq']) - Number(b['seq'])),
        )
      }
    },
    flush: async session => {
      const updates = [...changed].filter(row => !inserted.includes(row))
      if (updates.length > 0)
        await session.query(
          `update inkling.outbox o set (${COLUMNS}) = (${prefixed(COLUMNS)})
           from json_to_recordset($1::json) as u(seq bigint, ${TYPES}) where o.seq = u.seq`,
          [asJson(updates)],
        )
      if (inserted.length > 0)
        await session.query(
          `insert into inkling.outbox (${NEW_COLUMNS})
           select ${prefixed(NEW_COLUMNS)} from json_to_recordset($1::json) as u(seq bigint, ${NEW_TYPES}) order by u.seq
           on conflict (id) do nothing`,
          [asJson(inserted)],
        )
    },
  }
}

function prefixed(columns: string): string {
  return columns.replaceAll(/\w+/g, column => `u.${column}`)
}

function isPast(until: unknown, now: number): boolean {
  return until !== null && Number(until) < now
}

function rowOf(row: NewRow, seq: number): Changing {
  const { id, profileId, connector, kind, name = null, properties = null, traits, time, heldUntil = null } = row
  const { status, due, plannedAt, identifiers = null } = row
  return {
    ...{ seq, id, profile_id: profileId, connector, kind, name, properties, traits, time, held_until: heldUntil },
    ...{ status, due, planned_at: plannedAt, identifiers, attempts: 0, reason: null, settled_at: null },
    ...{ leased: false, leased_by: null },
  }
}
