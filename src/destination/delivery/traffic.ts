/**
 * What may be sent now: the limits of a platform, its state and who goes first, in one place. Pure: state in, state out.
 *
 * Events go first. So that traits never starve, every tenth call of a shared route is theirs, and every route keeps one of
 * the calls that may be under way at a time. So that an event need not wait for a window to end, traits leave a few calls
 * of it, and one of those under way, to the others.
 */
import type { Delivery, Limits, Outcome, Route } from '../../connectors/connector.ts'
import { afterResult, type Circuit, CLOSED, letsThroughAt, probed, type Result } from './circuit.ts'
import { freshPace, hear, land, opensAt, type Pace, room, takeOff, throttle, welcome } from './pace.ts'

export type Kind = Delivery['kind']

export interface Traffic {
  readonly lines: readonly Line[]
  /** A kind that is missing is closed, and never failed. */
  readonly circuits: ReadonlyMap<Kind, Circuit>
}
/** One route, and what goes on there. */
interface Line {
  readonly route: Route
  readonly pace: Pace
  readonly flying: number
  /** Calls since traits were last in one. */
  readonly withoutTraits: number
}

/** What to lease now. */
export interface Departure {
  readonly line: number
  readonly kinds: readonly Kind[]
  /** At most so many calls, each with at most so much in it. */
  readonly calls: number
  readonly batchSize: number
  readonly batchBytes: number
  /** Not worth a call for fewer. */
  readonly least: number
  readonly isProbe: boolean
}

/** A call that is under way. */
export interface Flight {
  readonly line: number
  readonly deliveries: readonly Delivery[]
  readonly isProbe: boolean
}

/** The kind that waits for the others. */
const PATIENT: Kind = 'traits'
const CALLS_PER_TURN_OF_TRAITS = 10
/** Of a shared window, this share and at least one call is left to what is urgent. */
const LEFT_TO_URGENT = 0.03

export function openTraffic({ routes }: Limits): Traffic {
  const lines = routes.map(route => ({ route, pace: freshPace(route), flying: 0, withoutTraits: 0 }))
  return { lines, circuits: new Map() }
}

/** @param share - what of the platform's limits may be used from now on, 0–1. */
export function withShare(traffic: Traffic, share: number): Traffic {
  return { ...traffic, lines: traffic.lines.map(line => ({ ...line, route: { ...line.route, share } })) }
}

/** @returns what may be leased, in the order in which to try. Having leased, ask again. */
export function departures(traffic: Traffic, { concurrency }: Limits, now: number): readonly Departure[] {
  return traffic.lines.flatMap((line, at) => {
    const { kinds, batchSize, batchBytes, from: least = 1 } = line.route
    const slots = freeSlots(traffic, concurrency, at)
    const calls = Math.min(room(line.pace, line.route, { kept: 0, now }), slots)
    const closed = kinds.filter(kind => circuitOf(traffic, kind).kind === 'closed')
    const due = kinds.filter(kind => !closed.includes(kind) && isDue(letsThroughAt(circuitOf(traffic, kind)), now))
    const urgent = closed.filter(kind => kind !== PATIENT)
    const isMixed = closed.includes(PATIENT) && urgent.length > 0
    const isTheirTurn = isMixed && line.withoutTraits >= CALLS_PER_TURN_OF_TRAITS - 1
    const unkept = room(line.pace, line.route, { kept: keptOf(line.route), now })
    const spare = isMixed ? Math.min(unkept, slots - (concurrency > 1 ? 1 : 0)) : calls
    const asked = [
      ...due.map(kind => ({ kinds: [kind], calls: 1, batchSize: 1, isProbe: true })),
      ...(isTheirTurn ? [{ kinds: [PATIENT, ...urgent], calls: 1, batchSize, isProbe: false }] : []),
      { kinds: closed, calls: spare, batchSize, isProbe: false },
      ...(isMixed ? [{ kinds: urgent, calls, batchSize, isProbe: false }] : []),
    ]
    const possible = asked.filter(
      one => one.kinds.length > 0 && one.batchSize >= least && Math.min(one.calls, calls) > 0,
    )
    return possible.map(one => ({ ...one, line: at, batchBytes, least }))
  })
}

/** @returns for each way it may go, when a delivery of this kind may, as far as that is not up to the calls under way. */
export function mayGoAt(traffic: Traffic, kind: Kind, now: number): readonly number[] {
  const through = letsThroughAt(circuitOf(traffic, kind))
  if (through === undefined) return []
  return traffic.lines.flatMap(({ route, pace }) => {
    if (!route.kinds.includes(kind)) return []
    const shares = route.kinds.some(other => other !== kind && circuitOf(traffic, other).kind === 'closed')
    const opens = opensAt(pace, route, { kept: kind === PATIENT && shares ? keptOf(route) : 0, now })
    return opens === undefined ? [] : [Math.max(opens, through)]
  })
}

export function afterTakeOff(traffic: Traffic, { line: at, deliveries, isProbe }: Flight): Traffic {
  const kinds = kindsIn(deliveries)
  const lines = withLine(traffic, at, line => ({
    ...line,
    pace: takeOff(line.pace),
    flying: line.flying + 1,
    withoutTraits: kinds.includes(PATIENT) ? 0 : line.withoutTraits + 1,
  }))
  if (!isProbe) return { ...traffic, lines }
  return { lines, circuits: withCircuits(traffic, kinds, probed) }
}

export function afterLanding(
  traffic: Traffic,
  flight: Flight,
  { outcomes, now }: { readonly outcomes: readonly Outcome[]; readonly now: number },
): Traffic {
  const asked = outcomes.filter(outcome => outcome.kind === 'retry' && outcome.throttled === true)
  const lines = withLine(traffic, flight.line, line => {
    const pace = land(line.pace, line.route, now)
    const waits = asked.flatMap(outcome => ('afterMs' in outcome ? [outcome.afterMs] : []))
    const longest = waits.length === 0 ? undefined : Math.max(...waits)
    const isTaken = outcomes.some(({ kind }) => kind === 'delivered' || kind === 'rejected')
    const next = asked.length > 0 ? throttle(pace, longest, now) : isTaken ? welcome(pace, now) : pace
    return { ...line, flying: line.flying - 1, pace: next }
  })
  const circuits = withCircuits(traffic, kindsIn(flight.deliveries), (circuit, kind) =>
    afterResult(circuit, resultOf(flight, outcomes, kind), { isProbe: flight.isProbe, now }),
  )
  return { lines, circuits }
}

/** One call has ended: what its answer says of the budget it came from. */
export function afterCall(
  traffic: Traffic,
  { path, header }: { readonly path: string; readonly header: (name: string) => string | null },
  now: number,
): Traffic {
  const at = traffic.lines.findIndex(({ route }) => path.includes(route.path))
  const lines = withLine(traffic, at, line => ({
    ...line,
    pace: hear(line.pace, line.route, { header, now }),
  }))
  return { ...traffic, lines }
}

export function circuitOf(traffic: Traffic, kind: Kind): Circuit {
  return traffic.circuits.get(kind) ?? CLOSED
}

/** A line with nothing under way has one to itself, which the others do not take. */
function freeSlots({ lines }: Traffic, concurrency: number, at: number): number {
  const free = concurrency - lines.reduce((sum, { flying }) => sum + flying, 0)
  const idle = lines.filter(({ flying }, other) => other !== at && flying === 0).length
  return concurrency < lines.length ? free : free - idle
}

function keptOf({ windows }: Route): number {
  return windows.length === 0 ? 0 : Math.ceil(LEFT_TO_URGENT * Math.min(...windows.map(({ calls }) => calls)))
}

function isDue(at: number | undefined, now: number): boolean {
  return at !== undefined && at <= now
}

function kindsIn(deliveries: readonly Delivery[]): readonly Kind[] {
  return [...new Set(deliveries.map(({ kind }) => kind))]
}

/** A call has failed for a kind when nothing of that kind in it came to an end; what it holds of others may be well. */
function resultOf({ deliveries }: Flight, outcomes: readonly Outcome[], kind: Kind): Result {
  const theirs = deliveries.flatMap((delivery, at) =>
    delivery.kind === kind ? [{ delivery, outcome: outcomes[at] }] : [],
  )
  const [first] = theirs
  const isOver = theirs.some(
    ({ outcome }) =>
      outcome?.kind === 'delivered' ||
      outcome?.kind === 'rejected' ||
      (outcome?.kind === 'retry' && outcome.throttled === true),
  )
  if (first?.outcome === undefined || isOver || !('reason' in first.outcome)) return { kind: 'answered' }
  const { reason } = first.outcome
  return theirs.some(({ outcome }) => outcome?.kind === 'unauthorized')
    ? { kind: 'refused', reason }
    : { kind: 'failed', delivery: first.delivery.id, reason }
}

function withLine({ lines }: Traffic, at: number, change: (line: Line) => Line): readonly Line[] {
  return lines.map((line, place) => (place === at ? change(line) : line))
}

function withCircuits(
  traffic: Traffic,
  kinds: readonly Kind[],
  change: (circuit: Circuit, kind: Kind) => Circuit,
): Traffic['circuits'] {
  const changed = kinds.map(kind => [kind, change(circuitOf(traffic, kind), kind)] as const)
  return new Map([...traffic.circuits, ...changed])
}
