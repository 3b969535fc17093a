/** What of the store is let go with time: decisions, deliveries that are done, and the ids of messages. */
import type { DatabaseSync } from 'node:sqlite'
import { BYTES_PER_ID } from './seen-ids.ts'
import type { Store } from './store.ts'
import { transaction } from './transaction.ts'

/** Given back to the disk at once; more would hold up whoever writes. */
const PAGES_AT_ONCE = 200
/** Half a billion bytes of hashes would be kept for nothing: only the latest are read back. */
const MOST_IDS = 16_000_000

type Retention = Pick<Store, 'retain'> & {
  /** Told of what a commit has added to the ids. */
  grown(bytes: number): void
}

export function prepareRetention(db: DatabaseSync): Retention {
  const facts = db.prepare('delete from fact where id in (select id from fact where at < ? order by at limit ?)')
  const deliveries = db.prepare(`
    delete from outbox where seq in (
      select seq from outbox
      where settled_at < ? and status in ('delivered', 'dead', 'expired', 'superseded') order by settled_at limit ?)`)
  const ids = db.prepare(
    'delete from seen_ids where id in (select id from seen_ids order by id limit ?) returning length(hashes) as bytes',
  )
  // Counted once: a row for every commit of months is too much to look through every few seconds.
  let kept = Number(db.prepare('select coalesce(sum(length(hashes)), 0) as bytes from seen_ids').get()?.['bytes'])
  const letGoOfIds = (limit: number): number => {
    if (kept <= MOST_IDS * BYTES_PER_ID) return 0
    const gone = ids.all(limit)
    for (const { bytes } of gone) kept -= Number(bytes)
    return gone.length
  }
  return {
    grown: bytes => {
      kept += bytes
    },
    retain: async ({ before, limit }) => {
      const gone = transaction(
        db,
        () =>
          Number(facts.run(before, limit).changes) + Number(deliveries.run(before, limit).changes) + letGoOfIds(limit),
      )
      if (gone > 0) db.exec(`pragma incremental_vacuum(${PAGES_AT_ONCE})`)
      return gone
    },
  }
}
