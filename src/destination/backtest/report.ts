/** What would have fired, beside what it is compared with. Pure. */
import { MOMENTS } from '../engine/fact.ts'
import type { PersonalCount, Tally } from './tally.ts'

/** A side's count; `compared` is absent without a comparison. */
export interface Counts {
  readonly would: number
  readonly compared?: number
}

export interface MomentRow {
  readonly moment: string
  readonly fired: Counts
  readonly people: Counts
}

export interface DayRow {
  readonly day: string
  readonly moment: string
  /** What the report is split by; absent when it is not. */
  readonly group?: string
  readonly fired: Counts
}

export interface WithheldRow {
  readonly moment: string
  readonly restraint: string
  readonly times: Counts
}

export interface Example {
  readonly moment: string
  /** `gained`: only in the replay; `lost`: only in what it is compared with; `fired`: there is no comparison. */
  readonly kind: 'gained' | 'lost' | 'fired'
  readonly person: string
  /** ISO 8601. */
  readonly at: string
  readonly why: string
}

export interface Report {
  readonly moments: readonly MomentRow[]
  readonly days: readonly DayRow[]
  readonly withheld: readonly WithheldRow[]
  readonly examples: readonly Example[]
}

/** What the report is about. */
export interface Headline {
  readonly source: string
  readonly candidate: string
  /** What it is compared with; absent without a comparison. */
  readonly compared?: string
  /** In words, UTC. */
  readonly span: string
  readonly messages: number
  readonly duplicates: number
  readonly passedOver: number
  readonly people: number
}

export interface ReportOptions {
  readonly would: Tally
  readonly compared?: Tally
  /** How many examples of each kind per moment. */
  readonly examples: number
  /** A person's name for an operator. */
  readonly nameOf: (profileId: string) => string
}

export function toReport(options: ReportOptions): Report {
  const { would, compared } = options
  const moments = inOrder(new Set([...would.people.keys(), ...(compared?.people.keys() ?? [])]))
  return {
    moments: moments.map(moment => ({
      moment,
      fired: counts(options, tally => totalOf(tally.people.get(moment))),
      people: counts(options, tally => tally.people.get(moment)?.size ?? 0),
    })),
    days: toDays(options),
    withheld: toWithheld(options),
    examples: moments.flatMap(moment => toExamples(moment, options)),
  }
}

function toDays(options: ReportOptions): readonly DayRow[] {
  const keyOf = ({ day, moment, group }: { day: string; moment: string; group: string }) =>
    JSON.stringify([day, moment, group])
  const rows = new Map(
    [...options.would.days(), ...(options.compared?.days() ?? [])].map(row => [keyOf(row), row] as const),
  )
  return [...rows]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, { day, moment, group }]) => ({
      day,
      moment,
      ...(group !== '' && { group }),
      fired: counts(options, tally => tally.days().find(row => keyOf(row) === key)?.fired ?? 0),
    }))
}

function toWithheld(options: ReportOptions): readonly WithheldRow[] {
  const keyOf = ({ moment, restraint }: { moment: string; restraint: string }) => JSON.stringify([moment, restraint])
  const rows = new Map(
    [...options.would.withheld(), ...(options.compared?.withheld() ?? [])].map(row => [keyOf(row), row] as const),
  )
  return [...rows]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, { moment, restraint }]) => ({
      moment,
      restraint,
      times: counts(options, tally => tally.withheld().find(row => keyOf(row) === key)?.times ?? 0),
    }))
}

function toExamples(moment: string, { would, compared, examples, nameOf }: ReportOptions): readonly Example[] {
  const present = would.people.get(moment) ?? new Map<string, PersonalCount>()
  if (compared === undefined) return pick(present, examples).map(told('fired'))
  const past = compared.people.get(moment) ?? new Map<string, PersonalCount>()
  const without = (of: ReadonlyMap<string, PersonalCount>, other: ReadonlyMap<string, PersonalCount>) =>
    new Map([...of].filter(([id]) => !other.has(id)))
  return [
    ...pick(without(present, past), examples).map(told('gained')),
    ...pick(without(past, present), examples).map(told('lost')),
  ]

  function told(kind: Example['kind']) {
    return ([id, { at, why }]: readonly [string, PersonalCount]): Example => ({
      ...{ moment, kind, person: nameOf(id) },
      ...{ at: new Date(at).toISOString(), why },
    })
  }
}

/** The latest, latest first. */
function pick(
  people: ReadonlyMap<string, PersonalCount>,
  count: number,
): readonly (readonly [string, PersonalCount])[] {
  return [...people].toSorted(([, a], [, b]) => b.at - a.at).slice(0, count)
}

function counts({ would, compared }: ReportOptions, count: (tally: Tally) => number): Counts {
  return { would: count(would), ...(compared !== undefined && { compared: count(compared) }) }
}

function totalOf(people: ReadonlyMap<string, PersonalCount> | undefined): number {
  return [...(people?.values() ?? [])].reduce((sum, { fired }) => sum + fired, 0)
}

/** As the engine lists them; what it does not list, such as a moment of an older version, comes after. */
function inOrder(moments: ReadonlySet<string>): readonly string[] {
  const listed: readonly string[] = MOMENTS
  return [
    ...listed.filter(name => moments.has(name)),
    ...[...moments].filter(name => !listed.includes(name)).toSorted(),
  ]
}
