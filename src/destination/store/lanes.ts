/**
 * The rules of the outbox, the same for every store. A *lane* is one profile at one connector: its deliveries go in order
 * and one at a time.
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
import type { Identifiers, Traits } from '../../connectors/connector.ts'
import { deliveryId } from '../plan.ts'
import { type Row, toTraits } from './rows.ts'
import type { Commit, PlannedDelivery, Settlement } from './store.ts'

/** What the rules read and write: rows of the outbox, within a transaction. */
export interface LaneTable {
  /** By its id; undefined when there is none. */
  row(id: string): Row | undefined
  /** Those of a lane that are pending or held, in order. */
  waiting(profileId: string, connector: string): readonly Row[]
  /** The writes of a lane that wait or were made, in order. */
  written(profileId: string, connector: string): readonly Row[]
  /** Whether a deletion was planned after this delivery. */
  hasDeletionBehind(row: Row): boolean
  isLeased(id: string): boolean
  /** Nothing happens when there is one of that id. */
  insert(row: NewRow): void
  /** It is not sent by itself. @param reason - absent: the one that is there stays. */
  supersede(id: string, now: number, reason?: string): void
  setTraits(id: string, traits: string, time?: number): void
  explain(id: string, reason: string): void
  settle(id: string, settled: Settled): void
  forgetWhom(id: string): void
  /** Of what stands behind it and is pending, none but a joining is due before `due`. */
  postponeBehind(row: Row, due: number): void
  /** Held deliveries of a lane that are no longer worth sending. @returns them. */
  expire(lane: Commit['releases'][number], now: number): readonly Row[]
  /** What is held in a lane may go. */
  release(lane: Commit['releases'][number], now: number): void
}

/** A row as it is planned. */
export interface NewRow {
  readonly id: string
  readonly profileId: string
  readonly connector: string
  readonly kind: PlannedDelivery['kind']
  readonly name?: string | undefined
  /** JSON. */
  readonly properties?: string | undefined
  /** JSON. */
  readonly traits: string
  readonly time: number
  readonly heldUntil?: number | undefined
  readonly status: 'pending' | 'held'
  readonly due: number
  readonly plannedAt: number
  /** JSON. */
  readonly identifiers?: string | undefined
}

/** The end of an attempt. */
export interface Settled {
  readonly status: 'delivered' | 'pending' | 'dead'
  readonly reason: string | undefined
  readonly due: number
  /** Added to its attempts; a joining's are always counted. */
  readonly counted: 0 | 1
  readonly settledAt: number | undefined
}

/** By the joining's id. */
export type Joinings = ReadonlyMap<string, { readonly names: readonly Identifiers[]; readonly due: number }>
export type Planned = Pick<Commit, 'now' | 'merges' | 'deliveries' | 'releases'>

export interface Lanes {
  /** What of a commit's joinings there is to join, and from when on: asked before its profiles are merged. */
  joiningsOf(change: Planned): Joinings
  /** Writes a commit's deliveries and releases. */
  plan(change: Planned, joinings: Joinings): void
  settle(settlement: Settlement, now: number): void
  /** @returns the event with the traits that wait ahead of it, which need not be written by themselves any more. */
  takeAlong(row: Row, now: number): Row
}

export function createLanes(table: LaneTable): Lanes {
  /** An event that is never sent still owes the traits it carried, but for those that somebody behind it writes anew. */
  function handOn(row: Row, now: number): void {
    if (row['kind'] !== 'event') return
    const [profileId, connector] = laneOf(row)
    const traits = table
      .waiting(profileId, connector)
      .filter(({ seq }) => Number(seq) > Number(row['seq']))
      .reduce<Traits>((left, behind) => without(left, toTraits(behind)), toTraits(row))
    if (Object.keys(traits).length === 0) return
    table.insert({
      id: deliveryId(connector, profileId, `traits of ${row['id']}`),
      ...{ profileId, connector, kind: 'traits', traits: JSON.stringify(traits), time: Number(row['time']) },
      ...{ status: 'pending', due: now, plannedAt: now },
    })
  }

  function drop(id: string, now: number): void {
    table.supersede(id, now, 'the person is to be deleted')
  }

  function enqueueDeletion({ id, profileId, connector, time, identifiers = {} }: PlannedDelivery, now: number): void {
    for (const row of table.waiting(profileId, connector))
      if (row['kind'] !== 'deletion' && !table.isLeased(String(row['id']))) drop(String(row['id']), now)
    table.insert({
      ...{ id, profileId, connector, kind: 'deletion', traits: '{}', time, status: 'pending', due: now },
      ...{ plannedAt: now, identifiers: JSON.stringify(identifiers) },
    })
  }

  function enqueue(delivery: PlannedDelivery, now: number): void {
    const { id, profileId, connector, kind, name, properties, time, heldUntil, held } = delivery
    const waiting = table.waiting(profileId, connector)
    const last = waiting.at(-1)
    // By far the most frequent: nothing of it has been told yet, and nothing stands between the two.
    if (kind === 'traits' && last !== undefined && mayGrow(last, held, table)) {
      table.setTraits(String(last['id']), JSON.stringify({ ...toTraits(last), ...delivery.traits }), time)
      return
    }
    let older: Traits = {}
    let due = now
    for (const row of waiting) {
      if (String(row['id']) === id) continue
      // Of one moment only the latest waits for a name, not the whole history.
      const outdated = row['kind'] === 'traits' || (held && row['status'] === 'held' && row['name'] === (name ?? null))
      if (table.isLeased(String(row['id'])) || !outdated) {
        // It is sent before this one: what it writes is newer than what stood ahead of it.
        older = without(older, toTraits(row))
        if (row['status'] === 'pending' && row['kind'] !== 'joining') due = Math.max(due, Number(row['due']))
        continue
      }
      older = { ...older, ...toTraits(row) }
      table.supersede(String(row['id']), now)
    }
    table.insert({
      ...{ id, profileId, connector, kind, name, time, heldUntil, due, plannedAt: now },
      properties: properties && JSON.stringify(properties),
      traits: JSON.stringify({ ...older, ...delivery.traits }),
      status: held ? 'held' : 'pending',
    })
  }

  /** Tried again, unless it is folded into what waits behind it or dropped. */
  function again(id: string, now: number): void {
    const row = table.row(id)
    if (row === undefined) return
    if (isEnded(row)) drop(id, now)
    else if (!foldForward(row) && row['kind'] !== 'joining') table.postponeBehind(row, Number(row['due']))
  }

  function isEnded(row: Row): boolean {
    return row['kind'] !== 'deletion' && table.hasDeletionBehind(row)
  }

  /** Traits that must be tried again go along with the next delivery of their lane, if one waits: true when they do. */
  function foldForward(row: Row): boolean {
    if (row['kind'] !== 'traits') return false
    const next = table
      .waiting(...laneOf(row))
      .find(({ seq, status, kind }) => Number(seq) > Number(row['seq']) && status === 'pending' && kind !== 'joining')
    if (next === undefined) return false
    table.setTraits(String(next['id']), JSON.stringify({ ...toTraits(row), ...toTraits(next) }))
    table.supersede(String(row['id']), Number(row['due']))
    return true
  }

  /** @returns when the first write of a profile was made; now, if it is under way; undefined: none was. */
  function writtenAt(profileId: string, connector: string, now: number): number | undefined {
    const times = table
      .written(profileId, connector)
      .flatMap(row =>
        row['status'] === 'delivered' ? [Number(row['settled_at'])] : table.isLeased(String(row['id'])) ? [now] : [],
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
    plan: ({ deliveries, releases, now }, joinings) => {
      for (const delivery of deliveries) {
        const { id, profileId, connector, kind, time } = delivery
        const joining = joinings.get(id)
        if (kind === 'deletion') enqueueDeletion(delivery, now)
        else if (kind !== 'joining') enqueue(delivery, now)
        else if (joining !== undefined)
          table.insert({
            ...{ id, profileId, connector, kind, traits: '{}', time, status: 'pending', due: joining.due },
            ...{ plannedAt: now, identifiers: JSON.stringify(joining.names) },
          })
      }
      for (const lane of releases) {
        const expired = table.expire(lane, now)
        table.release(lane, now)
        for (const row of expired) handOn(row, now)
      }
    },
    settle: (settlement, now) => {
      const { id, kind } = settlement
      switch (kind) {
        case 'delivered':
          table.settle(id, { status: kind, reason: settlement.note, due: now, counted: 1, settledAt: now })
          table.forgetWhom(id)
          break
        case 'postponed':
          if (settlement.reason !== undefined) table.explain(id, settlement.reason)
          again(id, now)
          break
        case 'retry': {
          const { reason, at: due } = settlement
          table.settle(id, {
            ...{ status: 'pending', reason, due, counted: settlement.counts ? 1 : 0, settledAt: undefined },
          })
          again(id, now)
          break
        }
        case 'dead': {
          table.settle(id, { status: kind, reason: settlement.reason, due: now, counted: 1, settledAt: now })
          const row = table.row(id)
          if (row !== undefined && !isEnded(row)) handOn(row, now)
          break
        }
        default:
          settlement satisfies never
      }
    },
    takeAlong(row, now) {
      const ahead = table
        .waiting(...laneOf(row))
        .filter(
          ({ seq, status, kind }) => kind === 'traits' && Number(seq) < Number(row['seq']) && status === 'pending',
        )
      if (ahead.length === 0) return row
      const traits = JSON.stringify(Object.assign({}, ...[...ahead, row].map(toTraits)))
      table.setTraits(String(row['id']), traits)
      for (const { id } of ahead) table.supersede(String(id), now)
      return { ...row, traits }
    },
  }
}

function laneOf(row: Row): [profileId: string, connector: string] {
  return [String(row['profile_id']), String(row['connector'])]
}

/** Whether traits can join those of this row: it waits as they would, was not tried yet and is not under way. */
function mayGrow(row: Row, held: boolean, { isLeased }: Pick<LaneTable, 'isLeased'>): boolean {
  const waitsAlike = row['kind'] === 'traits' && row['status'] === (held ? 'held' : 'pending')
  return waitsAlike && Number(row['attempts']) === 0 && !isLeased(String(row['id']))
}

function without(traits: Traits, written: Traits): Traits {
  return Object.fromEntries(Object.entries(traits).filter(([name]) => !Object.hasOwn(written, name)))
}
