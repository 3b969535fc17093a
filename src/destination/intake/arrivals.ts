/**
 * Messages that were parsed at the edge and wait to be decided on. They are durable in the log already: what does not fit
 * here is read from there, and parsed again.
 */
import type { Message } from '../engine/message.ts'

/** What one log entry holds. */
export interface Arrived {
  readonly position: number
  /** By event time. */
  readonly messages: readonly Message[]
}

export interface Arrivals {
  /** @param bytes - of the body they were read from. */
  keep(arrived: Arrived, bytes: number): void
  /**
   * @param position - the last that was taken in; what stands up to it is let go.
   * @param most - messages; at least one entry, however large.
   * @returns the entries that follow, up to the first that is not here.
   */
  takeAfter(position: number, most: number): readonly Arrived[]
  /** Messages that wait here. */
  count(): number
}

/** Some ten thousand messages: as objects they take several times as much memory. */
const MOST_BYTES = 16 * 1024 * 1024

export function createArrivals(mostBytes: number = MOST_BYTES): Arrivals {
  const waiting = new Map<number, { readonly arrived: Arrived; readonly bytes: number }>()
  let held = 0
  let messages = 0
  const take = (position: number): Arrived | undefined => {
    const one = waiting.get(position)
    if (one === undefined) return undefined
    waiting.delete(position)
    held -= one.bytes
    messages -= one.arrived.messages.length
    return one.arrived
  }
  return {
    keep: (arrived, bytes) => {
      if (held + bytes > mostBytes) return
      waiting.set(arrived.position, { arrived, bytes })
      held += bytes
      messages += arrived.messages.length
    },
    takeAfter: (position, most) => {
      // In the order they became durable: what is passed stands first.
      for (const passed of waiting.keys()) {
        if (passed > position) break
        take(passed)
      }
      const taken: Arrived[] = []
      for (let many = 0; many < most; ) {
        const next = take(position + taken.length + 1)
        if (next === undefined) break
        taken.push(next)
        many += next.messages.length
      }
      return taken
    },
    count: () => messages,
  }
}
