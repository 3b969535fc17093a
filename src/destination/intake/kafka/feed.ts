/** What was read of one partition and is not decided on yet. */
import type { Taken } from './records.ts'

export interface Feed {
  /**
   * @returns up to `limit` that follow a position. None only when the partition has no more: until that is known, whoever
   *   asks waits.
   */
  read(position: number, limit: number): Promise<readonly Taken[]>
  /** The offset to read from next; undefined: enough is read for now. */
  wanted(): number | undefined
  /** What there is from an offset on. It is passed over when it is not the one that is wanted by now. */
  take(answer: FeedAnswer): void
  /** Whatever came in before this, epoch ms, was given out when nothing more is. */
  knownAt(): number
  /** Records up to this offset are gone from the topic: it goes on from there. */
  skipTo(offset: number, partition: number): void
  /** How many records are not decided on. */
  lag(): number
  /** Whoever waits gets nothing. */
  stop(): void
}

export interface FeedAnswer {
  readonly from: number
  readonly taken: readonly Taken[]
  /** When it was asked for, epoch ms. */
  readonly askedAt: number
  /** The offset that the next record of the partition will have; absent: there is nothing new. */
  readonly end?: number
}

/** Some thousand messages. */
const MOST_BYTES = 2_000_000

/**
 * @param position - the last one that was taken in.
 * @param onTaken - called when somebody who found nothing may find something.
 */
export function createFeed(position: number, onTaken: () => void): Feed {
  /** Each with the position that it follows. */
  let buffer: { readonly after: number; readonly taken: Taken }[] = []
  let bytes = 0
  let [asked, next] = [position, position]
  let end: number | undefined
  let known = 0
  let isStopped = false
  let waiting: (() => void)[] = []

  const rouse = () => {
    const all = waiting
    waiting = []
    for (const go of all) go()
  }
  const push = (taken: Taken) => {
    buffer.push({ after: next, taken })
    bytes += taken.entry.body.byteLength
    next = taken.entry.position
  }
  /** What was given out has come true up to here; or it has not, and is read again. */
  const goOnFrom = (after: number) => {
    asked = after
    while (buffer[0] !== undefined && buffer[0].taken.entry.position <= after) {
      bytes -= buffer[0].taken.entry.body.byteLength
      buffer.shift()
    }
    if ((buffer[0]?.after ?? next) === after) return
    buffer = []
    bytes = 0
    next = after
    // Whoever has passed what was the end knows that there was more.
    if (end !== undefined && end < after) end = undefined
  }
  const isAtEnd = () => end !== undefined && asked >= end

  return {
    read: async (after, limit) => {
      goOnFrom(after)
      while (buffer.length === 0 && !isAtEnd() && !isStopped) await new Promise<void>(go => waiting.push(go))
      return buffer.slice(0, limit).map(({ taken }) => taken)
    },
    wanted: () => (bytes < MOST_BYTES ? next : undefined),
    take: ({ from, taken, askedAt, end: to }) => {
      if (from !== next) return
      // Silence says that nothing follows.
      end = to ?? Math.max(end ?? 0, from)
      known = askedAt
      const fresh = taken.filter(({ entry }) => entry.position > next)
      for (const one of fresh) push(one)
      rouse()
      if (fresh.length > 0) onTaken()
    },
    skipTo: (offset, partition) => {
      push({ entry: { position: offset, partition, call: 'webhook', receivedAt: 0, body: EMPTY } })
      rouse()
      onTaken()
    },
    knownAt: () => known,
    lag: () => Math.max(0, (end ?? asked) - asked),
    stop: () => {
      isStopped = true
      rouse()
    },
  }
}

/** A request without messages. */
const EMPTY = Buffer.from('[]')
