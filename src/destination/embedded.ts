/** The service on one machine: log and store are files in one folder, each written by a thread of its own. */
import { mkdirSync } from 'node:fs'
import { stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { Backbone } from './backbone.ts'
import { quarantineOf } from './dead-letters.ts'
import { createArrivals } from './intake/arrivals.ts'
import { startFollow } from './intake/follow.ts'
import { openThreadedSqliteLog } from './intake/sqlite-threaded.ts'
import { lockFolder } from './lock.ts'
import type { Loop } from './loop.ts'
import { arrivedAt } from './parse.ts'
import { openThreadedSqliteStore } from './store/sqlite.ts'

/** Above this many entries not yet taken in, senders are asked to come back later. */
const BACKLOG_BOUND = 20_000
/** Messages that were read and wait to be decided on, some commits' worth: more, and reading them can wait as well. */
const MOST_READ_AHEAD = 2_000

/** @param onLost - called when a part has ended that the service cannot do without. */
export async function openEmbedded(dataDir: string, onLost: (error: Error) => void): Promise<Backbone> {
  mkdirSync(dataDir, { recursive: true })
  const lock = lockFolder(dataDir)
  const { log, store } = await openFiles(dataDir, onLost).catch((error: unknown) => {
    lock.release()
    throw error
  })
  const arrivals = createArrivals()
  let follow: Loop | undefined
  return {
    store,
    messages: log,
    quarantine: quarantineOf(log),
    weakest: 'disk',
    append: async (entry, quarantined, read) => {
      const position = await log.append(entry, quarantined)
      // What was parsed at the edge need not be read again.
      const arrived = read && arrivedAt(position, read.messages)
      if (arrived !== undefined) arrivals.keep(arrived, entry.body.byteLength)
      follow?.wake()
    },
    backlog: () => {
      const entries = log.head() - store.cursor()
      return { entries, overloaded: entries > BACKLOG_BOUND }
    },
    isReadAhead: () => arrivals.count() > MOST_READ_AHEAD,
    measures: async () => {
      const { bavail, bsize } = await statfs(dataDir)
      return {
        logBytes: await sizeOf(join(dataDir, 'log.db')),
        storeBytes: await sizeOf(join(dataDir, 'store.db')),
        diskFreeBytes: bavail * bsize,
        quarantined: await log.quarantined(),
      }
    },
    decide: async deps => {
      follow = startFollow({ ...deps, log, arrivals, store })
      return follow
    },
    alone: start => {
      const loops = start()
      return {
        wake: () => {
          for (const loop of loops) loop.wake()
        },
        stop: async () => void (await Promise.all(loops.map(loop => loop.stop()))),
      }
    },
    letGo: asked => log.retain({ ...asked, upTo: store.cursor() }),
    share: () => 1,
    close: async () => {
      await log.close()
      await store.close()
      lock.release()
    },
  }
}

async function openFiles(dataDir: string, onLost: (error: Error) => void) {
  const log = await openThreadedSqliteLog(`${dataDir}/log.db`, onLost)
  try {
    return { log, store: await openThreadedSqliteStore(`${dataDir}/store.db`, onLost) }
  } catch (error) {
    await log.close()
    throw error
  }
}

/** With what is not moved into it yet. */
async function sizeOf(path: string): Promise<number> {
  const sizes = await Promise.all(['', '-wal'].map(ending => stat(path + ending).catch(() => ({ size: 0 }))))
  return sizes.reduce((sum, { size }) => sum + size, 0)
}
