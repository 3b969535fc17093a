/**
 * What people did after a moment: whether they ordered, whether they came back by themselves. Only what happened after the
 * trigger counts for it, and nobody is judged before their time is over. Pure.
 */
import { VISIT_GAP } from '../engine/history.ts'
import type { Message } from '../engine/message.ts'
import { standardName } from '../engine/standard-events.ts'
import { MINUTE } from '../engine/time.ts'
import type { Played } from './playback.ts'

export interface OutcomeOptions {
  readonly moment: string
  /** Triggers and outcomes before it are not counted, epoch ms. */
  readonly from: number
  /** How long after the trigger the outcome may follow, ms. */
  readonly within: number
  /** The event that is hoped for; default: an order. */
  readonly outcome?: string
}

export interface Outcomes {
  note(played: Played): void
  /** @param cutOff - nothing is known from then on, epoch ms. */
  judge(cutOff: number): Judgement
}

export interface Judgement {
  /** Everybody who sent anything. */
  readonly people: number
  /** People for whom the moment fired. */
  readonly triggered: number
  /** Those of them whose time was over at the cut-off: only they are judged. */
  readonly judged: number
  /** Of those judged, who had the outcome after their first trigger and within the time. */
  readonly succeeded: number
  /** Everybody who had the outcome. */
  readonly outcomes: number
  /** Of those, for whom the moment fired before it and within the time. */
  readonly foreseen: number
  /** People triggered at least a day before the cut-off. */
  readonly watched: number
  /** Of those, who came back within a day. */
  readonly returned: number
  /** From trigger to return, the half of them, ms; absent without any. */
  readonly medianReturnMs?: number
}

export const RETURN_MS: number = 24 * 60 * MINUTE
/** Kept per person and kind; more says nothing more. */
const MAX_TIMES = 100

interface Personal {
  readonly triggers: readonly number[]
  readonly outcomes: readonly number[]
  /** Whether the first trigger found them gone already: it was a timer's. */
  readonly away: boolean
  readonly lastActive: number
  readonly returnedAt?: number
}

const NOBODY: Personal = { triggers: [], outcomes: [], away: false, lastActive: 0 }

export function createOutcomes({ moment, from, within, outcome }: OutcomeOptions): Outcomes {
  const isWanted = (event: string) =>
    outcome === undefined ? standardName(event) === 'Order Completed' : event === outcome
  const people = new Map<string, Personal>()

  return {
    note: ({ profileId, joined, facts, message }) => {
      let person = people.get(profileId) ?? NOBODY
      for (const { from: gone } of joined) {
        person = together(person, people.get(gone) ?? NOBODY)
        people.delete(gone)
      }
      if (message !== undefined && isActivity(message)) person = afterActivity(person, message.timestamp)
      if (message?.event !== undefined && isWanted(message.event) && message.timestamp >= from)
        person = { ...person, outcomes: withTime(person.outcomes, message.timestamp) }
      for (const fact of facts) {
        if (fact.kind !== 'moment_fired' || fact.moment !== moment || fact.at < from) continue
        if (fact.at < (person.triggers[0] ?? Number.POSITIVE_INFINITY))
          person = { ...person, away: message === undefined }
        person = { ...person, triggers: withTime(person.triggers, fact.at) }
      }
      people.set(profileId, person)
    },
    judge: cutOff => judge([...people.values()], cutOff, within),
  }
}

function judge(people: readonly Personal[], cutOff: number, within: number): Judgement {
  const triggered = people.flatMap(person =>
    person.triggers[0] === undefined ? [] : [{ ...person, at: person.triggers[0] }],
  )
  const judged = triggered.filter(({ at }) => at + within <= cutOff)
  const hoped = people.filter(({ outcomes }) => outcomes.length > 0)
  const watched = triggered.filter(({ at }) => at + RETURN_MS <= cutOff)
  const returns = watched
    .flatMap(({ at, returnedAt }) => (returnedAt === undefined || returnedAt > at + RETURN_MS ? [] : [returnedAt - at]))
    .toSorted((a, b) => a - b)
  const median = returns[Math.floor((returns.length - 1) / 2)]
  const follows = (trigger: number) => (time: number) => time > trigger && time <= trigger + within
  return {
    people: people.length,
    triggered: triggered.length,
    judged: judged.length,
    succeeded: judged.filter(({ at, outcomes }) => outcomes.some(follows(at))).length,
    outcomes: hoped.length,
    foreseen: hoped.filter(({ triggers, outcomes }) => triggers.some(at => outcomes.some(follows(at)))).length,
    watched: watched.length,
    returned: returns.length,
    ...(median !== undefined && { medianReturnMs: median }),
  }
}

/**
 * Whoever was gone when a timer fired is back with their next activity. Whoever was just doing something is back only with
 * a new visit: going on is not coming back.
 */
function afterActivity(person: Personal, at: number): Personal {
  const [trigger] = person.triggers
  const lastActive = Math.max(person.lastActive, at)
  const known = person.returnedAt !== undefined
  if (trigger === undefined || at <= trigger || known) return { ...person, lastActive }
  const isBack = person.away || at - Math.max(person.lastActive, trigger) >= VISIT_GAP
  return { ...person, lastActive, ...(isBack && { returnedAt: at }) }
}

/** Mail platforms report what happened to their mails as events too; that is not the person coming back by themselves. */
function isActivity({ type, event = '' }: Message): boolean {
  return ['track', 'page', 'screen'].includes(type) && !event.startsWith('Email ')
}

function together(a: Personal, b: Personal): Personal {
  const first = (a.triggers[0] ?? Number.POSITIVE_INFINITY) <= (b.triggers[0] ?? Number.POSITIVE_INFINITY) ? a : b
  const trigger = first.triggers[0] ?? Number.POSITIVE_INFINITY
  const returns = [a.returnedAt, b.returnedAt].filter(at => at !== undefined).filter(at => at > trigger)
  return {
    triggers: b.triggers.reduce(withTime, a.triggers),
    outcomes: b.outcomes.reduce(withTime, a.outcomes),
    away: first.away,
    lastActive: Math.max(a.lastActive, b.lastActive),
    ...(returns.length > 0 && { returnedAt: Math.min(...returns) }),
  }
}

/** In order; the first and the latest stay when there are too many. */
function withTime(times: readonly number[], time: number): readonly number[] {
  const sorted = [...times, time].toSorted((a, b) => a - b)
  return sorted.length > MAX_TIMES ? [...sorted.slice(0, 1), ...sorted.slice(2)] : sorted
}

/** The range a share of `count` in `of` lies in with 95 % confidence (Wilson): few people say little. */
export function confidence(count: number, of: number): readonly [low: number, high: number] {
  if (of === 0) return [0, 1]
  const z = 1.96
  const share = count / of
  const middle = (share + (z * z) / (2 * of)) / (1 + (z * z) / of)
  const reach = (z / (1 + (z * z) / of)) * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of))
  return [Math.max(middle - reach, 0), Math.min(middle + reach, 1)]
}
