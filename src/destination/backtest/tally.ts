/** Counts what fired and what was withheld, for whom and when. Grows with people and days, not with messages. */
import type { FlatProperties, KeptFact, MomentFired, MomentWithheld } from '../engine/fact.ts'

/** When something must have happened to count: `[from, to)` in epoch ms of event time. */
export interface Period {
  readonly from: number
  readonly to: number
}

/** How often a moment fired for a person, and the last time with its reason. */
export interface PersonalCount {
  readonly fired: number
  readonly at: number
  readonly why: string
}

export interface DayCount {
  readonly moment: string
  /** UTC, such as `2026-03-01`. */
  readonly day: string
  /** What the report is split by; `''` when it is not. */
  readonly group: string
  readonly fired: number
}

export interface Tally {
  /** @param traits - of the person, where known; a split looks there for what the event does not carry. */
  note(profileId: string, fact: KeptFact, traits?: FlatProperties): void
  /** What was counted for one profile now counts for another. */
  join(from: string, into: string): void
  readonly people: ReadonlyMap<string, ReadonlyMap<string, PersonalCount>>
  days(): readonly DayCount[]
  withheld(): readonly { readonly moment: string; readonly restraint: string; readonly times: number }[]
}

/** @param by - a property of the event or a trait of the person to split by. */
export function createTally({ from, to }: Period, by?: string): Tally {
  const people = new Map<string, Map<string, PersonalCount>>()
  const days = new Map<string, DayCount>()
  const withheld = new Map<string, { moment: string; restraint: string; times: number }>()

  const noteFired = (profileId: string, fact: MomentFired, traits: FlatProperties) => {
    const { moment, at, why } = fact
    const day = new Date(at).toISOString().slice(0, 10)
    const group = by === undefined ? '' : String(fact.properties[by] ?? traits[by] ?? 'unknown')
    const key = JSON.stringify([moment, day, group])
    days.set(key, { moment, day, group, fired: (days.get(key)?.fired ?? 0) + 1 })
    const personal = people.get(moment) ?? new Map<string, PersonalCount>()
    people.set(moment, personal)
    personal.set(profileId, sum(personal.get(profileId), { fired: 1, at, why }))
  }
  const noteWithheld = ({ moment, restraint }: MomentWithheld) => {
    const key = JSON.stringify([moment, restraint])
    withheld.set(key, { moment, restraint, times: (withheld.get(key)?.times ?? 0) + 1 })
  }

  return {
    people,
    note: (profileId, fact, traits = {}) => {
      if (fact.at < from || fact.at >= to) return
      if (fact.kind === 'moment_fired') noteFired(profileId, fact, traits)
      else if (fact.kind === 'moment_withheld') noteWithheld(fact)
    },
    join: (gone, into) => {
      for (const personal of people.values()) {
        const moved = personal.get(gone)
        if (moved === undefined) continue
        personal.delete(gone)
        personal.set(into, sum(personal.get(into), moved))
      }
    },
    days: () => [...days.values()],
    withheld: () => [...withheld.values()],
  }
}

function sum(one: PersonalCount | undefined, other: PersonalCount): PersonalCount {
  if (one === undefined) return other
  const { at, why } = one.at > other.at ? one : other
  return { fired: one.fired + other.fired, at, why }
}
