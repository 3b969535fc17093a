import type { DatabaseSync } from 'node:sqlite'

/** Runs `work` in one transaction: all of it is on disk when this returns, or none of it and the error is thrown. */
export function transaction(db: DatabaseSync, work: () => void): void {
  db.exec('begin immediate')
  try {
    work()
    db.exec('commit')
  } catch (error) {
    if (db.isTransaction) db.exec('rollback')
    throw error
  }
}
