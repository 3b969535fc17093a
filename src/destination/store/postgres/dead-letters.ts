/** Deliveries that were given up: looked at, tried once more, or put away. */
import type { Traits } from '../../../connectors/connector.ts'
import { type Row, toTraits } from '../rows.ts'
import type { Store } from '../store.ts'
import type { Database, Session } from './pool.ts'

type DeadLetters = Pick<Store, 'retryDead' | 'discardDead'>

const ALL_WRITTEN = 'all of it has been written by something later'

export function createDeadLetters(database: Database): DeadLetters {
  return {
    retryDead: async (ids, now) =>
      database.transaction(async session => {
        const refused: { id: string; why: string }[] = []
        for (const id of ids) {
          const why = await retryOne(session, id, now)
          if (why !== undefined) refused.push({ id, why })
        }
        return refused
      }),
    discardDead: async (ids, now) => {
      await putAway(database, ids, { why: 'discarded by an operator', now })
    },
  }
}

async function putAway(
  session: Session,
  ids: readonly string[],
  { why, now }: { readonly why: string; readonly now: number },
): Promise<void> {
  await session.query(
    "update inkling.outbox set status = 'superseded', reason = $1, settled_at = $2 where id = any($3) and status = 'dead'",
    [why, now, ids],
  )
}

/** @returns why it is not tried again; undefined when it is. */
async function retryOne(session: Session, id: string, now: number): Promise<string | undefined> {
  const { rows } = await session.query("select * from inkling.outbox where id = $1 and status = 'dead' for update", [
    id,
  ])
  const [row] = rows
  if (row === undefined) return 'it is no dead letter'
  const behind = await session.query(
    `select kind, traits, status from inkling.outbox
     where profile_id = $1 and connector = $2 and seq > $3 and (status in ('pending', 'held', 'delivered') or kind = 'deletion')`,
    [row['profile_id'], row['connector'], row['seq']],
  )
  if (row['kind'] !== 'deletion' && behind.rows.some(({ kind }) => kind === 'deletion'))
    return 'the person is to be deleted'
  const traits = traitsLeft(row, behind.rows)
  if (row['kind'] === 'traits' && Object.keys(traits).length === 0) {
    await putAway(session, [id], { why: ALL_WRITTEN, now })
    return ALL_WRITTEN
  }
  await session.query(
    "update inkling.outbox set status = 'pending', attempts = 0, due = $1, traits = $2, settled_at = null, reason = null where id = $3",
    [now, JSON.stringify(traits), id],
  )
  return undefined
}

/** What of its traits nothing behind it has written anew. */
function traitsLeft(row: Row, behind: readonly Row[]): Traits {
  // An event's were handed on when it was given up.
  if (row['kind'] === 'event') return {}
  const written = new Set(behind.flatMap(other => Object.keys(toTraits(other))))
  return Object.fromEntries(Object.entries(toTraits(row)).filter(([name]) => !written.has(name)))
}
