/**
 * One process for one folder. The lock is the kernel's, on a file of SQLite's: it ends with its process, however that ends,
 * and holds between containers that share a volume on one machine.
 */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

export interface Lock {
  release(): void
}

/** @throws {Error} when another process has it, saying so. */
export function lockFolder(dataDir: string): Lock {
  const db = new DatabaseSync(join(dataDir, 'lock.db'), { timeout: 0 })
  try {
    db.exec('pragma locking_mode = exclusive; begin exclusive')
  } catch (cause) {
    db.close()
    const isTaken = cause instanceof Error && /locked|busy/i.test(cause.message)
    if (!isTaken) throw cause
    throw new FolderInUse(
      `Another Inkling is running over DATA_DIR ${dataDir}. Stop it first, or let this one have a folder of its own.`,
      { cause },
    )
  }
  return { release: () => db.close() }
}

export class FolderInUse extends Error {
  override readonly name = 'FolderInUse'
  readonly code = 'folder_in_use'
}
