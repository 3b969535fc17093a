/** The stream as the service logged it, from beginning to end. */
import { eventTime } from '../engine/time.ts'
import type { LogReader } from '../intake/log.ts'
import { messagesOf } from '../parse.ts'
import type { Arrival } from './playback.ts'
import { createTracker, type Stream } from './stream.ts'

const ENTRIES_PER_BATCH = 500

/** Closing it closes the log. What is appended after the start is left for another time. */
export function streamLog(log: LogReader): Stream {
  const head = log.head()
  const tracker = createTracker()
  let position = 0
  async function* batches(): AsyncGenerator<readonly Arrival[]> {
    while (position < head) {
      const entries = await log.read(position, Math.min(ENTRIES_PER_BATCH, head - position))
      const last = entries.at(-1)
      if (last === undefined) return
      position = last.position
      yield entries.map(entry => {
        tracker.arrived(entry.receivedAt)
        return { receivedAt: eventTime(entry.receivedAt), messages: messagesOf(entry) }
      })
    }
  }
  return {
    batches: batches(),
    progress: () => (head === 0 ? 1 : position / head),
    account: tracker.account,
    close: () => log.close(),
  }
}
