/** What an input does to a person's sequences: some end, some take a step, some start. */
import type { MomentFired, SequenceMoved } from '../fact.ts'
import { holds } from '../holds.ts'
import type { Noticed, Scene } from '../moments/moment.ts'
import { clock, spoken } from '../moments/words.ts'
import { after, type Duration, duration, type EventTime, since } from '../time.ts'
import { cuesOf } from './cues.ts'
import { runOf, type SequenceRun } from './run.ts'
import type { Cue, SequencePolicy, SequenceStep, Way } from './sequence.ts'
import { stepDue } from './step-due.ts'
import { cueWords } from './words.ts'

/** A run as it goes on, and the step it owes, if any: the step is judged first, and is behind either way. */
export interface Move {
  readonly noticed?: Noticed
  readonly moved?: Pick<SequenceMoved, 'run' | 'why'>
}

/** An input as one sequence sees it. */
interface Turn extends Scene {
  readonly sequence: SequencePolicy
  readonly cues: ReadonlySet<Cue>
  readonly fired: readonly MomentFired[]
}

interface Running extends SequenceRun {
  readonly due: EventTime
}

/** @param fired - the moments that this input has fired. */
export function followSequences(scene: Scene, fired: readonly MomentFired[]): readonly Move[] {
  const { state, policy } = scene
  const cues = cuesOf(scene, fired)
  return policy.sequences.flatMap(sequence => {
    const turn = { ...scene, sequence, cues, fired }
    const run = runOf(state.sequences, sequence.name)
    const move = run?.due === undefined ? start(turn, run) : goOn(turn, { ...run, due: run.due })
    return move ?? []
  })
}

function start(turn: Turn, last: SequenceRun | undefined): Move | undefined {
  const { sequence, cues, input, state } = turn
  const cue = sequence.enabled ? sequence.startOn.find(candidate => cues.has(candidate)) : undefined
  const [first] = sequence.steps
  if (cue === undefined || first === undefined || state.silenced !== undefined) return undefined
  if (last !== undefined && Math.abs(since(last.startedAt, input.at)) < sequence.cooldown)
    return { noticed: notAgain(turn, last) }
  const due = after(input.at, paced(first.after, turn))
  const run = { name: sequence.name, cue, startedAt: input.at, step: 0, at: input.at, due }
  return due > input.at
    ? { moved: { run, why: `Started by ${cueWords(cue)}; ${coming(run)}.` } }
    : comeDue(turn, run, first)
}

function goOn(turn: Turn, run: Running): Move | undefined {
  const { sequence, cues, input, state } = turn
  const step = sequence.enabled ? sequence.steps[run.step] : undefined
  // A configuration without it, or with fewer steps than when it started.
  if (step === undefined) return end(run, 'The configuration has no further step')
  if (state.silenced !== undefined) return end(run, `Left: ${state.silenced.silence}`)
  const reason = sequence.leaveOn.find(cue => cues.has(cue))
  if (reason !== undefined) return end(run, `Left after step ${run.step}, for ${cueWords(reason)}`)
  const way = step.ways.find(({ on, when }) => on.some(cue => cues.has(cue)) && fits(when, turn))
  if (way !== undefined) return take(turn, { ...run, due: input.at }, way)
  return input.kind === 'timer' && run.due <= input.at ? comeDue(turn, run, step) : undefined
}

function comeDue(turn: Turn, run: Running, { ways }: SequenceStep): Move {
  const { state, sequence, input } = turn
  const away = after(state.visit.lastAt, sequence.quiet)
  if (run.due > run.startedAt && state.visit.number > 0 && away > input.at) {
    const later = { ...run, due: away }
    return { moved: { run: later, why: `They are here, so step ${run.step + 1} waits; ${coming(later)}.` } }
  }
  const way = ways.find(({ on, when }) => on.length === 0 && fits(when, turn))
  if (way !== undefined) return take(turn, run, way)
  const passed = advance(turn, run)
  return {
    moved: { run: passed, why: `Step ${passed.step} was passed over, for nothing in it fits; ${coming(passed)}.` },
  }
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

function notAgain({ sequence, input }: Turn, last: SequenceRun): Noticed {
  const why = `${sequence.name} began at ${clock(last.startedAt)} and does not begin again for ${spoken(sequence.cooldown)}.`
  return {
    moment: 'Sequence Step Due',
    cause: `${sequence.name}:${last.startedAt}:again`,
    variant: sequence.name,
    at: input.at,
    properties: {},
    why,
    policy: { enabled: true, freshFor: sequence.freshFor, cooldown: duration(0), capped: true },
    lacking: { restraint: 'cooling_down', why },
  }
}

function coming({ due }: SequenceRun): string {
  return due === undefined ? 'it was the last' : `the next is due at ${clock(due)}`
}
