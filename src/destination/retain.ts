/**
 * Loop: what is older than it has to be kept is taken away, a little at a time. Nothing goes that is not decided on yet, and
 * what waits to be delivered stays as long as it waits.
 */
import type { Backbone } from './backbone.ts'
import type { Keeping } from './config.ts'
import type { LogEvent } from './log-event.ts'
import { type Loop, startLoop } from './loop.ts'
import type { Store } from './store/store.ts'

export interface RetainDeps {
  readonly store: Pick<Store, 'retain'>
  readonly letGo: Backbone['letGo']
  readonly keeping: Keeping
  /** Epoch ms. */
  readonly now: () => number
  readonly onEvent: (event: LogEvent) => void
}

/** A few milliseconds of work at a time, and a pause: nobody waits for it. */
const ROWS_AT_ONCE = 500
const PAUSE_MS = 20
const LOOK_EVERY_MS = 10_000

export function startRetain({ store, letGo, keeping, now, onEvent }: RetainDeps): Loop {
  let [requests, rows] = [0, 0]
  return startLoop({
    name: 'retention',
    onEvent,
    turn: async () => {
      const at = now()
      const fromLog = await letGo({
        before: at - keeping.logMs,
        mostBytes: keeping.logBytes,
        limit: ROWS_AT_ONCE,
      })
      const fromStore = await store.retain({ before: at - keeping.storyMs, limit: ROWS_AT_ONCE })
      requests += fromLog
      rows += fromStore
      if (fromLog + fromStore > 0) return PAUSE_MS
      if (requests + rows > 0) onEvent({ kind: 'let go', requests, rows })
      requests = 0
      rows = 0
      return LOOK_EVERY_MS
    },
  })
}
