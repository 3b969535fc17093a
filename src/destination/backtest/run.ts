/** Reads a stream once and plays it to one or more playbacks, each under its own policy. */
import type { Message } from '../engine/message.ts'
import { eventTime } from '../engine/time.ts'
import type { Playback } from './playback.ts'
import type { Seen } from './seen.ts'
import type { Stream, StreamAccount } from './stream.ts'

export interface RunOptions {
  readonly stream: Stream
  readonly seen: Seen
  readonly playbacks: readonly Playback[]
  /** Nothing that arrived at or after it is looked at, epoch ms; default: everything is. */
  readonly cutOff?: number
  /** When timers stop firing, epoch ms; default: when the last message arrived. */
  readonly until?: number
  /** Ends the run before its time. */
  readonly signal: AbortSignal
  readonly onProgress: (progress: RunProgress) => void
}

export interface RunProgress {
  readonly messages: number
  /** 0–1, where known. */
  readonly share: number | undefined
}

export interface Ran extends StreamAccount {
  readonly kind: 'ran' | 'stopped'
  /** Taken in, duplicates apart. */
  readonly messages: number
  readonly duplicates: number
  /** When the first and the last message arrived, epoch ms; absent when there was none. */
  readonly first?: number
  readonly last?: number
}

/** Rejects when the stream cannot be read any further. */
export async function runStream(options: RunOptions): Promise<Ran> {
  const { stream, seen, playbacks, cutOff = Number.POSITIVE_INFINITY, signal } = options
  let messages = 0
  let duplicates = 0
  let first: number | undefined
  let last: number | undefined
  const isNew = ({ messageId }: Message) => {
    const fresh = seen.add(messageId)
    if (fresh) messages += 1
    else duplicates += 1
    return fresh
  }
  const ran = (kind: Ran['kind']): Ran => ({
    ...stream.account(),
    ...{ kind, messages, duplicates },
    ...(first !== undefined && { first }),
    ...(last !== undefined && { last }),
  })

  try {
    for await (const arrivals of stream.batches) {
      for (const arrival of arrivals) {
        if (arrival.receivedAt >= cutOff) continue
        first = Math.min(first ?? arrival.receivedAt, arrival.receivedAt)
        last = Math.max(last ?? arrival.receivedAt, arrival.receivedAt)
        const fresh = arrival.messages.filter(isNew)
        for (const playback of playbacks) playback.take({ ...arrival, messages: fresh })
      }
      options.onProgress({ messages, share: stream.progress() })
      // Ctrl-C and the progress bar need a turn, and a source that is always ready would give them none.
      await new Promise(resolve => setImmediate(resolve))
      if (signal.aborted) break
    }
  } catch (error) {
    // Standard input is closed under us on Ctrl-C.
    if (!signal.aborted) throw error
  }
  if (signal.aborted) return ran('stopped')
  const until = options.until ?? last
  if (until !== undefined) for (const playback of playbacks) playback.finish(eventTime(Math.min(until, cutOff - 1)))
  return ran('ran')
}
