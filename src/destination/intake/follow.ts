/** Loop: the log → ingest; and once it has caught up, due timers → ingest. The only writer of decisions. */
import { type IngestDeps, type Ingested, ingestEntries, ingestTimers } from '../ingest.ts'
import type { LogEvent } from '../log-event.ts'
import { type Loop, startLoop } from '../loop.ts'
import { arrivedIn } from '../parse.ts'
import type { DecidingStore } from '../store/store.ts'
import { StaleError } from '../store/store-error.ts'
import type { Arrivals, Arrived } from './arrivals.ts'
import type { Log, LoggedEntry } from './log.ts'

export interface FollowDeps extends IngestDeps {
  readonly store: DecidingStore
  readonly log: Pick<Log, 'read'> & {
    /** Whatever came in before this, epoch ms, was read when there is nothing more; absent: there is nothing that was not. */
    knownAt?(): number
  }
  /** What has been parsed already; what is missing there is read from the log. */
  readonly arrivals: Pick<Arrivals, 'takeAfter' | 'count'>
  /** Epoch ms. */
  readonly now: () => number
  /** Called after every commit. */
  readonly onIngested: (ingested: Ingested) => void
  readonly onEvent: (event: LogEvent) => void
}

/** Taken in by one commit, beside what comes in the same entry: enough to share its disk write, few enough to keep requests moving. */
const MESSAGES_PER_COMMIT = 500
const TIMERS_PER_COMMIT = 100
/** While they are written, the next is decided. */
const COMMITS_UNDER_WAY = 4
/** What comes in so short a time after a commit shares the next one: each costs as much as some dozen messages. */
const COMMIT_EVERY_MS = 20
/** Timers fire within 2 s of being due; looking twice a second leaves room. */
const TIMER_LOOK_MS = 500

export function startFollow(deps: FollowDeps): Loop {
  const { log, store, arrivals, now } = deps
  const underWay = new Set<Promise<void>>()
  let failed: { readonly error: unknown } | undefined
  /** Up to where it was decided: ahead of what is on disk. */
  let position = store.cursor()
  /** Read from the log, and more than one commit takes. */
  let ahead: readonly LoggedEntry[] = []
  /** The log has more than went into the last commit. */
  let isCatchingUp = false
  let followedAt = 0
  let isStopping = false
  let hurry: (() => void) | undefined

  const follow = (ingested: Ingested) => {
    const landing = ingested.committed
      .then(
        () => deps.onIngested(ingested),
        error => {
          failed = { error }
        },
      )
      .finally(() => underWay.delete(landing))
    underWay.add(landing)
  }
  /** @returns once no more than this many commits are under way. @throws what one of them met. */
  const waitForAllBut = async (most: number) => {
    while (underWay.size > most) await Promise.race(underWay)
    if (failed !== undefined) throw failed.error
  }
  /** What was decided did not come true: it is decided again, from where the store is. */
  const startAnew = async () => {
    await Promise.all(underWay)
    failed = undefined
    position = store.cursor()
  }
  const gather = (ms: number) =>
    new Promise<void>(resolve => {
      const timer = setTimeout(resolve, ms)
      hurry = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  const next = async (): Promise<readonly Arrived[]> => {
    const taken = arrivals.takeAfter(position, MESSAGES_PER_COMMIT)
    isCatchingUp = false
    if (taken.length > 0) return taken
    ahead = ahead.filter(entry => entry.position > position)
    if (ahead[0]?.position !== position + 1) ahead = await log.read(position, MESSAGES_PER_COMMIT)
    const arrived: Arrived[] = []
    let messages = 0
    for (const entry of ahead) {
      const one = arrivedIn(entry)
      arrived.push(one)
      messages += one.messages.length
      isCatchingUp = messages >= MESSAGES_PER_COMMIT
      if (isCatchingUp) break
    }
    return arrived
  }
  const turn = async () => {
    await waitForAllBut(COMMITS_UNDER_WAY - 1)
    const early = followedAt + COMMIT_EVERY_MS - now()
    const isFull = isCatchingUp || arrivals.count() >= MESSAGES_PER_COMMIT
    if (early > 0 && !isFull && !isStopping) await gather(Math.min(early, COMMIT_EVERY_MS))
    const arrived = await next()
    if (arrived.length > 0) {
      followedAt = now()
      follow(await ingestEntries(deps, arrived, now()))
      position = arrived.at(-1)?.position ?? position
      return 0
    }
    await waitForAllBut(0)
    // Only with the log taken in: the order that cancels a timer may still lie in it.
    const at = Math.min(now(), log.knownAt?.() ?? Number.POSITIVE_INFINITY)
    const due = await store.dueTimers(at, TIMERS_PER_COMMIT)
    if (due.length > 0) {
      follow(await ingestTimers(deps, due, at))
      return 0
    }
    return (await store.rest(now())) ? 0 : TIMER_LOOK_MS
  }
  const loop = startLoop({
    name: 'ingest',
    onEvent: deps.onEvent,
    turn: async () => {
      try {
        return await turn()
      } catch (error) {
        await startAnew()
        // Somebody else has changed what it was decided on: nothing is wrong.
        if (error instanceof StaleError) return 0
        throw error
      }
    },
  })
  return {
    wake: loop.wake,
    stop: async () => {
      isStopping = true
      hurry?.()
      await loop.stop()
      await Promise.all(underWay)
    },
  }
}
