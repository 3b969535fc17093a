/**
 * Which processes are alive. What one of them has leased is its own for as long as it says so every few seconds; once it
 * does not any more, somebody else takes it.
 */
import { randomUUID } from 'node:crypto'
import type { Database } from './pool.ts'

export interface Replica {
  readonly id: string
  /** Processes that are alive, this one included; at least 1. */
  count(): number
  /** @returns whether, from now on until it is asked, nobody can have taken this process for dead. */
  grip(): () => boolean
  stop(): Promise<void>
}

const SAY_EVERY_MS = 2_000
/** Whoever has not said so for this long may be taken for dead by now, or while a request is on its way. */
const SURE_FOR_MS = 7_000
/** By Postgres's clock. Whoever is away for so long is taken for dead. */
const DEAD_AFTER = "interval '10 seconds'"

/** SQL: whether the delivery `o` is under way somewhere. */
export const IS_LEASED: string = `(o.leased_by is not null and exists (
  select 1 from inkling.replica r where r.id = o.leased_by and r.seen_at > clock_timestamp() - ${DEAD_AFTER}))`

export async function startReplica(database: Database, now: () => number): Promise<Replica> {
  const id = randomUUID()
  let alive = 1
  let saidAt = now()
  /** Stretches of time in which it was never silent for too long. */
  let stretch = 0
  const say = async () => {
    const begun = now()
    await database.query(
      'insert into inkling.replica (id, seen_at) values ($1, clock_timestamp()) on conflict (id) do update set seen_at = excluded.seen_at',
      [id],
    )
    await database.query(`delete from inkling.replica where seen_at < clock_timestamp() - 60 * ${DEAD_AFTER}`)
    const { rows } = await database.query(
      `select count(*) as n from inkling.replica where seen_at > clock_timestamp() - ${DEAD_AFTER}`,
    )
    alive = Math.max(1, Number(rows[0]?.['n']))
    if (begun - saidAt > SURE_FOR_MS) stretch += 1
    saidAt = begun
  }
  await say()
  // Postgres may be away for a while: it is said again soon.
  const timer = setInterval(() => void say().catch(() => undefined), SAY_EVERY_MS)
  return {
    id,
    count: () => alive,
    grip: () => {
      const since = stretch
      return () => since === stretch && now() - saidAt <= SURE_FOR_MS
    },
    stop: async () => {
      clearInterval(timer)
      await database.query('delete from inkling.replica where id = $1', [id]).catch(() => undefined)
    },
  }
}
