/** Loop: the log → ingest; and once it has caught up, due timers → ingest. The only writer of decisions. */
import { type IngestDeps, type Ingested, ingestEntries, ingestTimers } from '../ingest.ts'
import type { LogEvent } from '../log-event.ts'
import { type Loop, startLoop } from '../loop.ts'
import type { Log } from './log.ts'

export interface FollowDeps extends IngestDeps {
  readonly log: Log
  /** Epoch ms. */
  readonly now: () => number
  /** Called after every commit. */
  readonly onIngested: (ingested: Ingested) => void
  readonly onEvent: (event: LogEvent) => void
}

/** Entries taken in by one commit: enough to share its disk write, few enough to keep requests moving. */
const ENTRIES_PER_COMMIT = 50
const TIMERS_PER_COMMIT = 100
/** Timers fire within 2 s of being due; looking twice a second leaves room. */
const TIMER_LOOK_MS = 500

export function startFollow(deps: FollowDeps): Loop {
  const { log, store, now } = deps
  return startLoop({
    name: 'ingest',
    onEvent: deps.onEvent,
    turn: async () => {
      const entries = await log.read(store.cursor(), ENTRIES_PER_COMMIT)
      if (entries.length > 0) {
        deps.onIngested(await ingestEntries(deps, entries, now()))
        return 0
      }
      // Only with the log taken in: the order that cancels a timer may still lie in it.
      const due = await store.dueTimers(now(), TIMERS_PER_COMMIT)
      if (due.length === 0) return TIMER_LOOK_MS
      deps.onIngested(await ingestTimers(deps, due, now()))
      return 0
    },
  })
}
