/**
 * The embedded store: one SQLite file, every commit on disk before it is said to be. Profiles in use are in memory, their
 * rows are read where they are needed, and all that is written goes through one writer, in a thread of its own.
 */
import { DatabaseSync } from 'node:sqlite'
import { getHeapStatistics } from 'node:v8'
import { FORGOTTEN } from '../engine/identity.ts'
import { startThread, type Thread } from '../thread.ts'
import { toRows } from './commit-rows.ts'
import { createLiveProfiles, type Look } from './live-profiles.ts'
import { migrate } from './migrate.ts'
import { createSeenIds, type SeenIds } from './seen-ids.ts'
import { makeSalt, seedOf } from './sqlite-erasure.ts'
import { prepareReads } from './sqlite-reads.ts'
import { prepareRecovery } from './sqlite-recovery.ts'
import { openWriter, WRITER_METHODS, type Writer } from './sqlite-writer.ts'
import { type DueTimer, type Loaded, NOTHING, type Store, type StoredProfile } from './store.ts'

/** Recovered from in a second or two, and long enough for a busy profile to change many times. */
const JOURNAL_CHARACTERS = 64_000_000
/** A guess on the safe side, three times the JSON: most of it is the objects a profile is made of. */
const BYTES_OF_A_PROFILE = 12_000
const SHARE_OF_HEAP = 0.4
/** Some minutes of visitors of a large shop. More would cost more, for collecting garbage goes by what is not garbage. */
const MOST_IN_MEMORY = 20_000

/**
 * Opens the store in this thread, creating or upgrading its tables.
 *
 * @param path - a file, or `:memory:`.
 * @throws StoreError when the file was written by a newer version, or cannot be opened.
 */
export function openSqliteStore(path: string): Store {
  const db = openFile(path)
  return openStore(db, openWriter(db))
}

/**
 * The same with its writer in a thread of its own, so that neither requests nor decisions wait for the disk.
 *
 * @param onLost - called when that thread has ended by itself: the store is of no use any more.
 */
export async function openThreadedSqliteStore(path: string, onLost: (error: Error) => void): Promise<Store> {
  // The file is upgraded here, where an error keeps its kind.
  const db = openFile(path)
  const threads: Thread[] = []
  const start = async (file: string): Promise<Thread> => {
    const { thread } = await startThread(new URL(file, import.meta.url), { data: { path }, onLost })
    threads.push(thread)
    return thread
  }
  try {
    const writer = writerIn(await start('./sqlite-thread.ts'))
    const { outboxLevels, close } = levelsIn(await start('./sqlite-levels-thread.ts'))
    const store = openStore(db, writer, async () => {
      await close()
      db.close()
    })
    return { ...store, outboxLevels }
  } catch (error) {
    await Promise.all(threads.map(thread => thread.stop()))
    db.close()
    throw error
  }
}

function levelsIn(thread: Thread): Pick<Store, 'outboxLevels' | 'close'> {
  let asking: Promise<unknown> | undefined
  return {
    outboxLevels: async () => {
      // Whoever asks while it is counted gets the same answer.
      asking ??= thread.call('outboxLevels', []).finally(() => {
        asking = undefined
      })
      return (await asking) as Awaited<ReturnType<Store['outboxLevels']>>
    },
    close: async () => {
      await thread.call('close', [])
      await thread.stop()
    },
  }
}

export function openFile(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { timeout: 5_000 })
  // FULL: with NORMAL a power cut loses thousands of acknowledged rows.
  // Freed pages can be given back, and keep nothing where that costs no write of its own: what was forgotten is gone.
  db.exec('pragma auto_vacuum = incremental; pragma secure_delete = fast')
  // Pages change again and again: the longer they stay in the write-ahead log (32 MB), the fewer are written twice.
  db.exec('pragma journal_mode = wal; pragma synchronous = full; pragma wal_autocheckpoint = 8000')
  migrate(db)
  makeSalt(db)
  return db
}

function writerIn(thread: Thread): Writer {
  const calls = WRITER_METHODS.map(name => [name, (...args: readonly unknown[]) => thread.call(name, args)])
  const writer: Writer = Object.fromEntries(calls)
  return {
    ...writer,
    close: async () => {
      await writer.close()
      await thread.stop()
    },
  }
}

function openStore(db: DatabaseSync, writer: Writer, closeReads: () => Promise<void> = async () => undefined): Store {
  const { profileOf, profileAt, cursor, ...reads } = prepareReads(db)
  const recover = prepareRecovery(db)
  const selectLooks = db.prepare('select profile_id, at from look where at <= ? order by at limit ?')
  const live = createLiveProfiles({ most: mostInMemory(), journal: JOURNAL_CHARACTERS })
  const seed = seedOf(db)
  let seen: SeenIds = createSeenIds(seed)
  let [position, last] = [0, 0]
  let failing: Promise<void> | undefined

  /** What the file says, and nothing else. */
  const begin = () => {
    live.clear()
    seen = createSeenIds(seed)
    const found = recover()
    for (const { profile, since } of found.profiles) live.restore(profile, since)
    for (const hashes of found.hashes()) seen.addAll(hashes)
    position = cursor()
    last = found.lastCommit
  }
  begin()

  const current = (profile: StoredProfile | undefined) => profile && live.current(profile)
  const write = async (change: Parameters<typeof toRows>[0]): Promise<void> => {
    if (failing !== undefined) await failing
    last += 1
    const commit = last
    const rows = toRows(change, { commit, live, seen })
    try {
      await writer.commit(rows)
      if (change.position !== undefined) position = change.position
      live.committed(commit)
    } catch (error) {
      // Whatever was decided after it stands on what is not there: all of it is decided again, from where the file is.
      failing ??= startAnew()
      await failing
      throw error
    }
  }
  const startAnew = async () => {
    try {
      await writer.resume()
      begin()
    } finally {
      // If that failed too, the next commit is refused by the writer, and it is tried again.
      failing = undefined
    }
  }
  /** Writes profiles whole that have rested, until the journal is empty. @returns whether there is more to do. */
  const rest = async (now: number): Promise<boolean> => {
    if (!live.mayRest(now)) return false
    await write({ ...NOTHING, now })
    return live.mayRest(now)
  }
  const readBy = (id: string) => {
    const stored = profileAt(id)
    return stored && live.admit(stored, [])
  }

  const dueTimers = async (now: number, limit: number): Promise<readonly DueTimer[]> => {
    const due: DueTimer[] = []
    const early: Look[] = []
    const looks = selectLooks.all(now, Math.max(limit, LOOKS_AT_ONCE))
    for (const row of looks) {
      if (due.length >= limit) break
      const id = String(row['profile_id'])
      const profile = live.profileBy(id) ?? readBy(id)
      const timers = (profile?.state.timers ?? []).toSorted((a, b) => a.due - b.due)
      const [first] = timers
      if (profile !== undefined && first !== undefined && first.due <= now)
        due.push(...timers.filter(timer => timer.due <= now).map(timer => ({ profile, timer })))
      else early.push({ profileId: id, ...(first !== undefined && { at: first.due }) })
    }
    if (early.length > 0) {
      live.lookedAt(early)
      await writer.look(early)
    }
    return due.length === 0 && looks.length > 0 ? dueTimers(now, limit) : due
  }

  const { commit: _commit, resume: _resume, look: _look, ...written } = writer
  return {
    ...written,
    ...reads,
    person: async id => current(await reads.person(id)),
    people: async limit => (await reads.people(limit)).map(live.current),
    peopleWith: async email => (await reads.peopleWith(email)).map(live.current),
    cursor: () => position,
    load: async (keys, messageIds): Promise<Loaded> => ({
      profiles: new Map(
        keys.flatMap(key => {
          const read = () => {
            const stored = profileOf(key)
            return stored && live.admit(stored, [key])
          }
          const profile = live.profileOf(key) ?? read()
          return profile ? [[key, profile] as const] : []
        }),
      ),
      seen: new Set(messageIds.filter(id => seen.has(id))),
    }),
    commit: write,
    rest,
    forget: async (id, now) => {
      const profile = live.profileBy(id) ?? readBy(id)
      if (profile === undefined || profile.state.deletedAt === undefined) return
      const { email, formerEmails = [] } = profile.state.known
      const emails = email === undefined ? formerEmails : [email, ...formerEmails]
      const state = { ...profile.state, known: { ...FORGOTTEN } }
      await write({ ...NOTHING, now, profiles: [{ id, state }], forgotten: [{ profileId: id, emails }] })
    },
    dueTimers,
    close: async () => {
      try {
        while (await rest(Number.MAX_SAFE_INTEGER));
      } catch {
        // What cannot be written whole now is in the journal still.
      }
      await writer.close()
      await closeReads()
    },
  }
}

/** Most looks come too early, and cost next to nothing. */
const LOOKS_AT_ONCE = 1_000

/** The heap's own bound goes by the machine's memory, or the container's. */
function mostInMemory(): number {
  const fitting = Math.floor((getHeapStatistics().heap_size_limit * SHARE_OF_HEAP) / BYTES_OF_A_PROFILE)
  return Math.min(MOST_IN_MEMORY, Math.max(1_000, fitting))
}
