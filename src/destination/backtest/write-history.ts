/** Writes moments of the past straight to a platform, beside the outbox: each person's in order, several people at a time. */
import type { Connector, EventDelivery, Outcome } from '../../connectors/connector.ts'
import { attempt } from '../delivery/attempt.ts'
import { judgeOutcome } from '../delivery/retry.ts'

export interface WriteOptions {
  /** One list for each person, in order. */
  readonly lanes: readonly (readonly EventDelivery[])[]
  readonly connector: Pick<Connector, 'name' | 'limits' | 'deliver'>
  /** Told of what the platform has taken, before anything more is sent for the same people. */
  readonly onWritten: (deliveryIds: readonly string[]) => void
  readonly onProgress: (progress: WriteProgress) => void
  /** Ends it before its time: what is under way still lands. */
  readonly signal: AbortSignal
  /** Epoch ms. */
  readonly now: () => number
  /** 0–1. */
  readonly random: () => number
}

export interface WriteProgress {
  /** Written or refused. */
  readonly settled: number
  /** Present while the platform is left alone. */
  readonly pause?: Pause
}

export interface Pause {
  /** Epoch ms. */
  readonly until: number
  /** In the platform's words. */
  readonly reason: string
}

export interface Wrote {
  readonly written: number
  /** How many were refused for good, by the platform's words. */
  readonly refused: ReadonlyMap<string, number>
  readonly end: { readonly kind: 'done' | 'stopped' } | { readonly kind: 'given up'; readonly reason: string }
}

export async function writeHistory(options: WriteOptions): Promise<Wrote> {
  const { lanes, connector, signal } = options
  const batchSize = Math.min(MOST_AT_ONCE, Math.max(...eventRoutes(connector).map(route => route.batchSize)))
  const waiting = lanes.values()
  const refused = new Map<string, number>()
  let [written, settled] = [0, 0]
  const patience = createPatience(options, pause => options.onProgress({ settled, pause }))
  const isOver = () => signal.aborted || patience.lost() !== undefined

  /** People whose moments fill a batch; nobody else writes for them meanwhile. */
  const takePeople = (): readonly EventDelivery[] => {
    const taken: EventDelivery[] = []
    for (let next = waiting.next(); next.done !== true; next = waiting.next()) {
      taken.push(...next.value)
      if (taken.length >= batchSize) break
    }
    return taken
  }
  /** @returns those that have to be tried again. */
  const settle = (batch: readonly EventDelivery[], outcomes: readonly Outcome[]) => {
    const taken = batch.filter((_, place) => outcomes[place]?.kind === 'delivered')
    options.onWritten(taken.map(({ id }) => id))
    written += taken.length
    for (const outcome of outcomes)
      if (outcome.kind === 'rejected') refused.set(outcome.reason, (refused.get(outcome.reason) ?? 0) + 1)
    const again = batch.filter((_, place) => !isFinal(outcomes[place]))
    settled += batch.length - again.length
    options.onProgress({ settled })
    return again
  }
  const write = async (batch: readonly EventDelivery[]): Promise<void> => {
    let left = batch
    for (let attempts = 1; left.length > 0; ) {
      await patience.wait()
      if (isOver()) return
      const outcomes = await attempt(connector, left)
      const again = settle(left, outcomes)
      if (again.length < left.length) attempts = 1
      const met = outcomes.find(outcome => !isFinal(outcome))
      if (met !== undefined && patience.try(met, attempts)) attempts += 1
      left = again
    }
  }
  const work = async (): Promise<void> => {
    for (let people = takePeople(); people.length > 0 && !isOver(); people = takePeople())
      for (let at = 0; at < people.length; at += batchSize) await write(people.slice(at, at + batchSize))
  }

  await Promise.all(Array.from({ length: Math.min(connector.limits.concurrency, AT_ONCE) }, work))
  const reason = patience.lost()
  const isWhole = settled === lanes.reduce((sum, lane) => sum + lane.length, 0)
  const end =
    reason === undefined ? ({ kind: isWhole ? 'done' : 'stopped' } as const) : ({ kind: 'given up', reason } as const)
  return { written, refused, end }
}

function eventRoutes({ limits }: Pick<Connector, 'limits'>): Connector['limits']['routes'] {
  return limits.routes.filter(({ kinds }) => kinds.includes('event'))
}

/** Attempts in a row that get nowhere, some four minutes in all: somebody is watching, who may come back later. */
const ATTEMPTS = 8
/** After a 429 that does not say how long to wait. */
const THROTTLED_MS = 10_000
/** Whoever watches sees it move, and stops it soon. */
const MOST_AT_ONCE = 100
/** Calls at a time: history is in no hurry, and what happens meanwhile shares the budget. */
const AT_ONCE = 3
/** How often somebody who watches a pause sees it move. */
const TICK_MS = 1_000

interface Patience {
  /**
   * Takes in what has to be tried again.
   *
   * @param attempts - in a row, ≥ 1.
   * @returns whether it counts: a wait that is asked for is no failure.
   */
  try(outcome: Outcome, attempts: number): boolean
  /** Until the platform may be asked again, or asking is over. */
  wait(): Promise<void>
  /** @returns the platform's words when it is no use to go on. */
  lost(): string | undefined
}

/** One for all that write to the platform: what throttles one of them throttles the others. */
function createPatience(
  { signal, now, random }: Pick<WriteOptions, 'signal' | 'now' | 'random'>,
  onPause: (pause: Pause) => void,
): Patience {
  let pause: Pause = { until: 0, reason: '' }
  let lost: string | undefined
  return {
    try: (outcome, attempts) => {
      const verdict = judgeOutcome(outcome, attempts, random())
      if (verdict.kind === 'delivered') return false
      const counts = verdict.kind === 'retry' && verdict.counts
      // A refused key is refused until an operator acts, and this one is watching.
      const isHopeless = verdict.kind === 'dead' || outcome.kind === 'unauthorized' || (counts && attempts >= ATTEMPTS)
      if (isHopeless) {
        lost = verdict.reason
        return counts
      }
      const waitMs = verdict.kind === 'postponed' ? (askedBy(outcome) ?? THROTTLED_MS) : verdict.afterMs
      const until = now() + waitMs
      // What throttles longest is waited for.
      if (until > pause.until) pause = { until, reason: verdict.reason }
      return counts
    },
    wait: async () => {
      // Another one may put it off meanwhile.
      while (pause.until > now() && lost === undefined && !signal.aborted) {
        onPause(pause)
        await sleep(Math.min(pause.until - now(), TICK_MS), signal)
      }
    },
    lost: () => lost,
  }
}

function askedBy(outcome: Outcome): number | undefined {
  return outcome.kind === 'retry' ? outcome.afterMs : undefined
}

/** Ends early when the signal is given. */
function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
  })
}

function isFinal(outcome: Outcome | undefined): boolean {
  return outcome?.kind === 'delivered' || outcome?.kind === 'rejected'
}
