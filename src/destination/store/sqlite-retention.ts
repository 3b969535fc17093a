/** What of the store is let go with time: decisions, deliveries that are done, and the ids of messages. */
import type { DatabaseSync } from 'node:sqlite'
import type { Store } from './store.ts'
import { transaction } from './transaction.ts'

/** Given back to the disk at once; more would hold up whoever writes. */
const PAGES_AT_ONCE = 200
/** Half a billion bytes of hashes would be kept for nothing: only the latest are read back. */
const MOST_IDS = 16_000_000
const BYTES_PER_ID = 8

export function prepareRetention(db: DatabaseSync): Pick<Store, 'retain'> {
  const facts = db.prepare('delete from fact where id in (select id from fact where at < ? order by at limit ?)')
  const deliveries = db.prepare(`
    delete from outbox where seq in (
      select seq from outbox
      where settled_at < ? and status in ('delivered', 'dead', 'expired', 'superseded') order by settled_at limit ?)`)
  const countIds = db.prepare('select coalesce(sum(length(hashes)), 0) as bytes from seen_ids')
  const ids = db.prepare('delete from seen_ids where id in (select id from seen_ids order by id limit ?)')
  return {
    retain: async ({ before, limit }) => {
      const gone = transaction(db, () => {
        const tooMany = Number(countIds.get()?.['bytes']) > MOST_IDS * BYTES_PER_ID
        return (
          Number(facts.run(before, limit).changes) +
          Number(deliveries.run(before, limit).changes) +
          (tooMany ? Number(ids.run(limit).changes) : 0)
        )
      })
      if (gone > 0) db.exec(`pragma incremental_vacuum(${PAGES_AT_ONCE})`)
      return gone
    },
  }
}
