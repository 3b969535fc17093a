/** A profile's state, and how facts fold into it. Bounded: every list has a length, every text a limit. */
import type { Cart, Product } from './cart.ts'
import type {
  ExitSeen,
  Fact,
  Feature,
  FlatProperties,
  FormSeen,
  HighValue,
  Known,
  MomentFired,
  MomentWithheld,
  Order,
} from './fact.ts'
import type { View, Visit } from './history.ts'
import type { Interest } from './interest.ts'
import { higherLevel, type Level } from './level.ts'
import type { PageView } from './page-view.ts'
import type { Circumstances } from './person.ts'
import type { Balance } from './score.ts'
import type { Hours } from './send-time.ts'
import { type SequenceRun, setRun } from './sequences/run.ts'
import type { Silence } from './signal.ts'
import { type Duration, type EventTime, eventTime } from './time.ts'
import { cancelTimer, setTimer, type Timer } from './timer.ts'
import type { Rollup } from './window.ts'

/** Raised when a stored state must be upgraded to be read. */
export const STATE_VERSION = 1

const MAX_PAGE_VIEWS = 3
const MAX_FORGOTTEN_VIEWS = 10
/** Kept apart, so that moments outside the cap never push out those the cap must count. */
const MAX_FIRED = { capped: 8, uncapped: 3 } as const
/** The largest cap that can be kept. */
export const MAX_CAP = 8
const MAX_WITHHELD = 4

export type Fired = Pick<MomentFired, 'moment' | 'cause' | 'variant' | 'at' | 'capped'>
export type Withheld = Pick<MomentWithheld, 'moment' | 'cause' | 'restraint'>

export interface ProfileState {
  readonly version: typeof STATE_VERSION
  readonly known: Known
  /** The latest event time seen. */
  readonly lastSeen: EventTime
  readonly balance: Balance
  /** Oldest first, the last five minutes. */
  readonly rollups: readonly Rollup[]
  readonly level: Level
  /** The page views last summarised, latest last. */
  readonly pageViews: readonly PageView[]
  /** Ids of page views whose totals were let go, latest last. */
  readonly forgottenViews: readonly string[]
  readonly timeSpentMs: number
  readonly lastPage?: { readonly url?: string; readonly title?: string; readonly at: EventTime }
  readonly lastProduct?: Product & { readonly at: EventTime }
  readonly cart?: Cart
  /** When the cart was last ordered or emptied; 0: never. */
  readonly cartEmptiedAt: EventTime
  readonly timers: readonly Timer[]
  /** How many timers were taken off the list so far: tells two of one kind apart that were due at the same time. */
  readonly timersTaken: number
  /** Latest last: for caps, cooldowns and once-per-cause. */
  readonly fired: readonly Fired[]
  /** Latest last: so that the same refusal is recorded once. */
  readonly withheld: readonly Withheld[]
  /** Trait values as they were last handed to the outbox, unprefixed. */
  readonly written: FlatProperties
  readonly consent?: Readonly<Record<string, boolean>>
  /** 0–1: how sure it is that a program drives the browser. */
  readonly automation: number
  readonly device?: string
  /** The person's own hour when last seen. */
  readonly localHour?: number
  /** Hours their own clock is ahead of UTC, 0–23; to the hour. */
  readonly localOffset?: number
  /** How long the last message took to arrive; absent at first. */
  readonly lag?: Duration
  readonly visit: Visit
  /** The highest level of that visit. */
  readonly visitLevel: Level
  readonly views: readonly View[]
  readonly interests: readonly Interest[]
  readonly hours: Hours
  readonly circumstances: Circumstances
  readonly lastOrder?: Order
  readonly lastHighValue?: HighValue
  readonly features: readonly Feature[]
  /** Under way, and lately over: at most one of each sequence. */
  readonly sequences: readonly SequenceRun[]
  readonly form?: FormSeen
  readonly exit?: ExitSeen
  readonly silenced?: { readonly silence: Silence; readonly at: EventTime }
}

export const initialState: ProfileState = {
  version: STATE_VERSION,
  known: { anonymousIds: [] },
  lastSeen: eventTime(0),
  balance: { points: 0, at: eventTime(0) },
  rollups: [],
  level: 'none',
  pageViews: [],
  forgottenViews: [],
  timeSpentMs: 0,
  cartEmptiedAt: eventTime(0),
  timers: [],
  timersTaken: 0,
  fired: [],
  withheld: [],
  written: {},
  automation: 0,
  visit: { number: 0, startedAt: eventTime(0), lastAt: eventTime(0) },
  visitLevel: 'none',
  views: [],
  interests: [],
  hours: [],
  circumstances: {},
  features: [],
  sequences: [],
}

export function evolve(state: ProfileState, fact: Fact): ProfileState {
  switch (fact.kind) {
    case 'observed': {
      const { cart, ...changes } = fact.changes
      if (cart === undefined) return { ...state, ...changes }
      const { cart: _old, ...without } = state
      return cart === null ? { ...without, ...changes } : { ...without, ...changes, cart }
    }
    case 'level_changed':
      return { ...state, level: fact.to, visitLevel: higherLevel(fact.to, state.visitLevel) }
    case 'moment_fired': {
      const { moment, cause, variant, at, capped } = fact
      return { ...state, fired: rememberFired([...state.fired, { moment, cause, variant, at, capped }]) }
    }
    case 'moment_withheld': {
      const { moment, cause, restraint } = fact
      return { ...state, withheld: rememberWithheld([...state.withheld, { moment, cause, restraint }]) }
    }
    case 'traits_changed':
      return { ...state, written: { ...state.written, ...fact.traits } }
    case 'timer_set':
      return { ...state, timers: setTimer(state.timers, fact.timer) }
    case 'timer_cancelled':
      return { ...state, timers: cancelTimer(state.timers, fact.key), timersTaken: state.timersTaken + 1 }
    case 'sequence_moved':
      return { ...state, sequences: setRun(state.sequences, fact.run) }
    case 'merged':
      return state
    default:
      return fact satisfies never
  }
}

/** A person a platform could name; someone with only an anonymousId is not. */
export function isIdentified({ known }: ProfileState): boolean {
  return known.email !== undefined || known.phone !== undefined || known.userId !== undefined
}

/** @returns the latest page views, and the ids of those that had to go. */
export function keepLatest(
  pageViews: readonly PageView[],
  forgotten: readonly string[],
): Pick<ProfileState, 'pageViews' | 'forgottenViews'> {
  const sorted = pageViews.toSorted((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))
  const gone = sorted.slice(0, -MAX_PAGE_VIEWS).map(({ id }) => id)
  return {
    pageViews: sorted.slice(-MAX_PAGE_VIEWS),
    forgottenViews: gone.length === 0 ? forgotten : [...forgotten, ...gone].slice(-MAX_FORGOTTEN_VIEWS),
  }
}

/** @returns the latest of them, by time, as many as a profile keeps. */
export function rememberFired(fired: readonly Fired[]): readonly Fired[] {
  const sorted = fired.toSorted((a, b) => a.at - b.at)
  const counted = new Set(sorted.filter(({ capped }) => capped).slice(-MAX_FIRED.capped))
  const others = new Set(sorted.filter(({ capped }) => !capped).slice(-MAX_FIRED.uncapped))
  return sorted.filter(past => counted.has(past) || others.has(past))
}

export function rememberWithheld(withheld: readonly Withheld[]): readonly Withheld[] {
  return withheld.slice(-MAX_WITHHELD)
}
