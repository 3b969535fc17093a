/** Which timer of whom comes due next. A heap whose stale entries are swept, so that it grows with people, not messages. */
import type { Timer } from '../engine/timer.ts'

export interface Due {
  readonly profileId: string
  readonly timer: Timer
}

export interface Schedule {
  add(due: Due): void
  /** Takes out the next timer that is set and due before `until`, epoch ms; of one instant, in the order the store gives them. */
  takeBefore(until: number): Due | undefined
}

/** Below this many entries sweeping saves nothing. */
const SWEEP_FROM = 4_096

/** @param isSet - whether an entry still stands; one that does not may be forgotten. */
export function createSchedule(isSet: (due: Due) => boolean): Schedule {
  let heap: Due[] = []
  let sweepAt = SWEEP_FROM

  const swap = (a: number, b: number) => {
    const [one, other] = [heap[a], heap[b]]
    if (one === undefined || other === undefined) return
    heap[a] = other
    heap[b] = one
  }
  const rise = (from: number) => {
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1
      if (!isBefore(heap[at], heap[parent])) return
      swap(at, parent)
      at = parent
    }
  }
  const sink = () => {
    for (let at = 0; ; ) {
      const left = 2 * at + 1
      const child = isBefore(heap[left + 1], heap[left]) ? left + 1 : left
      if (!isBefore(heap[child], heap[at])) return
      swap(at, child)
      at = child
    }
  }
  const sweep = () => {
    // A sorted list is a heap.
    heap = heap.filter(isSet).toSorted((a, b) => (isBefore(a, b) ? -1 : 1))
    sweepAt = Math.max(2 * heap.length, SWEEP_FROM)
  }

  return {
    add: due => {
      if (heap.length >= sweepAt) sweep()
      heap.push(due)
      rise(heap.length - 1)
    },
    takeBefore: until => {
      for (;;) {
        const [first] = heap
        if (first === undefined || first.timer.due >= until) return undefined
        const last = heap.pop()
        if (last !== undefined && heap.length > 0) {
          heap[0] = last
          sink()
        }
        if (isSet(first)) return first
      }
    },
  }
}

function isBefore(a: Due | undefined, b: Due | undefined): boolean {
  if (a === undefined || b === undefined) return false
  if (a.timer.due !== b.timer.due) return a.timer.due < b.timer.due
  if (a.profileId !== b.profileId) return a.profileId < b.profileId
  return a.timer.key < b.timer.key
}
