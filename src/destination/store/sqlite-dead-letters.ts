/** Deliveries that were given up: looked at, tried once more, or put away. */
import type { DatabaseSync } from 'node:sqlite'
import type { Traits } from '../../connectors/connector.ts'
import { type Row, toTraits } from './rows.ts'
import type { Store } from './store.ts'
import { transaction } from './transaction.ts'

type DeadLetters = Pick<Store, 'retryDead' | 'discardDead'>

export function prepareDeadLetters(db: DatabaseSync): DeadLetters {
  const select = db.prepare("select * from outbox where id = ? and status = 'dead'")
  const selectLater = db.prepare(`
    select traits from outbox
    where profile_id = ? and connector = ? and seq > ? and status in ('pending', 'held', 'delivered')`)
  const selectDeletion = db.prepare(
    "select 1 from outbox where profile_id = ? and connector = ? and kind = 'deletion' and seq > ?",
  )
  const revive = db.prepare(`
    update outbox set status = 'pending', attempts = 0, due = ?, traits = ?, settled_at = null, reason = null where id = ?`)
  const putAway = db.prepare("update outbox set status = 'superseded', reason = ?, settled_at = ? where id = ?")

  /** What of its traits nothing behind it has written anew. */
  function traitsLeft(row: Row): Traits {
    // An event's were handed on when it was given up.
    if (row['kind'] === 'event') return {}
    const later = selectLater.all(String(row['profile_id']), String(row['connector']), Number(row['seq']))
    const written = new Set(later.flatMap(other => Object.keys(toTraits(other))))
    return Object.fromEntries(Object.entries(toTraits(row)).filter(([name]) => !written.has(name)))
  }

  /** @returns why it is not tried again; undefined when it is. */
  function retryOne(id: string, now: number): string | undefined {
    const row = select.get(id)
    if (row === undefined) return 'it is no dead letter'
    const isDeletion = row['kind'] === 'deletion'
    if (!isDeletion && selectDeletion.get(String(row['profile_id']), String(row['connector']), Number(row['seq'])))
      return 'the person is to be deleted'
    const traits = traitsLeft(row)
    if (row['kind'] === 'traits' && Object.keys(traits).length === 0) {
      putAway.run('all of it has been written by something later', now, id)
      return 'all of it has been written by something later'
    }
    revive.run(now, JSON.stringify(traits), id)
    return undefined
  }

  return {
    retryDead: async (ids, now) =>
      transaction(db, () =>
        ids.flatMap(id => {
          const why = retryOne(id, now)
          return why === undefined ? [] : [{ id, why }]
        }),
      ),
    discardDead: async (ids, now) => {
      transaction(db, () => {
        for (const id of ids) if (select.get(id) !== undefined) putAway.run('discarded by an operator', now, id)
      })
    },
  }
}
