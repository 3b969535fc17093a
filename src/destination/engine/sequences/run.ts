/** How far a person has come in a sequence. */
import type { EventTime } from '../time.ts'

export interface SequenceRun {
  readonly name: string
  /** What started it, cut to 40 bytes. */
  readonly cue: string
  readonly startedAt: EventTime
  /** Steps taken or passed over so far. */
  readonly step: number
  /** When the last of them was due or taken; at first, when the sequence started. */
  readonly at: EventTime
  /** When the next one is due; absent once the sequence is over. */
  readonly due?: EventTime
}

/** Those under way, and those that are over, for their cooldown. */
export const MAX_RUNS = 4

/** @returns one run of each name, those under way before those that are over, the latest kept. */
export function keepRuns(runs: readonly SequenceRun[]): readonly SequenceRun[] {
  const byName = new Map<string, SequenceRun>()
  for (const run of runs) {
    const other = byName.get(run.name)
    byName.set(run.name, other === undefined ? run : further(run, other))
  }
  if (byName.size <= 1) return [...byName.values()]
  const rank = (run: SequenceRun) => (run.due === undefined ? 1 : 0)
  return [...byName.values()]
    .toSorted((a, b) => rank(a) - rank(b) || b.at - a.at || (a.name < b.name ? -1 : 1))
    .slice(0, MAX_RUNS)
}

/** One person's runs of one sequence under two ids: the later start counts, and then the one that came further. */
function further(a: SequenceRun, b: SequenceRun): SequenceRun {
  const order = a.startedAt - b.startedAt || a.step - b.step || a.at - b.at || Number(a.due ?? 0) - Number(b.due ?? 0)
  return order > 0 || (order === 0 && a.cue < b.cue) ? a : b
}

/** @returns the runs with this one in place of the one of its name. */
export function setRun(runs: readonly SequenceRun[], run: SequenceRun): readonly SequenceRun[] {
  return keepRuns([run, ...runs.filter(({ name }) => name !== run.name)])
}

export function runOf(runs: readonly SequenceRun[], name: string): SequenceRun | undefined {
  for (const run of runs) if (run.name === name) return run
  return undefined
}

/** @returns when the next step of any sequence is due. */
export function nextDue(runs: readonly SequenceRun[]): EventTime | undefined {
  let next: EventTime | undefined
  for (const { due } of runs) if (due !== undefined && (next === undefined || due < next)) next = due
  return next
}
