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
  stop(): Promise<void>
}

const SAY_EVERY_MS = 2_000
/** By Postgres's clock. Whoever is away for so long is taken for dead. */
const DEAD_AFTER = "interval '10 seconds'"

/** SQL: whether the delivery `o` is under way somewhere. */
export const IS_LEASED: string = `(o.leased_by is not null and exists (
  select 1 from inkling.replica r where r.id = o.leased_by and r.seen_at > clock_timestamp() - ${DEAD_AFTER}))`

export async function startReplica(database: Database): Promise<Replica> {
  const id = randomUUID()
  let alive = 1
  const say = async () => {
    await database.query(
      'insert into inkling.replica (id, seen_at) values ($1, clock_timestamp()) on conflict (id) do update set seen_at = excluded.seen_at',
      [id],
    )
    await database.query(`delete from inkling.replica where seen_at < clock_timestamp() - 60 * ${DEAD_AFTER}`)
    const { rows } = await database.query(
      `select count(*) as n from inkling.replica where seen_at > clock_timestamp() - ${DEAD_AFTER}`,
    )
    alive = Math.max(1, Number(rows[0]?.['n']))
  }
  await say()
  // Postgres may be away for a while: it is said again soon.
  const timer = setInterval(() => void say().catch(() => undefined), SAY_EVERY_MS)
  return {
    id,
    count: () => alive,
    stop: async () => {
      clearInterval(timer)
      await database.query('delete from inkling.replica where id = $1', [id]).catch(() => undefined)
    },
  }
}
