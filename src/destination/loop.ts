/** A loop that sleeps until woken or until it asked to be called again. */
import type { LogEvent } from './log-event.ts'

export interface Loop {
  /** Asks for a turn now; during a turn, for another one after it. */
  wake(): void
  /** @returns once the turn under way is over; there is none after it. */
  stop(): Promise<void>
}

export interface LoopOptions {
  readonly name: string
  /** One turn. @returns ms until the next one, 0 for at once, undefined to sleep until woken. */
  readonly turn: () => Promise<number | undefined>
  readonly onEvent: (event: LogEvent) => void
}

/** After a turn that threw, the loop says so and waits this long: a full disk comes back, a busy loop helps nobody. */
const PAUSE_AFTER_ERROR_MS = 1_000
/** The longest sleep: the wall clock may be set forward meanwhile, and a timer is due by the wall clock. */
const LONGEST_SLEEP_MS = 30_000

/** Lets whatever else is waiting have its turn: requests, answers, other loops. */
export function giveWay(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

export function startLoop({ name, turn, onEvent }: LoopOptions): Loop {
  let woken = true
  let stopped = false
  let rouse: (() => void) | undefined
  let cut: (() => void) | undefined

  const sleep = (ms: number) =>
    new Promise<void>(resolve => {
      const timer = setTimeout(resolve, Math.min(ms, LONGEST_SLEEP_MS))
      rouse = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  const giveWayUnlessStopped = () =>
    new Promise<void>(resolve => {
      const immediate = setImmediate(resolve)
      cut = () => {
        clearImmediate(immediate)
        resolve()
      }
    })

  const run = async () => {
    while (!stopped) {
      woken = false
      let wait: number | undefined
      try {
        wait = await turn()
      } catch (error) {
        onEvent({ kind: 'loop failed', loop: name, error: error instanceof Error ? error.message : String(error) })
        wait = PAUSE_AFTER_ERROR_MS
        woken = false
      }
      if (stopped) return
      if (!woken && wait !== 0) await sleep(wait ?? LONGEST_SLEEP_MS)
      // A turn that always asks for another must not keep requests waiting.
      else await giveWayUnlessStopped()
    }
  }
  const running = run()
  return {
    wake: () => {
      woken = true
      rouse?.()
    },
    stop: async () => {
      stopped = true
      cut?.()
      rouse?.()
      await running
    },
  }
}
