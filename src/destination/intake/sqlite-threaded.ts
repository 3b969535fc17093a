/** The log with its writer in a thread of its own, so that nothing else waits for the disk. */
import { startThread, type Thread } from '../thread.ts'
import { LogError, openSqliteLogToRead, type SqliteLog } from './sqlite.ts'

/**
 * Opens the log, creating the file when there is none.
 *
 * @param onLost - called when the thread has ended by itself: nothing can be appended any more.
 * @throws LogError's name and message, when the file cannot be used.
 */
export async function openThreadedSqliteLog(path: string, onLost: (error: Error) => void): Promise<SqliteLog> {
  const file = new URL('./sqlite-thread.ts', import.meta.url)
  const { thread, opened } = await startThread(file, { data: { path }, onLost })
  const reader = await openReader(path, thread)
  let head = Number(opened)
  let closing: Promise<void> | undefined
  const close = async () => {
    await thread.call('close', [])
    await thread.stop()
    reader.close()
  }
  return {
    append: async (entry, quarantined) => {
      if (closing !== undefined) throw new LogError('closed', 'the log is closed')
      // A body may be a part of the memory of others: what is handed over is a copy of its own.
      const body = new Uint8Array(entry.body)
      const position = Number(await thread.call('append', [{ ...entry, body }, quarantined], [body.buffer]))
      head = Math.max(head, position)
      return position
    },
    read: reader.read,
    head: () => head,
    quarantine: async limit =>
      (await thread.call('quarantine', [limit])) as Awaited<ReturnType<SqliteLog['quarantine']>>,
    release: async (position, index) => {
      await thread.call('release', [position, index])
    },
    retain: async asked => Number(await thread.call('retain', [asked])),
    rewrite: async (position, body) => {
      await thread.call('rewrite', [position, new Uint8Array(body)])
    },
    scrub: async () => {
      await thread.call('scrub', [])
    },
    quarantined: async () => Number(await thread.call('quarantined', [])),
    close: () => {
      closing ??= close()
      return closing
    },
  }
}

async function openReader(path: string, thread: Thread): Promise<ReturnType<typeof openSqliteLogToRead>> {
  try {
    return openSqliteLogToRead(path)
  } catch (error) {
    await thread.stop()
    throw error
  }
}
