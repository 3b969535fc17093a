/** Hours in seconds: timers fire in order as fast as the machine can, for tests with hundreds of thousands of them. */
import { onTestFinished, vi } from 'vitest'

export interface FastTime {
  /** Epoch ms. */
  readonly now: () => number
  /** Lets time pass to this moment, or as far as it takes until something holds. */
  runUntil(end: number | (() => boolean)): Promise<void>
}

interface Timer {
  readonly id: number
  readonly at: number
  readonly fire: () => void
}

/** Replaces timers until the test ends. The clock is given out, not replaced. */
export function fastTime(start: number): FastTime {
  const hop = globalThis.setImmediate
  let now = start
  let made = 0
  /** What fires first comes last. */
  const timers: Timer[] = []

  function add(fire: () => void, ms = 0): number {
    made += 1
    const timer = { id: made, at: now + Math.max(ms, 0), fire }
    const place = timers.findIndex(({ at }) => at <= timer.at)
    timers.splice(place === -1 ? timers.length : place, 0, timer)
    return made
  }
  function remove(id: number): void {
    const place = timers.findIndex(timer => timer.id === id)
    if (place !== -1) timers.splice(place, 1)
  }
  /** Everything that was promised happens before the next macrotask. */
  const settled = () => new Promise<void>(resolve => hop(resolve))

  vi.stubGlobal('setTimeout', add)
  vi.stubGlobal('clearTimeout', remove)
  vi.stubGlobal('setImmediate', (fire: () => void) => add(fire))
  onTestFinished(() => {
    vi.unstubAllGlobals()
  })
  return {
    now: () => now,
    async runUntil(end) {
      const isOver = () => (typeof end === 'number' ? (timers.at(-1)?.at ?? Number.POSITIVE_INFINITY) > end : end())
      await settled()
      while (!isOver()) {
        const next = timers.pop()
        if (next === undefined) throw new Error('nothing more will happen')
        now = Math.max(now, next.at)
        next.fire()
        await settled()
      }
      if (typeof end === 'number') now = Math.max(now, end)
    },
  }
}
