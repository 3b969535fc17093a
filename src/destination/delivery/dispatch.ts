/**
 * Loop: lease outbox rows → connector → settle. One loop per connector, so that one platform never slows another. What is
 * leased when, `traffic.ts` decides. Processes that write to one account share its limits.
 */
import type { Call } from '../../connectors/request.ts'
import { type Loop, startLoop } from '../loop.ts'
import type { Leased, Settlement, Store } from '../store/store.ts'
import { type FlightDeps, fly } from './flight.ts'
import { type Grip, underGrip } from './grip.ts'
import {
  afterCall,
  afterLanding,
  afterTakeOff,
  circuitOf,
  type Departure,
  departures,
  type Flight,
  mayGoAt,
  openTraffic,
  type Traffic,
  withShare,
} from './traffic.ts'

export interface DispatchDeps extends FlightDeps {
  readonly store: Pick<Store, 'lease' | 'settle' | 'nextDue'>
  /** What of the platform's limits this process may use, 0–1; default 1. */
  readonly share?: () => number
  /** @returns a grip on what is leased from now on; default: nothing is ever lost. */
  readonly grip?: () => Grip
}

/** What an operator is told of a platform. */
export interface PlatformState {
  readonly name: string
  /** What is not written at all, and why. */
  readonly stopped: readonly {
    readonly kind: string
    readonly since: number
    readonly reason: string
    /** When one delivery goes next, to see whether the platform is back. */
    readonly probeAt: number
  }[]
}

export interface Dispatch extends Loop {
  /** Told of every call of its connector that has ended. */
  hear(call: Call): void
  state(): PlatformState
}

/** @returns a loop to wake when something was planned; stopping it waits for what is in flight, for some seconds. */
export function startDispatch(deps: DispatchDeps): Dispatch {
  const { store, connector, now, onEvent, share = () => 1, grip = () => () => true } = deps
  const { limits } = connector
  const name = `dispatch ${connector.name}`
  const kinds = [...new Set(limits.routes.flatMap(route => route.kinds))]
  const flying = new Set<Promise<void>>()
  let landed: readonly Settlement[] = []
  let traffic = openTraffic(limits)
  let shared = 1

  /** What landed and could not be settled keeps its lease and is settled later: sent again, it might count twice. */
  const settle = async () => {
    const settlements = landed
    if (settlements.length === 0) return
    await store.settle(settlements, now())
    landed = landed.slice(settlements.length)
  }
  const takeOff = (batch: readonly Leased[], { line, isProbe }: Departure, holds: Grip) => {
    const flight: Flight = { line, isProbe, deliveries: batch.map(({ delivery }) => delivery) }
    traffic = afterTakeOff(traffic, flight)
    const landing = underGrip(holds, () => fly(deps, batch)).then(({ outcomes, settlements }) => {
      flying.delete(landing)
      const before = traffic
      traffic = afterLanding(traffic, flight, { outcomes, now: now() })
      tellCircuits(deps, before, traffic)
      landed = [...landed, ...settlements]
      loop.wake()
    })
    flying.add(landing)
  }
  /** @returns whether anything took off, after which something else may. */
  const depart = async (at: number) => {
    for (const departure of departures(traffic, limits, at)) {
      const { kinds, calls, batchSize, batchBytes, least } = departure
      const holds = grip()
      const leased = await store.lease(connector.name, at, { kinds, limit: calls * batchSize, least })
      if (leased.length === 0) continue
      const batches = batchesOf(leased, { batchSize, batchBytes })
      for (const batch of batches.slice(0, calls)) takeOff(batch, departure, holds)
      const left = batches.slice(calls).flat()
      landed = [...landed, ...left.map(({ delivery: { id } }): Settlement => ({ kind: 'postponed', id }))]
      return true
    }
    return false
  }
  /** @returns ms until something that waits may go; undefined: not before one lands. */
  const waitFrom = async (at: number) => {
    const waits: number[] = []
    for (const kind of kinds) {
      const opens = mayGoAt(traffic, kind, at)
      waits.push(...opens.filter(one => one > at))
      // What is due by now and did not go waits for its turn among the calls under way, or for more of its kind.
      const due = opens.some(one => one <= at) ? await store.nextDue(connector.name, kind) : undefined
      if (due !== undefined && due > at) waits.push(due)
    }
    return waits.length === 0 ? undefined : Math.min(...waits) - at
  }
  const loop = startLoop({
    name,
    onEvent,
    turn: async () => {
      const at = now()
      await settle()
      if (share() !== shared) {
        shared = share()
        traffic = withShare(traffic, shared)
      }
      while (flying.size < limits.concurrency && (await depart(at)));
      if (landed.length > 0) return 0
      // A full sky wakes the loop as soon as one lands.
      return flying.size < limits.concurrency ? waitFrom(at) : undefined
    },
  })
  return {
    wake: loop.wake,
    stop: async () => {
      await loop.stop()
      await landedOrLate(flying)
      await settle().catch(error => onEvent({ kind: 'loop failed', loop: name, error: wordsOf(error) }))
    },
    hear: call => {
      traffic = afterCall(traffic, call, now())
    },
    state: () => ({ name: connector.name, stopped: stoppedIn(traffic) }),
  }
}

/** What is still under way then is sent again at the next start, under the same ids. */
const LANDS_WITHIN_MS = 4_000

async function landedOrLate(flying: ReadonlySet<Promise<void>>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>(resolve => {
    timer = setTimeout(resolve, LANDS_WITHIN_MS)
  })
  await Promise.race([Promise.all(flying), late])
  clearTimeout(timer)
}

function tellCircuits({ connector, now, onEvent }: DispatchDeps, before: Traffic, after: Traffic): void {
  for (const [of, circuit] of after.circuits) {
    const was = circuitOf(before, of)
    if (circuit.kind === was.kind) continue
    if (circuit.kind === 'open') {
      onEvent({ kind: 'circuit opened', connector: connector.name, of, reason: circuit.reason })
    } else if (was.kind === 'open') {
      onEvent({ kind: 'circuit closed', connector: connector.name, of, openMs: now() - was.since })
    }
  }
}

function stoppedIn({ circuits }: Traffic): PlatformState['stopped'] {
  return [...circuits].flatMap(([kind, circuit]) => {
    if (circuit.kind === 'closed') return []
    const { since, reason, probeAt } = circuit
    return [{ kind, since, reason, probeAt }]
  })
}

/** @returns what was leased cut into calls: each holds as much as it may, and at least one. */
function batchesOf(
  leased: readonly Leased[],
  { batchSize, batchBytes }: Pick<Departure, 'batchSize' | 'batchBytes'>,
): readonly (readonly Leased[])[] {
  const batches: Leased[][] = []
  let bytes = 0
  for (const one of leased) {
    const size = Buffer.byteLength(JSON.stringify(one.delivery))
    const last = batches.at(-1)
    bytes += size
    if (last !== undefined && last.length < batchSize && bytes <= batchBytes) {
      last.push(one)
    } else {
      batches.push([one])
      bytes = size
    }
  }
  return batches
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
