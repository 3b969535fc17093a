import type { DatabaseSync } from 'node:sqlite'

/** Runs `work` in one transaction: all of it is on disk when this returns, or none of it and the error is thrown. */
export function transaction<Result>(db: DatabaseSync, work: () => Result): Result {
  db.exec('begin immediate')
  try {
    const result = work()
    db.exec('commit')
    return result
  } catch (error) {
    if (db.isTransaction) db.exec('rollback')
    throw error
  }
}
