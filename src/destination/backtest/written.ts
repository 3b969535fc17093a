/** What earlier replays have written to an account: so that one that is stopped goes on, and nothing is written twice. */
import { DatabaseSync } from 'node:sqlite'

export interface Written {
  has(deliveryId: string): boolean
  add(deliveryIds: readonly string[]): void
  close(): void
}

/** @param account - keeps what went to one account apart from what went to another. The file is made if it is not there. */
export function openWritten(path: string, account: string): Written {
  const db = new DatabaseSync(path, { timeout: 5_000 })
  db.exec(`pragma journal_mode = wal;
    create table if not exists written (account text, id text, primary key (account, id)) strict, without rowid`)
  const select = db.prepare('select 1 from written where account = ? and id = ?')
  const insert = db.prepare(
    'insert into written (account, id) select ?, value from json_each(?) where true on conflict do nothing',
  )
  return {
    has: id => select.get(account, id) !== undefined,
    add: ids => {
      insert.run(account, JSON.stringify(ids))
    },
    close: () => db.close(),
  }
}
