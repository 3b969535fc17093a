/** What an input does to one sequence of a person: it may start, take a step, wait, or end. */
import type { MomentFired, SequenceMoved } from '../fact.ts'
import { clip } from '../fields.ts'
import { holds } from '../holds.ts'
import { quietUntil } from '../local-time.ts'
import type { Noticed, Scene } from '../moments/moment.ts'
import { clock, spoken } from '../moments/words.ts'
import { silenceOf } from '../restraint.ts'
import { after, type Duration, duration, type EventTime, since } from '../time.ts'
import { MAX_RUNS, runOf, type SequenceRun } from './run.ts'
import type { Cue, SequencePolicy, SequenceStep, Way } from './sequence.ts'
import { stepDue } from './step-due.ts'
import { cueWords } from './words.ts'

/** A run as it goes on, and the step it owes, if any: the step is judged first, and is behind either way. */
export interface Move {
  readonly noticed?: Noticed
  readonly moved?: Pick<SequenceMoved, 'run' | 'why'>
}

/** An input as one sequence sees it; the state is the one that the sequences before it have left. */
export interface Turn extends Scene {
  readonly sequence: SequencePolicy
  /** What the input amounts to. */
  readonly cues: readonly Cue[]
  /** The moments that it has fired. */
  readonly fired: readonly MomentFired[]
}

interface Running extends SequenceRun {
  readonly due: EventTime
}

/** What a run keeps of the name of what started it. */
const MAX_CUE_BYTES = 40

/** @returns whether an input can do anything to a sequence: nearly always it can not, and there is nothing to follow. */
export function concerns(
  { name, enabled, startOn }: SequencePolicy,
  runs: readonly SequenceRun[],
  cues: readonly Cue[],
): boolean {
  if (runOf(runs, name)?.due !== undefined) return true
  if (!enabled) return false
  // By place: going through these with `for … of` made a seventh of all objects of a step.
  for (let place = 0; place < startOn.length; place += 1) if (cues.includes(startOn[place] ?? '')) return true
  return false
}

/** @returns nothing for most inputs: between its steps a sequence waits. */
export function followSequence(turn: Turn): Move {
  const run = runOf(turn.state.sequences, turn.sequence.name)
  return (run?.due === undefined ? start(turn, run) : goOn(turn, { ...run, due: run.due })) ?? {}
}

function start(turn: Turn, last: SequenceRun | undefined): Move | undefined {
  const { sequence, cues, input, state } = turn
  const cue = sequence.enabled ? sequence.startOn.find(candidate => cues.includes(candidate)) : undefined
  const [first] = sequence.steps
  if (cue === undefined || first === undefined || silenceOf(state) !== undefined) return undefined
  if (last !== undefined && Math.abs(since(last.startedAt, input.at)) < sequence.cooldown) {
    const why = `${sequence.name} began at ${clock(last.startedAt)} and does not begin again for ${spoken(sequence.cooldown)}.`
    return { noticed: notStarted(turn, { restraint: 'cooling_down', why }) }
  }
  if (state.sequences.filter(({ due }) => due !== undefined).length >= MAX_RUNS) {
    const why = `${sequence.name} was not begun: they are in ${MAX_RUNS} sequences, as many as there may be at a time.`
    return { noticed: notStarted(turn, { restraint: 'capped', why }) }
  }
  const due = after(input.at, paced(first.after, turn))
  const run = {
    name: sequence.name,
    cue: clip(cue, MAX_CUE_BYTES) ?? cue,
    startedAt: input.at,
    step: 0,
    at: input.at,
    due,
  }
  return due > input.at
    ? { moved: { run, why: `Started by ${cueWords(cue)}; ${coming(run)}.` } }
    : comeDue(turn, run, first)
}

function goOn(turn: Turn, run: Running): Move | undefined {
  const { sequence, cues, input, state } = turn
  const step = sequence.enabled ? sequence.steps[run.step] : undefined
  // A configuration without it, or with fewer steps than when it started.
  if (step === undefined) return end(run, 'The configuration has no further step')
  const silence = silenceOf(state)
  if (silence !== undefined) return end(run, `Left: ${state.silenced?.silence ?? silence.what}`)
  const reason = sequence.leaveOn.find(cue => cues.includes(cue))
  if (reason !== undefined) return end(run, `Left after step ${run.step}, for ${cueWords(reason)}`)
  const way = step.ways.find(({ on, when }) => on.some(cue => cues.includes(cue)) && fits(when, turn))
  if (way !== undefined) return take(turn, { ...run, due: input.at }, way)
  return input.kind === 'timer' && run.due <= input.at ? comeDue(turn, run, step) : undefined
}

function comeDue(turn: Turn, run: Running, { ways }: SequenceStep): Move {
  const { state, sequence, input, policy } = turn
  const away = after(state.visit.lastAt, sequence.quiet)
  if (run.due > run.startedAt && state.visit.number > 0 && away > input.at)
    return wait({ ...run, due: away }, 'They are here')
  const morning = sequence.capped ? quietUntil(state, input.at, policy) : undefined
  if (morning !== undefined && morning > input.at) return wait({ ...run, due: morning }, 'It is night for them')
  const way = ways.find(({ on, when }) => on.length === 0 && fits(when, turn))
  if (way !== undefined) return take(turn, run, way)
  const passed = advance(turn, run)
  return {
    moved: { run: passed, why: `Step ${passed.step} was passed over, for nothing in it fits; ${coming(passed)}.` },
  }
}

function wait(run: Running, why: string): Move {
  return { moved: { run, why: `${why}, so step ${run.step + 1} waits; ${coming(run)}.` } }
}

function take(turn: Turn, run: Running, way: Way): Move {
  const taken = advance(turn, run)
  return {
    noticed: stepDue(turn, taken, way),
    moved: { run: taken, why: `Step ${taken.step} of ${turn.sequence.steps.length}; ${coming(taken)}.` },
  }
}

/** The step is behind; the next one keeps its distance to it. */
function advance(turn: Turn, { due, ...run }: Running): SequenceRun {
  const { steps } = turn.sequence
  const [done, next] = [steps[run.step], steps[run.step + 1]]
  const passed = { ...run, step: run.step + 1, at: due }
  if (done === undefined || next === undefined) return passed
  return { ...passed, due: after(due, paced(duration(next.after - done.after), turn)) }
}

function end({ due: _due, ...run }: Running, why: string): Move {
  return { moved: { run, why: `${why}.` } }
}

/** Whoever is worth more is told sooner. */
function paced(span: Duration, { state, policy }: Turn): Duration {
  const { lifetimeValue, pace } = policy.escalation
  const worth = state.circumstances.lifetimeValue
  return duration(worth !== undefined && worth >= lifetimeValue ? span * pace : span)
}

function fits(when: Way['when'], { state, input, policy }: Turn): boolean {
  return when.every(condition => holds(condition, { state, input, page: state.pageViews.at(-1), policy }))
}

function notStarted({ sequence, input }: Turn, lacking: NonNullable<Noticed['lacking']>): Noticed {
  return {
    moment: 'Sequence Step Due',
    cause: `${sequence.name}:${input.id}`,
    variant: sequence.name,
    at: input.at,
    properties: {},
    why: lacking.why,
    policy: { enabled: true, freshFor: sequence.freshFor, cooldown: duration(0), capped: sequence.capped },
    lacking,
  }
}

function coming({ due }: SequenceRun): string {
  return due === undefined ? 'it was the last' : `the next is due at ${clock(due)}`
}
