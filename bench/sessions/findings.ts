/** What the played sessions say, counted. An outcome counts only when it came strictly after what is judged by it. Pure. */
import { MOMENTS, type MomentFired, type MomentWithheld } from '../../src/destination/engine/fact.ts'
import { LEVELS, type Level } from '../../src/destination/engine/level.ts'
import { type EventTime, HOUR } from '../../src/destination/engine/time.ts'
import type { Person, PlayedSet } from './play.ts'

export interface MomentFinding {
  readonly moment: string
  readonly noticed: number
  readonly fired: number
  readonly withheld: ReadonlyMap<string, number>
  /** For whom it fired. */
  readonly people: number
  /** Of those, who ordered after it fired for the first time. */
  readonly orderedAfter: number
}

export function momentFindings({ people }: PlayedSet): readonly MomentFinding[] {
  return MOMENTS.map(moment => {
    const noticed = people.flatMap(person => noticedOf(person, moment))
    const reached = people.filter(person => firstFired(person, moment) !== undefined)
    const withheld = new Map<string, number>()
    for (const fact of noticed)
      if (fact.kind === 'moment_withheld') withheld.set(fact.restraint, (withheld.get(fact.restraint) ?? 0) + 1)
    return {
      moment,
      noticed: noticed.length,
      fired: noticed.filter(({ kind }) => kind === 'moment_fired').length,
      withheld,
      people: reached.length,
      orderedAfter: reached.filter(person => orderedAfter(person, firstFired(person, moment) ?? 0)).length,
    }
  })
}

function noticedOf({ facts }: Person, moment: string): readonly (MomentFired | MomentWithheld)[] {
  return facts.flatMap(fact =>
    (fact.kind === 'moment_fired' || fact.kind === 'moment_withheld') && fact.moment === moment ? [fact] : [],
  )
}

function firstFired(person: Person, moment: string): EventTime | undefined {
  return noticedOf(person, moment).find(({ kind }) => kind === 'moment_fired')?.at
}

function orderedAfter({ orders }: Person, at: number): boolean {
  return orders.some(order => order > at)
}

/** @param until - what rose later does not count; default: everything does. */
export function highestLevel({ facts }: Person, until: number = Number.POSITIVE_INFINITY): Level {
  const reached = facts.flatMap(fact => (fact.kind === 'level_changed' && fact.at <= until ? [fact.to] : []))
  return LEVELS.findLast(level => reached.includes(level)) ?? 'none'
}

export interface LevelFinding {
  readonly level: Level
  readonly people: number
  readonly ordered: number
}

/** People by the highest level of the whole recording. */
export function levelFindings(people: readonly Person[]): readonly LevelFinding[] {
  return byLevel(people, person => ({ level: highestLevel(person), ordered: person.orders.length > 0 }))
}

/** People by the highest level until the decision, and who ordered after it. */
export function decisionFindings(people: readonly Person[]): readonly LevelFinding[] {
  return byLevel(people, person => {
    const { at = Number.POSITIVE_INFINITY } = person.decision ?? {}
    return { level: highestLevel(person, at), ordered: orderedAfter(person, at) }
  })
}

function byLevel(
  people: readonly Person[],
  judge: (person: Person) => { readonly level: Level; readonly ordered: boolean },
): readonly LevelFinding[] {
  const judged = people.map(judge)
  return LEVELS.map(level => {
    const those = judged.filter(one => one.level === level)
    return { level, people: those.length, ordered: those.filter(({ ordered }) => ordered).length }
  })
}

/** Hours after a cart was found left behind. */
export const RETURN_HOURS = [1, 6, 24] as const

export interface CartFinding {
  readonly people: number
  /** Who left one behind, told or not. */
  readonly abandoned: number
  readonly times: number
  /** How often the recording goes on for the longest wait, so that a return would be seen. */
  readonly watched: number
  /** Of those, how often they were back by themselves, one count for each of `RETURN_HOURS`. */
  readonly returned: readonly number[]
  /** People who ordered after the first time. */
  readonly orderedAfter: number
}

export function cartFinding({ people, last }: PlayedSet): CartFinding {
  const left = people.flatMap(person => {
    const times = ['Cart Abandoned', 'Checkout Abandoned'].flatMap(moment =>
      noticedOf(person, moment).map(({ at }) => at),
    )
    return times.length === 0 ? [] : [{ person, times }]
  })
  const waits = left.flatMap(({ person: { messageTimes }, times }) =>
    times
      .filter(at => at + Math.max(...RETURN_HOURS) * HOUR <= last)
      .map(at => (messageTimes.find(time => time > at) ?? Number.POSITIVE_INFINITY) - at),
  )
  return {
    people: people.filter(({ hadCart }) => hadCart).length,
    abandoned: left.length,
    times: left.flatMap(({ times }) => times).length,
    watched: waits.length,
    returned: RETURN_HOURS.map(hours => waits.filter(ms => ms <= hours * HOUR).length),
    orderedAfter: left.filter(({ person, times }) => orderedAfter(person, Math.min(...times))).length,
  }
}

/** @param shares - 0–1. @returns the smallest value that so large a share does not exceed. */
export function percentiles(values: readonly number[], shares: readonly number[]): readonly number[] {
  const sorted = values.toSorted((a, b) => a - b)
  return shares.map(share => sorted[Math.max(Math.ceil(share * sorted.length) - 1, 0)] ?? 0)
}
