/** The messageIds a replay has taken in: kept in a temporary file of its own, so that memory does not grow with them. */
import { DatabaseSync } from 'node:sqlite'

export interface Seen {
  /** @returns whether it is new. */
  add(messageId: string): boolean
  /** Lets go of the file. */
  close(): void
}

/** Enough for some hundred thousand ids before the disk is touched. */
const CACHE_KB = 32_768

export function openSeen(): Seen {
  // An empty name is SQLite's for a database that is nobody else's and goes when it is closed or the process ends.
  const db = new DatabaseSync('')
  db.exec(`pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -${CACHE_KB};
    create table seen (message_id text primary key) strict, without rowid; begin`)
  const insert = db.prepare('insert into seen (message_id) values (?) on conflict do nothing')
  return {
    add: messageId => insert.run(messageId).changes === 1,
    close: () => db.close(),
  }
}
