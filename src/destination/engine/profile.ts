/** A profile's state, and how facts fold into it. Bounded: every list has a length, every text a limit. */
import type { Cart } from './cart.ts'
import type {
  Barred,
  ExitSeen,
  Fact,
  Feature,
  FormSeen,
  HighValue,
  Known,
  LastPage,
  LastProduct,
  Missed,
  MomentFired,
  MomentWithheld,
  Order,
  Silenced,
} from './fact.ts'
import { NO_VIEWS, type Views, type Visit } from './history.ts'
import type { Interest } from './interest.ts'
import { higherLevel, type Level } from './level.ts'
import { appended, inOrder } from './order.ts'
import type { PageView } from './page-view.ts'
import type { Circumstances } from './person.ts'
import type { Balance } from './score.ts'
import type { Hours } from './send-time.ts'
import { type SequenceRun, setRun } from './sequences/run.ts'
import { type Duration, duration, type EventTime, eventTime } from './time.ts'
import { cancelTimer, setTimer, type Timer } from './timer.ts'
import type { Rollup } from './window.ts'
import { NOTHING_WRITTEN, type Written, write } from './written.ts'

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

/** What is not known yet is undefined and still a member: all states have one shape, which makes them quick to copy and read. */
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
  readonly lastPage: LastPage | undefined
  readonly lastProduct: LastProduct | undefined
  readonly cart: Cart | undefined
  /** When the cart was last ordered or emptied; 0: never. */
  readonly cartEmptiedAt: EventTime
  readonly timers: readonly Timer[]
  /** How many timers were taken off the list so far: tells two of one kind apart that were due at the same time. */
  readonly timersTaken: number
  /** Latest last: for caps, cooldowns and once-per-cause. */
  readonly fired: readonly Fired[]
  /** Latest last: so that the same refusal is recorded once. */
  readonly withheld: readonly Withheld[]
  /** The latest that came too late. */
  readonly missed: Missed | undefined
  /** Trait values as they were last handed to the outbox. */
  readonly written: Written
  readonly consent: Readonly<Record<string, boolean>> | undefined
  /** 0–1: how sure it is that a program drives the browser. */
  readonly automation: number
  readonly device: string | undefined
  /** The person's own hour when last seen. */
  readonly localHour: number | undefined
  /** Hours their own clock is ahead of UTC, 0–23; to the hour. */
  readonly localOffset: number | undefined
  /** How long the last message took to arrive. */
  readonly lag: Duration
  readonly visit: Visit
  /** The highest level of that visit. */
  readonly visitLevel: Level
  readonly views: Views
  readonly interests: readonly Interest[]
  readonly hours: Hours
  readonly circumstances: Circumstances
  readonly lastOrder: Order | undefined
  readonly lastHighValue: HighValue | undefined
  readonly features: readonly Feature[]
  /** Under way, and lately over: at most one of each sequence. */
  readonly sequences: readonly SequenceRun[]
  readonly form: FormSeen | undefined
  readonly exit: ExitSeen | undefined
  readonly silenced: Silenced | undefined
  /** By platform: those that said they may not be e-mailed when last asked. */
  readonly barred: readonly Barred[] | undefined
  /** When it was asked to delete them, on our clock: since then nothing is taken in, decided or written. */
  readonly deletedAt: EventTime | undefined
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
  lastPage: undefined,
  lastProduct: undefined,
  cart: undefined,
  cartEmptiedAt: eventTime(0),
  timers: [],
  timersTaken: 0,
  fired: [],
  withheld: [],
  missed: undefined,
  written: NOTHING_WRITTEN,
  consent: undefined,
  automation: 0,
  device: undefined,
  localHour: undefined,
  localOffset: undefined,
  lag: duration(0),
  visit: { number: 0, startedAt: eventTime(0), lastAt: eventTime(0), previousAt: undefined },
  visitLevel: 'none',
  views: NO_VIEWS,
  interests: [],
  hours: [],
  circumstances: {},
  lastOrder: undefined,
  lastHighValue: undefined,
  features: [],
  sequences: [],
  form: undefined,
  exit: undefined,
  silenced: undefined,
  barred: undefined,
  deletedAt: undefined,
}

/** A state while a message is taken in and facts fold into it; nobody keeps it before it is done. */
export type Draft = { -readonly [M in keyof ProfileState]: ProfileState[M] }

/** @param state - with the message taken in that the fact follows from. */
export function evolve(state: ProfileState, fact: Fact): ProfileState {
  const next: Draft = { ...state }
  fold(next, fact)
  return next
}

/** Folds a fact into a draft: a step of many facts copies the state once. Only members are replaced, never changed. */
export function fold(draft: Draft, fact: Fact): void {
  switch (fact.kind) {
    case 'level_changed':
      draft.level = fact.to
      draft.visitLevel = higherLevel(fact.to, draft.visitLevel)
      return
    case 'moment_fired': {
      const { moment, cause, variant, at, capped } = fact
      draft.fired = rememberFired(appended(draft.fired, { moment, cause, variant, at, capped }))
      return
    }
    case 'moment_withheld': {
      const { moment, cause, restraint, missed, at } = fact
      draft.withheld = rememberWithheld(appended(draft.withheld, { moment, cause, restraint }))
      if (missed && (draft.missed === undefined || draft.missed.at <= at)) draft.missed = { moment, at }
      return
    }
    case 'traits_changed':
      draft.written = write(draft.written, fact.traits)
      return
    case 'timer_set':
      draft.timers = setTimer(draft.timers, fact.timer)
      return
    case 'timer_cancelled':
      draft.timers = cancelTimer(draft.timers, fact.key)
      draft.timersTaken += 1
      return
    case 'sequence_moved':
      draft.sequences = setRun(draft.sequences, fact.run)
      return
    case 'observed':
    case 'merged':
      return
    case 'deletion_asked':
      Object.assign(draft, deletedState(draft.known, draft.lastSeen, fact.at))
      return
    default:
      fact satisfies never
  }
}

/** As many platforms as a profile remembers to have said no. */
const MAX_BARRED = 4

/** @returns the platforms that bar a person, in one order whoever said it first. */
export function keepBarred(barred: readonly Barred[]): readonly Barred[] {
  const byPlatform = new Map(inOrder(barred, (a, b) => a.at - b.at).map(each => [each.platform, each]))
  return [...byPlatform.values()].toSorted((a, b) => (a.platform < b.platform ? -1 : 1)).slice(0, MAX_BARRED)
}

/** What is left of somebody who is to be deleted: the names by which further messages are known to be theirs. */
export function deletedState(known: Known, lastSeen: EventTime, deletedAt: EventTime): ProfileState {
  return { ...initialState, known, lastSeen, deletedAt }
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
  const sorted = inOrder(pageViews, compareViews)
  if (sorted.length <= MAX_PAGE_VIEWS) return { pageViews: sorted, forgottenViews: forgotten }
  const gone = sorted.slice(0, -MAX_PAGE_VIEWS).map(({ id }) => id)
  return {
    pageViews: sorted.slice(-MAX_PAGE_VIEWS),
    forgottenViews: forgotten.concat(gone).slice(-MAX_FORGOTTEN_VIEWS),
  }
}

function compareViews(a: PageView, b: PageView): number {
  return a.at - b.at || (a.id < b.id ? -1 : 1)
}

/** @returns the latest of them, by time, as many as a profile keeps. */
export function rememberFired(fired: readonly Fired[]): readonly Fired[] {
  const sorted = inOrder(fired, (a, b) => a.at - b.at)
  let surplus = sorted.filter(({ capped }) => capped).length - MAX_FIRED.capped
  let others = sorted.filter(({ capped }) => !capped).length - MAX_FIRED.uncapped
  if (surplus <= 0 && others <= 0) return sorted
  return sorted.filter(({ capped }) => (capped ? surplus-- <= 0 : others-- <= 0))
}

export function rememberWithheld(withheld: readonly Withheld[]): readonly Withheld[] {
  return withheld.slice(-MAX_WITHHELD)
}
