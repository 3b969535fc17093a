/** Wires everything: one log, one store, one loop that decides, one loop per platform that delivers. */
import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Express } from 'express'
import type { Connector, Delivery } from '../connectors/connector.ts'
import type { Heard } from '../connectors/feedback.ts'
import { openFeedback } from '../connectors/feedback-sources.ts'
import { openConnectors } from '../connectors/index.ts'
import { createApp } from './app.ts'
import type { Settings } from './config.ts'
import { createDeadLetters } from './dead-letters.ts'
import { type Dispatch, startDispatch } from './delivery/dispatch.ts'
import type { Policy } from './engine/policy.ts'
import { startErase } from './erase.ts'
import { keepFeedback } from './feedback/keep.ts'
import { startPoll } from './feedback/poll.ts'
import { findingHidden } from './find-person.ts'
import { askToForget, forgettingOf } from './forget.ts'
import type { Ingested } from './ingest.ts'
import { createArrivals } from './intake/arrivals.ts'
import { startFollow } from './intake/follow.ts'
import type { Log } from './intake/log.ts'
import { openThreadedSqliteLog } from './intake/sqlite-threaded.ts'
import { readLevels } from './levels.ts'
import { lockFolder } from './lock.ts'
import type { LogEvent } from './log-event.ts'
import { createMetrics } from './metrics.ts'
import { createHide } from './parse/hide.ts'
import { arrivedAt } from './parse.ts'
import { startReadBack } from './read-back.ts'
import { startRetain } from './retain.ts'
import type { EdgeEvent, IntakeDeps } from './routes/accept.ts'
import { createHooksRouter } from './routes/hooks.ts'
import { createLimits } from './routes/limits.ts'
import { createOperationsRouter } from './routes/operations.ts'
import { createTurns } from './routes/turns.ts'
import { openThreadedSqliteStore } from './store/sqlite.ts'
import { toLogEvent } from './to-log-event.ts'

export interface ServiceOptions {
  readonly settings: Pick<Settings, 'dataDir' | 'segment' | 'connectors' | 'adminToken'> &
    Partial<Pick<Settings, 'feedback' | 'keeping' | 'limits' | 'anonymousIdKey' | 'tracesEndpoint'>>
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
/** Above this many entries not yet taken in, senders are asked to come back later. */
const BACKLOG_BOUND = 20_000
/** Messages that were read and wait to be decided on, some commits' worth: more, and reading them can wait as well. */
const MOST_READ_AHEAD = 2_000

/** @throws {Error} naming the folder, file or setting that cannot be used. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { settings, policy, now = Date.now, random = Math.random } = options
  const metrics = createMetrics({
    version: versionOf(),
    now,
    levels: () => readLevels({ dataDir: settings.dataDir, log, store, backlog: () => backlog().entries, platforms }),
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
  })
  const { publicUrl, ...sources } = settings.feedback ?? {}
  const { hooks, feeds } = await openFeedback(sources, settings.connectors)
  mkdirSync(settings.dataDir, { recursive: true })
  const { promise: lost, reject: lose } = Promise.withResolvers<never>()
  // Whoever wants to know asks for it; nobody has to.
  lost.catch(() => undefined)
  const lock = lockFolder(settings.dataDir)
  const { log, store } = await openFiles(settings.dataDir, lose).catch((error: unknown) => {
    lock.release()
    throw error
  })

  for (const connector of connectors)
    dispatches.set(connector.name, startDispatch({ store, connector, now, random, onEvent }))
  const platforms = () => [...dispatches.values()].map(dispatch => dispatch.state())
  const onIngested = (ingested: Ingested) => {
    const { facts } = ingested
    metrics.ingested(ingested, now())
    traces?.ingested(ingested)
    for (const fact of facts) if (fact.kind === 'moment_fired') onEvent({ kind: 'moment fired', moment: fact.moment })
    for (const dispatch of dispatches.values()) dispatch.wake()
    for (const readBack of readBacks) readBack.wake()
    if (ingested.forgets) erase.wake()
  }
  const arrivals = createArrivals()
  const follow = startFollow({ log, arrivals, store, policy, connectors, now, onIngested, onEvent })
  const backlog = () => {
    const entries = log.head() - store.cursor()
    return { entries, overloaded: entries > BACKLOG_BOUND }
  }
  /** When the disk last refused, epoch ms; 0: it has taken something since. */
  let refusedAt = 0
  const append: Log['append'] = async (entry, quarantined) => {
    try {
      const position = await log.append(entry, quarantined)
      refusedAt = 0
      follow.wake()
      return position
    } catch (error) {
      refusedAt = now()
      throw error
    }
  }
  /** What was parsed at the edge need not be read again. */
  const take: IntakeDeps['append'] = async (entry, quarantined, messages) => {
    const position = await append(entry, quarantined)
    const arrived = arrivedAt(position, messages)
    if (arrived !== undefined) arrivals.keep(arrived, entry.body.byteLength)
    follow.wake()
  }
  const overloaded = () => backlog().overloaded
  const keep = (platform: string, heard: readonly Heard[]) =>
    keepFeedback({ store, log: { append }, now }, platform, heard)
  const polls = feeds.map(source => startPoll({ ...source, store, keep, overloaded, now, random, onEvent }))
  const onEdgeEvent = (event: EdgeEvent) => {
    metrics.hearEdge(event)
    traces?.hearEdge(event)
    const told = toLogEvent(event)
    if (told !== undefined) onEvent(told)
  }
  const readBacks = connectors.flatMap(({ name, reads }) =>
    reads === undefined ? [] : [startReadBack({ store, connector: { name, reads }, log: { append }, now, onEvent })],
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
  const retain = keeping === undefined ? [] : [startRetain({ store, log, keeping, now, onEvent })]
  const erase = startErase({ store, log, now, onEvent })
  const names = connectors.map(({ name }: Connector) => name)
  const { adminToken } = settings
  const limits = createLimits(settings.limits ?? { perAddress: 0, perKey: 0, trustedProxies: 0 })
  const app = createApp({
    intake: {
      append: take,
      settings: settings.segment,
      limits,
      turns: createTurns(now, () => arrivals.count() > MOST_READ_AHEAD),
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
      diskRefuses: () => now() - refusedAt < UNREADY_AFTER_REFUSAL_MS,
      forget: { ask: id => askToForget(asked, id), look: id => forgettingOf(asked, id) },
      deadLetters: createDeadLetters({ log, store: { ...store, retryDead }, append: take, now }),
      ...(adminToken !== undefined && { adminToken }),
    }),
  })
  return {
    app,
    connectors: names,
    lost,
    stop: async () => {
      await Promise.all(polls.map(poll => poll.stop()))
      await follow.stop()
      await Promise.all([...dispatches.values(), ...readBacks, ...retain, erase].map(loop => loop.stop()))
      await log.close()
      await store.close()
      await traces?.stop()
      lock.release()
    },
  }
}

async function openFiles(dataDir: string, onLost: (error: Error) => void) {
  const log = await openThreadedSqliteLog(`${dataDir}/log.db`, onLost)
  try {
    return { log, store: await openThreadedSqliteStore(`${dataDir}/store.db`, onLost) }
  } catch (error) {
    await log.close()
    throw error
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
