/**
 * What an operator watches, in Segment's words, for Prometheus. What happens is counted as it is told; how much of
 * something there is, is asked when somebody looks.
 *
 * Labels are names out of short lists: never an id, never text from outside.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Measures } from './backbone.ts'
import { MOMENTS } from './engine/fact.ts'
import type { Ingested } from './ingest.ts'
import { createObjective, type Objective } from './latency-objective.ts'
import type { LogEvent } from './log-event.ts'
import type { EdgeEvent } from './routes/accept.ts'
import type { OutboxLevel } from './store/store.ts'

/** How much there is of something, at this moment. */
export interface Levels extends Measures {
  readonly backlogEntries: number
  readonly outbox: readonly OutboxLevel[]
  /** Kinds of delivery that are not sent at present. */
  readonly stopped: readonly { readonly connector: string; readonly kind: string }[]
}

export interface Metrics {
  hearEdge(event: EdgeEvent): void
  hear(event: LogEvent): void
  /** @param now - epoch ms. */
  ingested(ingested: Ingested, now: number): void
  /** In Prometheus's text format. */
  text(): Promise<string>
  readonly contentType: string
}

export interface MetricsDeps {
  readonly version: string
  readonly levels: () => Promise<Levels>
  /** Epoch ms. */
  readonly now: () => number
  /** Told when a latency objective is missed, and when it is met again. */
  readonly onObjective: (change: ObjectiveChange) => void
}

interface ObjectiveChange {
  readonly stage: 'durable' | 'delivered'
  readonly isMissed: boolean
}

/** From a few milliseconds, which is what the machine needs, to the hours that a platform may be away. */
const SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 1_800, 7_200, 86_400]
/** A receipt within 2 s, and at the platform within 10 s: of a hundred, one may take longer. */
const OBJECTIVES_MS = { durable: 2_000, delivered: 10_000 } as const
/** Custom moments are as many as somebody writes down: they share a name. */
const NAMED: ReadonlySet<string> = new Set(MOMENTS)

export function createMetrics(deps: MetricsDeps): Metrics {
  const register = new Registry()
  const registers = [register]
  collectDefaultMetrics({ register })
  const counter = (name: string, help: string, labelNames: readonly string[] = []) =>
    new Counter({ name: `inkling_${name}`, help, labelNames: [...labelNames], registers })
  const histogram = (name: string, help: string, labelNames: readonly string[] = []) =>
    new Histogram({ name: `inkling_${name}`, help, labelNames: [...labelNames], registers, buckets: SECONDS })

  const received = counter('messages_received_total', 'Messages of accepted requests, by kind of call', ['call'])
  const receivedBytes = counter('received_bytes_total', 'Bytes of their bodies')
  const failedOnIngest = counter('messages_failed_on_ingest_total', 'Messages refused for good and kept in quarantine')
  const refused = counter('requests_refused_total', 'Requests that were not taken, by reason', ['code'])
  const filtered = counter('messages_filtered_total', 'Messages that were taken and need no deciding', ['reason'])
  const decided = counter('messages_decided_total', 'Messages decided on and committed')
  const fired = counter('moments_fired_total', 'Moments that fired', ['moment'])
  const withheld = counter('moments_withheld_total', 'Moments that did not fire, by what held them', ['restraint'])
  const attempts = counter('delivery_attempts_total', 'Attempts to deliver', ['connector', 'kind', 'outcome'])
  const successful = counter('deliveries_successful_total', 'Deliveries a platform took', ['connector', 'kind'])
  const failed = counter('deliveries_failed_total', 'Deliveries given up: dead letters', ['connector', 'kind'])
  const feedback = counter('feedback_total', 'What platforms told of e-mails', ['platform', 'result'])
  const loops = counter('loop_failures_total', 'Turns of a loop that failed and are made again', ['loop'])
  const durable = histogram('durable_seconds', 'From receiving a request to its being on disk')
  const toDecided = histogram('decided_seconds', 'From a behaviour to its decision on disk, a message of each commit')
  const toDelivered = histogram('delivered_seconds', "From a behaviour to the platform's answer", ['connector', 'kind'])
  const objectives = {
    durable: createObjective(OBJECTIVES_MS.durable),
    delivered: createObjective(OBJECTIVES_MS.delivered),
  }
  new Gauge({
    ...{ name: 'inkling_build_info', help: 'The version that runs', labelNames: ['version'], registers },
  }).set({ version: deps.version }, 1)
  const askLevels = prepareLevels(register, deps, objectives)

  const judge = (stage: ObjectiveChange['stage'], tookMs: number) => {
    const change = objectives[stage].add(tookMs, deps.now())
    if (change !== undefined) deps.onObjective({ stage, isMissed: change === 'missed' })
  }
  const hearAttempt = (event: Extract<LogEvent, { kind: 'delivery attempted' }>) => {
    const { connector, of: kind, outcome, became, lagMs } = event
    attempts.inc({ connector, kind, outcome })
    if (became === 'dead') failed.inc({ connector, kind })
    if (became !== 'delivered') return
    successful.inc({ connector, kind })
    toDelivered.observe({ connector, kind }, Math.max(0, lagMs) / 1000)
    // Traits wait on purpose, and for each other.
    if (kind === 'event') judge('delivered', lagMs)
  }
  return {
    hearEdge: event => {
      switch (event.kind) {
        case 'request accepted':
          received.inc({ call: event.call }, event.accepted + event.rejected)
          receivedBytes.inc(event.bytes)
          if (event.rejected > 0) failedOnIngest.inc(event.rejected)
          durable.observe(event.tookMs / 1000)
          return judge('durable', event.tookMs)
        case 'request refused':
          return refused.inc({ code: event.code })
        case 'request aborted':
          return refused.inc({ code: 'aborted' })
        default:
          return
      }
    },
    hear: event => {
      switch (event.kind) {
        case 'delivery attempted':
          return hearAttempt(event)
        case 'feedback taken': {
          const { platform, kept, repeated, unknown } = event
          for (const [result, count] of Object.entries({ kept, repeated, unknown }))
            feedback.inc({ platform, result }, count)
          return
        }
        case 'loop failed':
          return loops.inc({ loop: event.loop })
        default:
          return
      }
    },
    ingested: ({ messages, duplicates, facts, latest }, now) => {
      decided.inc(messages - duplicates)
      if (duplicates > 0) filtered.inc({ reason: 'duplicate' }, duplicates)
      if (latest !== undefined) toDecided.observe(Math.max(0, now - latest) / 1000)
      for (const fact of facts) {
        if (fact.kind === 'moment_fired') fired.inc({ moment: NAMED.has(fact.moment) ? fact.moment : 'custom' })
        if (fact.kind === 'moment_withheld') withheld.inc({ restraint: fact.restraint })
      }
    },
    text: async () => {
      await askLevels()
      return register.metrics()
    },
    contentType: register.contentType,
  }
}

/** @returns asks anew: before every scrape, for the metrics of one are read side by side. */
function prepareLevels(
  register: Registry,
  { levels, now }: MetricsDeps,
  objectives: Readonly<Record<string, Objective>>,
): () => Promise<void> {
  const registers = [register]
  const gauge = (name: string, help: string, labelNames: readonly string[] = []) =>
    new Gauge({ name: `inkling_${name}`, help, labelNames: [...labelNames], registers })
  const plain = {
    backlogEntries: gauge('backlog_entries', 'Requests in the log that are not decided on yet'),
    logBytes: gauge('log_bytes', 'Size of the log on disk'),
    storeBytes: gauge('store_bytes', 'Size of the store on disk'),
    diskFreeBytes: gauge('disk_free_bytes', 'Free space where both are kept'),
    quarantined: gauge('quarantined_messages', 'Messages in quarantine'),
  } as const
  const waiting = gauge('deliveries', 'Deliveries that are not done', ['connector', 'kind', 'state'])
  const oldest = gauge('oldest_delivery_seconds', 'Age of the oldest of them', ['connector', 'kind', 'state'])
  const stopped = gauge('circuit_open', '1 while nothing of a kind is sent to a platform', ['connector', 'kind'])
  const missed = gauge('latency_objective_missed', '1 while more than 1 % of the last 5 minutes took too long', [
    'stage',
  ])
  const lag = gauge('partition_lag', 'Records of a partition read here that are not decided on yet', ['partition'])
  const up = gauge('up', '1')
  return async () => {
    const found = await levels()
    up.set(1)
    for (const name of Object.keys(plain)) if (isPlain(name)) setOrRemove(plain[name], found[name])
    for (const each of [waiting, oldest, stopped, lag]) each.reset()
    for (const [partition, messages] of found.lags ?? []) lag.set({ partition }, messages)
    for (const { connector, kind, state, count, oldest: at } of found.outbox) {
      waiting.set({ connector, kind, state }, count)
      oldest.set({ connector, kind, state }, Math.max(0, now() - at) / 1000)
    }
    for (const one of found.stopped) stopped.set(one, 1)
    for (const [stage, objective] of Object.entries(objectives))
      missed.set({ stage }, objective.isMissed(now()) ? 1 : 0)
  }
  /** What nobody can say is not told as 0. */
  function setOrRemove(one: Gauge, value: number | undefined): void {
    if (value === undefined) one.remove()
    else one.set(value)
  }
  function isPlain(name: string): name is keyof typeof plain {
    return Object.hasOwn(plain, name)
  }
}
