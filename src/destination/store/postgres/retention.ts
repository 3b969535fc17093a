/** What of the store is let go with time: decisions, deliveries that are done, and the ids of messages. */
import type { Store } from '../store.ts'
import type { Database } from './pool.ts'

/** Segment tries for four hours. */
const IDS_KEPT_MS = 5 * 3_600_000

export function createRetention(database: Database): Pick<Store, 'retain'> {
  return {
    retain: async ({ before, limit }) => {
      const facts = await database.query(
        'delete from inkling.fact where id in (select id from inkling.fact where at < $1 order by at limit $2)',
        [before, limit],
      )
      const deliveries = await database.query(
        `delete from inkling.outbox where seq in (
           select seq from inkling.outbox
           where settled_at < $1 and status in ('delivered', 'dead', 'expired', 'superseded') order by settled_at limit $2)`,
        [before, limit],
      )
      const ids = await database.query(
        `delete from inkling.seen_ids where id in (
           select id from inkling.seen_ids where at < (select max(at) from inkling.seen_ids where id > 0) - $1
           order by id limit $2)`,
        [IDS_KEPT_MS, limit],
      )
      return facts.count + deliveries.count + ids.count
    },
  }
}
