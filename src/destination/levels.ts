/** How much there is of everything that grows: asked of log, store and disk when somebody looks. */

import { stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { PlatformState } from './delivery/dispatch.ts'
import type { SqliteLog } from './intake/sqlite.ts'
import type { Levels } from './metrics.ts'
import type { Store } from './store/store.ts'

export interface LevelsDeps {
  readonly dataDir: string
  readonly log: Pick<SqliteLog, 'quarantined'>
  readonly store: Pick<Store, 'outboxLevels'>
  readonly backlog: () => number
  readonly platforms: () => readonly PlatformState[]
}

export async function readLevels({ dataDir, log, store, backlog, platforms }: LevelsDeps): Promise<Levels> {
  const { bavail, bsize } = await statfs(dataDir)
  return {
    backlogEntries: backlog(),
    logBytes: await sizeOf(join(dataDir, 'log.db')),
    storeBytes: await sizeOf(join(dataDir, 'store.db')),
    diskFreeBytes: bavail * bsize,
    quarantined: await log.quarantined(),
    outbox: await store.outboxLevels(),
    stopped: platforms().flatMap(({ name, stopped }) => stopped.map(({ kind }) => ({ connector: name, kind }))),
  }
}

/** With what is not moved into it yet. */
async function sizeOf(path: string): Promise<number> {
  const sizes = await Promise.all(['', '-wal'].map(ending => stat(path + ending).catch(() => ({ size: 0 }))))
  return sizes.reduce((sum, { size }) => sum + size, 0)
}
