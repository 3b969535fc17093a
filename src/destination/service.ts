/** Wires everything: what requests and decisions are kept in, who decides, one loop per platform that delivers. */
import { createRequire } from 'node:module'
import type { Express } from 'express'
import type { Connector, Delivery } from '../connectors/connector.ts'
import type { Heard } from '../connectors/feedback.ts'
import { openFeedback } from '../connectors/feedback-sources.ts'
import { openConnectors } from '../connectors/index.ts'
import { createApp } from './app.ts'
import type { Backbone } from './backbone.ts'
import type { Settings } from './config.ts'
import { createDeadLetters } from './dead-letters.ts'
import { type Dispatch, startDispatch } from './delivery/dispatch.ts'
import { isHeld } from './delivery/grip.ts'
import { openEmbedded } from './embedded.ts'
import type { Policy } from './engine/policy.ts'
import { startErase } from './erase.ts'
import { keepFeedback } from './feedback/keep.ts'
import { startPoll } from './feedback/poll.ts'
import { findingHidden } from './find-person.ts'
import { askToForget, forgettingOf } from './forget.ts'
import type { Ingested } from './ingest.ts'
import { readLevels } from './levels.ts'
import type { LogEvent } from './log-event.ts'
import { createMetrics } from './metrics.ts'
import { createHide } from './parse/hide.ts'
import { startReadBack } from './read-back.ts'
import { startRetain } from './retain.ts'
import type { EdgeEvent } from './routes/accept.ts'
import { createHooksRouter } from './routes/hooks.ts'
import { createLimits } from './routes/limits.ts'
import { createOperationsRouter } from './routes/operations.ts'
import { createTurns } from './routes/turns.ts'
import { toLogEvent } from './to-log-event.ts'

export interface ServiceOptions {
  readonly settings: Pick<Settings, 'dataDir' | 'segment' | 'connectors' | 'adminToken'> &
    Partial<Pick<Settings, 'feedback' | 'keeping' | 'limits' | 'anonymousIdKey' | 'tracesEndpoint' | 'scale'>>
  readonly policy: Policy
  readonly onEvent: (event: LogEvent) => void
  /** Epoch ms; default: the clock. */
  readonly now?: () => number
  /** 0–1; default: Math.random. */
  readonly random?: () => number
}

export interface Service {
  /** Mounts into any express app. */
  readonly app: Express
  readonly connectors: readonly string[]
  /** Rejects when a part of the service has ended that it cannot do without: start it anew. */
  readonly lost: Promise<never>
  /** Lets what is in flight land, then closes log and store. What was accepted and not yet decided waits in the log. */
  stop(): Promise<void>
}

/** Whoever is sent nothing while not ready would never find out that the disk is back. */
const UNREADY_AFTER_REFUSAL_MS = 10_000
/** What other processes have planned, and what a dead one has left behind, is looked for this often. */
const LOOK_MS = 1_000

/** @throws {Error} naming the folder, file or setting that cannot be used. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { settings, policy, now = Date.now, random = Math.random } = options
  const metrics = createMetrics({
    version: versionOf(),
    now,
    levels: () => readLevels({ backbone, platforms }),
    onObjective: ({ stage, isMissed }) =>
      options.onEvent({ kind: isMissed ? 'latency objective missed' : 'latency objective met', stage }),
  })
  // The packages that traces need are read only where there are any.
  const traces =
    settings.tracesEndpoint === undefined
      ? undefined
      : (await import('./traces.ts')).createTraces({ endpoint: settings.tracesEndpoint, version: versionOf(), now })
  const onEvent = (event: LogEvent) => {
    metrics.hear(event)
    traces?.hear(event)
    options.onEvent(event)
  }
  const dispatches = new Map<string, Dispatch>()
  const connectors = await openConnectors(settings.connectors, {
    onWrite: delivery => onEvent(wouldWrite(delivery)),
    onCall: (name, call) => dispatches.get(name)?.hear(call),
    mayCall: isHeld,
  })
  const { publicUrl, ...sources } = settings.feedback ?? {}
  const { hooks, feeds } = await openFeedback(sources, settings.connectors)
  const { promise: lost, reject: lose } = Promise.withResolvers<never>()
  // Whoever wants to know asks for it; nobody has to.
  lost.catch(() => undefined)
  const { scale } = settings
  // The packages that Kafka and Postgres need are read only where they are used.
  const backbone: Backbone =
    scale === undefined
      ? await openEmbedded(settings.dataDir, lose)
      : await (await import('./scaled.ts')).openScaled(scale, { now, onEvent })
  const { store, share, grip } = backbone

  for (const connector of connectors)
    dispatches.set(
      connector.name,
      startDispatch({ store, connector, share, now, random, onEvent, ...(grip && { grip }) }),
    )
  const platforms = () => [...dispatches.values()].map(dispatch => dispatch.state())
  const onIngested = (ingested: Ingested) => {
    const { facts } = ingested
    metrics.ingested(ingested, now())
    traces?.ingested(ingested)
    for (const fact of facts) if (fact.kind === 'moment_fired') onEvent({ kind: 'moment fired', moment: fact.moment })
    for (const dispatch of dispatches.values()) dispatch.wake()
    readBacks.wake()
    if (ingested.forgets) erase.wake()
  }
  /** When something last refused to keep a request, epoch ms; 0: it has taken something since. */
  let refusedAt = 0
  const append: Backbone['append'] = async (...request) => {
    try {
      await backbone.append(...request)
      refusedAt = 0
    } catch (error) {
      refusedAt = now()
      throw error
    }
  }
  const { backlog } = backbone
  const overloaded = () => backlog().overloaded
  const keep = (platform: string, heard: readonly Heard[]) =>
    keepFeedback({ store, log: { append }, now }, platform, heard)
  const polls = backbone.alone(() =>
    feeds.map(source => startPoll({ ...source, store, keep, overloaded, now, random, onEvent })),
  )
  const onEdgeEvent = (event: EdgeEvent) => {
    metrics.hearEdge(event)
    traces?.hearEdge(event)
    const told = toLogEvent(event)
    if (told !== undefined) onEvent(told)
  }
  const readBacks = backbone.alone(() =>
    connectors.flatMap(({ name, reads }) =>
      reads === undefined ? [] : [startReadBack({ store, connector: { name, reads }, log: { append }, now, onEvent })],
    ),
  )
  const retryDead: typeof store.retryDead = async (ids, at) => {
    const refused = await store.retryDead(ids, at)
    for (const dispatch of dispatches.values()) dispatch.wake()
    return refused
  }
  const hide = settings.anonymousIdKey === undefined ? undefined : createHide(settings.anonymousIdKey)
  const named = { ...store, ...findingHidden(store, hide) }
  const asked = { store: named, log: { append }, now }
  const { keeping } = settings
  const { letGo, messages } = backbone
  const retain = backbone.alone(() =>
    keeping === undefined ? [] : [startRetain({ store, letGo, keeping, now, onEvent })],
  )
  const erase = backbone.alone(() => [startErase({ store, log: messages, now, onEvent })])
  const follow = await backbone.decide({ policy, connectors, now, onIngested, onEvent })
  // One machine is told of all that there is to deliver.
  const looking =
    scale === undefined
      ? undefined
      : setInterval(() => {
          for (const dispatch of dispatches.values()) dispatch.wake()
        }, LOOK_MS)
  const names = connectors.map(({ name }: Connector) => name)
  const { adminToken } = settings
  const limits = createLimits(settings.limits ?? { perAddress: 0, perKey: 0, trustedProxies: 0 })
  const app = createApp({
    intake: {
      append,
      settings: settings.segment,
      limits,
      turns: createTurns(now, backbone.isReadAhead),
      ...(hide !== undefined && { hide }),
      now,
      overloaded,
      onEvent: onEdgeEvent,
    },
    hooks: createHooksRouter({
      hooks,
      ...(publicUrl !== undefined && { publicUrl }),
      ...{ keep, overloaded, now, onEvent: onEdgeEvent },
    }),
    operations: createOperationsRouter({
      store: named,
      policy,
      now,
      backlog,
      connectors: names,
      ...{ platforms, metrics, limits },
      refusing: () => (now() - refusedAt < UNREADY_AFTER_REFUSAL_MS ? backbone.weakest : undefined),
      forget: { ask: id => askToForget(asked, id), look: id => forgettingOf(asked, id) },
      deadLetters: createDeadLetters({
        quarantine: backbone.quarantine,
        store: { ...store, retryDead },
        append,
        now,
      }),
      ...(adminToken !== undefined && { adminToken }),
    }),
  })
  return {
    app,
    connectors: names,
    lost,
    stop: async () => {
      clearInterval(looking)
      await polls.stop()
      await follow.stop()
      await Promise.all([...dispatches.values(), readBacks, retain, erase].map(loop => loop.stop()))
      await backbone.close()
      await traces?.stop()
    },
  }
}

/** The package's own; inside somebody's bundle there is none. */
function versionOf(): string {
  try {
    return String(createRequire(import.meta.url)('segment-inkling/package.json').version)
  } catch {
    return 'unknown'
  }
}

function wouldWrite(delivery: Delivery): LogEvent {
  return {
    kind: 'would write',
    delivery: delivery.id,
    of: delivery.kind,
    ...(delivery.kind === 'event' && { name: delivery.name }),
  }
}
