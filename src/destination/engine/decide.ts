/** The whole engine, seen from outside: a state and an input become facts, and the facts a new state. */
import type { Fact, MomentFired } from './fact.ts'
import type { Input } from './input.ts'
import { quietUntil } from './local-time.ts'
import { noticeCustom } from './moments/custom.ts'
import { moments } from './moments/index.ts'
import type { Noticed } from './moments/moment.ts'
import { listed, summarised } from './moments/words.ts'
import { observe } from './observe.ts'
import type { Policy } from './policy.ts'
import { type Draft, fold, type ProfileState } from './profile.ts'
import { missingConsent, type Refusal, restrain } from './restraint.ts'
import { putOff, schedule, type TimerChange } from './schedule.ts'
import { agreeing, levelOf, pointsAt, scoreOf } from './score.ts'
import { cuesOf } from './sequences/cues.ts'
import { followSequence } from './sequences/follow.ts'
import { nextDue } from './sequences/run.ts'
import type { Signal } from './signal.ts'
import { after, type EventTime, eventTime, times } from './time.ts'
import { timerOf } from './timer.ts'
import { changedTraits, currentTraits } from './traits.ts'
import { hoppingAverage, ROLLUP, ROLLUPS_AVERAGED, recentPoints, totalOf } from './window.ts'

export interface Step {
  readonly state: ProfileState
  readonly facts: readonly Fact[]
}

/** A fact before it has its id. */
type Decided = Fact extends infer F ? (F extends Fact ? Omit<F, 'id'> : never) : never

/**
 * What an input means for a profile.
 *
 * Pure: the same state, input and policy give the same facts, live, in a replay and in a backtest. Never throws,
 * whatever a message holds.
 */
export function step(before: ProfileState, input: Input, policy: Policy): Step {
  const isDeletion = input.kind === 'message' && input.message.type === 'delete'
  if (before.deletedAt !== undefined && !isDeletion) return { state: before, facts: [] }
  const facts: Fact[] = []
  const state: Draft = { ...before }
  const settle = (decided: Decided | undefined) => {
    if (decided === undefined) return
    const fact = { ...decided, id: `${input.id}:${facts.length}` }
    facts.push(fact)
    fold(state, fact)
  }

  let signal: Signal = { kind: 'none' }
  if (input.kind === 'message') {
    const observed = observe(state, input.message, policy)
    signal = observed.signal
    settle({ kind: 'observed', at: input.at, changes: observed.changes, earned: observed.earned })
    if (isDeletion) {
      settle({ kind: 'deletion_asked', at: input.now, why: 'It was asked to delete this person.' })
      return { state, facts }
    }
  } else settle({ kind: 'timer_cancelled', at: input.at, key: input.timer.key })
  const now = decidingTime(state, input)
  settle(changeOfLevel(state, now, policy))

  const later = input.kind === 'timer' ? putOff(state, input.timer, policy) : undefined
  if (input.kind === 'timer' && later !== undefined) {
    settle({ kind: 'timer_set', at: input.at, timer: { key: input.timer.key, due: later } })
  } else {
    let askAgain: EventTime | undefined
    const look = (found: Noticed | undefined) => {
      if (!found?.policy.enabled) return
      const noticed = { ...found, cause: found.cause.slice(-MAX_CAUSE_LENGTH) }
      const refusal = restrain(noticed, { state, input, page: state.pageViews.at(-1), policy })
      settle(verdict(noticed, refusal, state))
      if (refusal?.restraint === 'quiet_hours') askAgain = quietUntil(state, noticed.at, policy)
    }
    const scene = { before, state, input, page: summarised(state, input), signal, policy }
    for (const notice of moments) look(notice(scene))
    for (const noticed of noticeCustom(scene)) look(noticed)
    // What only the hour held back is not lost: the timer that noticed it asks again in the morning.
    if (input.kind === 'timer' && askAgain !== undefined)
      settle({ kind: 'timer_set', at: input.at, timer: { key: input.timer.key, due: askAgain } })
    const fired = firedIn(facts)
    const cues = cuesOf(scene, fired)
    for (const sequence of policy.sequences) {
      const { noticed, moved } = followSequence({ ...scene, sequence, cues, fired })
      look(noticed)
      if (moved !== undefined) settle({ kind: 'sequence_moved', at: input.at, ...moved })
    }
    if (firedIn(facts).length > 0)
      settle({ kind: 'traits_changed', at: now, traits: currentTraits(state, now, policy) })
  }
  if (input.kind === 'message')
    for (const change of schedule({ before, state, input, policy })) settle(timerFact(change, input.at))
  settle(sequenceTimer(state, input.at))
  settle(settleTimer(before, state, input, policy))
  settle(changeOfTraits(state, now, policy))
  return { state, facts }
}

/** Event time never runs backwards for a decision: a late message is weighed as of the latest one seen. */
function decidingTime(state: ProfileState, input: Input): EventTime {
  return eventTime(Math.max(state.lastSeen, input.at))
}

function changeOfLevel(state: ProfileState, now: EventTime, policy: Policy): Decided | undefined {
  const recent = recentPoints(state.rollups, now)
  const average = hoppingAverage(recent)
  const level = levelOf(average, recent, state.level, policy.levels)
  if (level === state.level) return undefined
  const kinds = listed(agreeing(recent, policy.levels)) || 'no kind of signal'
  const why = `The five-minute average is ${average.toFixed(2)} points (${kinds} agreeing): ${state.level} → ${level}.`
  return { kind: 'level_changed', at: now, from: state.level, to: level, average, why }
}

/** What tells one id from another stands at its end. */
const MAX_CAUSE_LENGTH = 60

function verdict(noticed: Noticed, refusal: Refusal | undefined, state: ProfileState): Decided | undefined {
  const { moment, variant, cause, at, properties, why, policy } = noticed
  if (refusal === undefined) {
    return {
      kind: 'moment_fired',
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
  const { restraint } = refusal
  // Further summaries of a page view that fired are no news, nor is the same refusal again.
  const known = state.withheld.some(
    past => past.moment === moment && past.cause === cause && past.restraint === restraint,
  )
  if (restraint === 'repeated' || known) return undefined
  return { kind: 'moment_withheld', at, moment, cause, restraint, why: refusal.why }
}

function firedIn(facts: readonly Fact[]): readonly MomentFired[] {
  return facts.filter(fact => fact.kind === 'moment_fired')
}

/** One timer for all sequences of a person: it stands where the first of their next steps is due. */
function sequenceTimer(state: ProfileState, at: EventTime): Decided | undefined {
  const due = nextDue(state.sequences)
  if (due === timerOf(state.timers, 'sequence')?.due) return undefined
  return due === undefined
    ? { kind: 'timer_cancelled', at, key: 'sequence' }
    : { kind: 'timer_set', at, timer: { key: 'sequence', due } }
}

function timerFact(change: TimerChange, at: EventTime): Decided {
  return change.kind === 'set'
    ? { kind: 'timer_set', at, timer: change.timer }
    : { kind: 'timer_cancelled', at, key: change.key }
}

/** One rollup more than the average covers: by then the last activity has left it. */
const UNTIL_QUIET = times(ROLLUPS_AVERAGED + 1, ROLLUP)
/** A score this low is written as it is for the last time. */
const SCORE_OVER = 0.5

/** Keeps level and score falling when nobody acts: asks again until both are down. At most one pending per profile. */
function settleTimer(before: ProfileState, state: ProfileState, input: Input, policy: Policy): Decided | undefined {
  if (timerOf(state.timers, 'settle') !== undefined) return undefined
  const now = decidingTime(state, input)
  const active = totalOf(recentPoints(state.rollups, now)) > 0
  const fading = scoreOf(pointsAt(state.balance, now, policy.score), policy.score) >= SCORE_OVER
  if (!active && !fading) return undefined
  // A late message that earns nothing may still raise a level that had fallen meanwhile.
  if (input.kind === 'message' && state.balance === before.balance && state.level === before.level) return undefined
  const wait = active ? UNTIL_QUIET : policy.score.halfLife
  return { kind: 'timer_set', at: input.at, timer: { key: 'settle', due: after(active ? state.lastSeen : now, wait) } }
}

function changeOfTraits(state: ProfileState, now: EventTime, policy: Policy): Decided | undefined {
  if (missingConsent(state, policy) !== undefined) return undefined
  const traits = changedTraits(state, now, policy)
  return traits && { kind: 'traits_changed', at: now, traits }
}
