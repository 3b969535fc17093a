/** From crossings and what the service tells of its deliveries to the time each stage took. Pure. */
import type { Crossing } from './crossings.ts'

/** What the service tells of one delivery; epoch ms. */
export interface Told {
  readonly id: string
  /** When its message was durable and its turn to be decided began. */
  readonly plannedAt: number
  /** When it was handed to the connector. */
  readonly sentAt: number
}

export interface Stage {
  readonly name: string
  /** Whether it is ours to shorten. */
  readonly ours: boolean
  /** Of each crossing, ms. */
  readonly ms: readonly number[]
}

export interface Figures {
  readonly median: number
  readonly p95: number
  readonly max: number
}

/** @throws {Error} when a crossing has no delivery: then something else was measured. */
export function toStages(crossings: readonly Crossing[], told: ReadonlyMap<string, readonly Told[]>): readonly Stage[] {
  const matched = crossings.map(crossing => {
    const delivery = told.get(crossing.userId)?.find(({ plannedAt }) => plannedAt >= crossing.leftAt - 1)
    if (delivery === undefined) throw new Error(`${crossing.userId}: the service tells of no delivery for a crossing`)
    return { ...crossing, ...delivery }
  })
  const stage = (name: string, ours: boolean, took: (one: (typeof matched)[number]) => number): Stage => ({
    ...{ name, ours },
    ms: matched.map(took),
  })
  return [
    stage('plugin: crossing → handed to analytics.js', true, one => one.handedAt - one.crossedAt),
    stage('analytics.js: → request leaves the page', false, one => one.leftAt - one.handedAt),
    stage('network and intake: → durable', true, one => one.plannedAt - one.leftAt),
    stage('decide and commit: → leased', true, one => one.sentAt - one.plannedAt),
    stage('connector and network: → request at the platform', true, one => one.arrivedAt - one.sentAt),
    stage('in all', false, one => one.arrivedAt - one.crossedAt),
  ]
}

export function figuresOf(values: readonly number[]): Figures {
  const sorted = values.toSorted((a, b) => a - b)
  // Nearest rank: a value that was really measured.
  const at = (share: number) => sorted[Math.max(Math.ceil(share * sorted.length) - 1, 0)] ?? Number.NaN
  return { median: at(0.5), p95: at(0.95), max: at(1) }
}
