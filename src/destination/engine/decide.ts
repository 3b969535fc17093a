/** The whole engine, seen from outside: a state takes in an input, facts are decided, and they fold into the new state. */
import type { Fact, MomentFired } from './fact.ts'
import type { Input } from './input.ts'
import { quietUntil } from './local-time.ts'
import { noticeCustom } from './moments/custom.ts'
import { momentsFor } from './moments/index.ts'
import type { Noticed } from './moments/moment.ts'
import { listed, summarised } from './moments/words.ts'
import { observe } from './observe.ts'
import type { Policy } from './policy.ts'
import { type Draft, fold, type ProfileState } from './profile.ts'
import { missingConsent, type Refusal, restrain } from './restraint.ts'
import { putOff, schedule, type TimerChange } from './schedule.ts'
import { agreeing, levelOf, pointsAt, scoreOf } from './score.ts'
import { cuesOf } from './sequences/cues.ts'
import { concerns, followSequence } from './sequences/follow.ts'
import { nextDue } from './sequences/run.ts'
import { NO_SIGNAL, type Signal } from './signal.ts'
import { after, type EventTime, eventTime, times } from './time.ts'
import { type Timer, timerOf } from './timer.ts'
import { changedTraits, currentTraits } from './traits.ts'
import { hoppingAverage, type Points, ROLLUP, ROLLUPS_AVERAGED, recentPoints, totalOf } from './window.ts'

export interface Step {
  readonly state: ProfileState
  readonly facts: readonly Fact[]
}

/** An input on its way through the engine: what it is asked of, and what has been decided so far. */
interface Turn {
  readonly before: ProfileState
  /** What the input itself says is in it from the start. */
  readonly state: Draft
  readonly input: Input
  /** What the message says; `none` for a timer. */
  readonly signal: Signal
  readonly policy: Policy
  readonly facts: Fact[]
  /** Event time never runs backwards for a decision: a late message is weighed as of the latest one seen. */
  readonly now: EventTime
  /** The points of the last five minutes. */
  readonly recent: Points
  /** When to ask again about what only the hour held back. */
  morning: EventTime | undefined
}

/**
 * What an input means for a profile: it is taken in, and what follows from it is decided.
 *
 * Pure: the same state, input and policy give the same facts, live, in a replay and in a backtest. Never throws,
 * whatever a message holds.
 */
export function step(before: ProfileState, input: Input, policy: Policy): Step {
  const isDeletion = input.kind === 'message' && input.message.type === 'delete'
  if (before.deletedAt !== undefined && !isDeletion) return { state: before, facts: [] }
  const turn = begin(before, input, policy)
  const { state, facts } = turn
  if (isDeletion) {
    const why = 'It was asked to delete this person.'
    settle(turn, { kind: 'deletion_asked', id: nextId(turn), at: input.now, why })
    return { state, facts }
  }
  settle(turn, changeOfLevel(turn))
  const later = input.kind === 'timer' ? putOff(state, input.timer, policy) : undefined
  if (input.kind === 'timer' && later !== undefined) askAgain(turn, input.timer, later)
  else lookForMoments(turn)
  if (input.kind === 'message')
    for (const change of schedule({ before, state, input, policy })) settle(turn, timerFact(turn, change))
  settle(turn, sequenceTimer(turn))
  settle(turn, settleTimer(turn))
  settle(turn, changeOfTraits(turn))
  return { state, facts }
}

/** The state takes the input in. */
function begin(before: ProfileState, input: Input, policy: Policy): Turn {
  const state: Draft = { ...before }
  const seen = input.kind === 'message' ? observe(state, input.message, policy) : undefined
  const now = eventTime(Math.max(state.lastSeen, input.at))
  const recent = recentPoints(state.rollups, now)
  const signal = seen?.signal ?? NO_SIGNAL
  const turn: Turn = { before, state, input, signal, policy, facts: [], now, recent, morning: undefined }
  const { at } = input
  if (seen !== undefined) settle(turn, { kind: 'observed', id: nextId(turn), at, earned: seen.earned })
  if (input.kind === 'timer') settle(turn, { kind: 'timer_cancelled', id: nextId(turn), at, key: input.timer.key })
  return turn
}

function settle({ state, facts }: Turn, fact: Fact | undefined): void {
  if (fact === undefined) return
  facts.push(fact)
  fold(state, fact)
}

/** @returns the id of the fact decided next. */
function nextId({ input, facts }: Turn): string {
  return `${input.id}:${facts.length}`
}

function lookForMoments(turn: Turn): void {
  const { before, state, input, signal, policy, facts, now } = turn
  const scene = { before, state, input, page: summarised(state, input, signal), signal, policy }
  for (const notice of momentsFor(input, scene.page)) judge(turn, notice(scene))
  for (const noticed of noticeCustom(scene)) judge(turn, noticed)
  // What only the hour held back is not lost: the timer that noticed it asks again in the morning.
  if (input.kind === 'timer' && turn.morning !== undefined) askAgain(turn, input.timer, turn.morning)
  const fired = firedIn(facts)
  const cues = cuesOf(scene, fired)
  for (const sequence of policy.sequences) {
    if (!concerns(sequence, state.sequences, cues)) continue
    const { noticed, moved } = followSequence({ ...scene, sequence, cues, fired })
    judge(turn, noticed)
    if (moved !== undefined) settle(turn, { kind: 'sequence_moved', id: nextId(turn), at: input.at, ...moved })
  }
  if (firedIn(facts).length > 0)
    settle(turn, { kind: 'traits_changed', id: nextId(turn), at: now, traits: currentTraits(state, now, policy) })
}

function judge(turn: Turn, found: Noticed | undefined): void {
  if (!found?.policy.enabled) return
  const { state, input, policy } = turn
  const noticed = { ...found, cause: found.cause.slice(-MAX_CAUSE_LENGTH) }
  const refusal = restrain(noticed, { state, input, page: state.pageViews.at(-1), policy })
  settle(turn, verdict(turn, noticed, refusal))
  if (refusal?.restraint === 'quiet_hours') turn.morning = quietUntil(state, noticed.at, policy) ?? turn.morning
}

function askAgain(turn: Turn, { key }: Timer, due: EventTime): void {
  settle(turn, { kind: 'timer_set', id: nextId(turn), at: turn.input.at, timer: { key, due } })
}

function changeOfLevel(turn: Turn): Fact | undefined {
  const { state, policy, recent, now } = turn
  const average = hoppingAverage(recent)
  const level = levelOf(average, recent, state.level, policy.levels)
  if (level === state.level) return undefined
  const kinds = listed(agreeing(recent, policy.levels)) || 'no kind of signal'
  const why = `The five-minute average is ${average.toFixed(2)} points (${kinds} agreeing): ${state.level} → ${level}.`
  return { kind: 'level_changed', id: nextId(turn), at: now, from: state.level, to: level, average, why }
}

/** What tells one id from another stands at its end. */
const MAX_CAUSE_LENGTH = 60

function verdict(turn: Turn, noticed: Noticed, refusal: Refusal | undefined): Fact | undefined {
  const { moment, variant, cause, at, properties, why, policy } = noticed
  if (refusal === undefined) {
    return {
      kind: 'moment_fired',
      id: nextId(turn),
      at,
      moment,
      cause,
      variant,
      properties: { ...properties, reason: why },
      why,
      capped: policy.capped,
      freshUntil: after(at, policy.freshFor),
    }
  }
  const { restraint, missed } = refusal
  // Further summaries of a page view that fired are no news, nor is the same refusal again.
  const known = turn.state.withheld.some(
    past => past.moment === moment && past.cause === cause && past.restraint === restraint,
  )
  if (restraint === 'repeated' || known) return undefined
  return {
    kind: 'moment_withheld',
    id: nextId(turn),
    at,
    moment,
    cause,
    restraint,
    why: refusal.why,
    ...(missed && { missed }),
  }
}

const NOTHING_FIRED: readonly MomentFired[] = []

function firedIn(facts: readonly Fact[]): readonly MomentFired[] {
  // Nearly never does any: then there is no list to make.
  for (const fact of facts) if (fact.kind === 'moment_fired') return facts.filter(each => each.kind === 'moment_fired')
  return NOTHING_FIRED
}

/** One timer for all sequences of a person: it stands where the first of their next steps is due. */
function sequenceTimer(turn: Turn): Fact | undefined {
  const { state, input } = turn
  const due = nextDue(state.sequences)
  if (due === timerOf(state.timers, 'sequence')?.due) return undefined
  return due === undefined
    ? { kind: 'timer_cancelled', id: nextId(turn), at: input.at, key: 'sequence' }
    : { kind: 'timer_set', id: nextId(turn), at: input.at, timer: { key: 'sequence', due } }
}

function timerFact(turn: Turn, change: TimerChange): Fact {
  const { at } = turn.input
  return change.kind === 'set'
    ? { kind: 'timer_set', id: nextId(turn), at, timer: change.timer }
    : { kind: 'timer_cancelled', id: nextId(turn), at, key: change.key }
}

/** One rollup more than the average covers: by then the last activity has left it. */
const UNTIL_QUIET = times(ROLLUPS_AVERAGED + 1, ROLLUP)
/** A score this low is written as it is for the last time. */
const SCORE_OVER = 0.5

/** Keeps level and score falling when nobody acts: asks again until both are down. At most one pending per profile. */
function settleTimer(turn: Turn): Fact | undefined {
  const { before, state, input, policy, now, recent } = turn
  if (timerOf(state.timers, 'settle') !== undefined) return undefined
  // A late message that earns nothing may still raise a level that had fallen meanwhile.
  if (input.kind === 'message' && state.balance === before.balance && state.level === before.level) return undefined
  const active = totalOf(recent) > 0
  const fading = scoreOf(pointsAt(state.balance, now, policy.score), policy.score) >= SCORE_OVER
  if (!active && !fading) return undefined
  const wait = active ? UNTIL_QUIET : policy.score.halfLife
  const due = after(active ? state.lastSeen : now, wait)
  return { kind: 'timer_set', id: nextId(turn), at: input.at, timer: { key: 'settle', due } }
}

function changeOfTraits(turn: Turn): Fact | undefined {
  const { state, policy, now } = turn
  if (missingConsent(state, policy) !== undefined) return undefined
  const traits = changedTraits(state, now, policy)
  return traits && { kind: 'traits_changed', id: nextId(turn), at: now, traits }
}
