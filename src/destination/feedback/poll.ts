/** Loop: asks a platform for feedback, page by page, from where it came to the last time. */
import type { AskFailure, Feed, Heard, Span } from '../../connectors/feedback.ts'
import { judgeOutcome } from '../delivery/retry.ts'
import type { LogEvent } from '../log-event.ts'
import { type Loop, startLoop } from '../loop.ts'
import type { Store } from '../store/store.ts'
import { addKept, type Kept, NOTHING_KEPT } from './keep.ts'

export interface PollDeps {
  readonly feed: Feed
  /** From the end of one round to the start of the next, ms. */
  readonly everyMs: number
  readonly store: Pick<Store, 'bookmark' | 'keepBookmark'>
  readonly keep: (platform: string, heard: readonly Heard[]) => Promise<Kept>
  /** Whether the backlog is above its bound. */
  readonly overloaded: () => boolean
  /** Epoch ms. */
  readonly now: () => number
  /** 0–1. */
  readonly random: () => number
  readonly onEvent: (event: LogEvent) => void
}

/** One round: everything that happened in a span. */
interface Round {
  readonly span: Span
  /** Where the next page starts; absent: with the first. */
  readonly start?: string
  readonly kept: Kept
}

/** What a platform refuses for good, such as a query it no longer knows, is for somebody to mend: asked again hourly. */
const AFTER_REFUSAL_MS = 3_600_000
const WHEN_OVERLOADED_MS = 5_000

export function startPoll(deps: PollDeps): Loop {
  const { feed, store, keep, now, onEvent } = deps
  const { platform } = feed
  const name = `feedback ${platform}`
  let round: Round | undefined
  let failures = 0
  /** The loop looks in more often than there is something to do. */
  let due = 0

  const wait = (ms: number) => {
    due = now() + ms
    return ms
  }
  const begin = async (): Promise<Round> => {
    const until = now()
    // What happened before polling was first switched on is not asked for.
    const from = ((await store.bookmark(name)) ?? until) - feed.latenessMs
    return { span: { from, until }, kept: NOTHING_KEPT }
  }
  const fail = (failure: AskFailure): number => {
    failures += 1
    const retryInMs = waitAfter(failure, failures, deps.random())
    // A refused place among pages may have grown too old: the round starts anew, and what was kept is not kept twice.
    if (failure.kind === 'rejected') round = undefined
    onEvent({ kind: 'feedback failed', platform, reason: failure.reason, retryInMs })
    return wait(retryInMs)
  }

  return startLoop({
    name,
    onEvent,
    turn: async () => {
      const early = due - now()
      if (early > 0) return early
      if (deps.overloaded()) return wait(WHEN_OVERLOADED_MS)
      const { span, start, kept } = round ?? (await begin())
      const page = await feed.page(span, start)
      if (page.kind !== 'page') return fail(page)
      failures = 0
      const sum = addKept(kept, await keep(platform, page.heard))
      if (page.next !== undefined && page.next !== start) {
        round = { span, start: page.next, kept: sum }
        return wait(feed.pauseMs)
      }
      // Only now: whatever stops the service before, the same span is asked for again.
      await store.keepBookmark(name, span.until)
      round = undefined
      onEvent({ kind: 'feedback taken', platform, by: 'poll', ...sum })
      return wait(deps.everyMs)
    },
  })
}

/** By the table of deliveries. A throttled delivery goes with the others again; this loop has nobody to go with. */
function waitAfter(failure: AskFailure, failures: number, jitter: number): number {
  const { throttled: _, ...alone } = { throttled: undefined, ...failure }
  const verdict = judgeOutcome(alone, failures, jitter)
  return verdict.kind === 'retry' ? verdict.afterMs : AFTER_REFUSAL_MS
}
