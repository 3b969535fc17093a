/**
 * The service on several machines: requests are durable in a Kafka topic, decisions in Postgres. Kafka shares the partitions
 * out among the processes; each decides on its own ones, and any of them delivers.
 */
import type { Backbone, DecideDeps, Running, Stoppable } from './backbone.ts'
import type { ScaleSettings } from './config.ts'
import { createArrivals } from './intake/arrivals.ts'
import { startFollow } from './intake/follow.ts'
import { whyOf } from './intake/kafka/client.ts'
import { createFeed, type Feed } from './intake/kafka/feed.ts'
import { type Fetching, startFetch } from './intake/kafka/fetch.ts'
import { type Group, joinGroup } from './intake/kafka/group.ts'
import { type Taken, toRecords } from './intake/kafka/records.ts'
import { requireTopic } from './intake/kafka/setup.ts'
import { openTopic } from './intake/kafka/topic.ts'
import type { LoggedEntry } from './intake/log.ts'
import type { LogEvent } from './log-event.ts'
import { type Loop, startLoop } from './loop.ts'
import { elementsIn, parseRequest } from './parse.ts'
import { openPostgresStore, type PostgresStore } from './store/postgres/store.ts'
import type { DecidingStore } from './store/store.ts'

/** Whoever watches the group's lag from outside sees it this old at most. */
const TELL_OFFSETS_MS = 5_000
/** Whoever reads this partition does what only one may do. */
const LEADING = 0

interface Reading {
  readonly store: DecidingStore
  readonly feed: Feed
  readonly follow: Loop
}

export async function openScaled(
  { databaseUrl, kafka }: ScaleSettings,
  { now, onEvent }: { readonly now: () => number; readonly onEvent: (event: LogEvent) => void },
): Promise<Backbone> {
  await requireTopic(kafka)
  const shared = await openPostgresStore(databaseUrl, now)
  const topic = openTopic(kafka)
  const reading = new Map<number, Reading>()
  const feeds = new Map<number, Feed>()
  const lonely = new Set<{ set(isLeading: boolean): void }>()
  const reach = watchReach(onEvent)
  let assigned: readonly number[] = []
  const isLeading = () => reading.has(LEADING)

  const decide = async (deps: DecideDeps): Promise<Running> => {
    const open = async (partition: number) => {
      const store = await shared.partition(partition)
      const onTaken = () => {
        reach.tell(undefined)
        follow.wake()
      }
      const feed = createFeed(store.cursor(), onTaken)
      const follow: Loop = startFollow({ ...deps, store, arrivals: createArrivals(), log: logOf(feed, shared) })
      reading.set(partition, { store, feed, follow })
      feeds.set(partition, feed)
    }
    const close = async (partition: number) => {
      const one = reading.get(partition)
      reading.delete(partition)
      feeds.delete(partition)
      one?.feed.stop()
      await one?.follow.stop()
    }
    const tellOffsets = async ({ consumer }: Group) => {
      const offsets = [...reading].map(([partition, { store }]) => {
        return { topic: kafka.topic, partition, offset: BigInt(store.cursor()), leaderEpoch: -1 }
      })
      if (offsets.length > 0) await consumer.commit({ offsets }).catch(() => undefined)
    }
    let group: Group | undefined
    const loop = startLoop({
      name: 'partitions',
      onEvent,
      turn: async () => {
        await Promise.all([...reading.keys()].filter(one => !assigned.includes(one)).map(close))
        await Promise.all(assigned.filter(one => !reading.has(one)).map(open))
        for (const one of lonely) one.set(isLeading())
        if (group !== undefined) await tellOffsets(group)
        return TELL_OFFSETS_MS
      },
    })
    group = joinGroup({
      settings: kafka,
      now,
      onAssigned: partitions => {
        assigned = partitions
        onEvent({ kind: 'partitions assigned', partitions: partitions.toSorted((a, b) => a - b) })
        loop.wake()
      },
      onError: error => reach.tell(whyOf(error)),
    })
    const fetching: Fetching = startFetch({
      settings: kafka,
      consumer: group.consumer,
      feeds,
      now,
      onError: error => reach.tell(whyOf(error)),
      onGap: gap => onEvent({ kind: 'messages gone', ...gap }),
    })
    const { stop } = group
    return {
      wake: () => undefined,
      stop: async () => {
        await loop.stop()
        await Promise.all([...reading.keys()].map(close))
        await fetching.stop()
        await stop()
      },
    }
  }

  return {
    store: {
      ...shared,
      // What was seen is known where it is decided; whoever asks here asks for people.
      load: async keys => ({ profiles: await shared.owners(keys), seen: new Set() }),
    },
    messages: { read: async () => [], rewrite: async () => undefined, scrub: async () => undefined },
    quarantine: quarantineIn(shared),
    weakest: 'kafka',
    append: async (entry, quarantined, read) => {
      const messages = read?.messages ?? messagesIn(entry)
      await topic.append(toRecords(entry, quarantined, messages, read?.value))
    },
    backlog: () => ({
      entries: [...feeds.values()].reduce((sum, feed) => sum + feed.lag(), 0),
      // Kafka holds what comes, however much it is.
      overloaded: false,
    }),
    isReadAhead: () => false,
    measures: async () => ({
      storeBytes: await shared.size(),
      quarantined: await shared.countRefused(),
      lags: new Map([...feeds].map(([partition, feed]) => [partition, feed.lag()])),
    }),
    decide,
    alone: start => aloneWhile(start, lonely, isLeading),
    letGo: async () => 0,
    share: () => 1 / shared.replicas(),
    grip: shared.grip,
    close: async () => {
      await topic.close()
      await shared.close()
    },
  }
}

/** Refused messages go where an operator finds them; then they are taken in like requests without any. */
function logOf(feed: Feed, shared: Pick<PostgresStore, 'keepRefused'>) {
  return {
    knownAt: feed.knownAt,
    read: async (position: number, limit: number): Promise<readonly LoggedEntry[]> => {
      const taken = await feed.read(position, limit)
      const refused = taken.flatMap(({ entry, refused }) =>
        refused === undefined ? [] : [{ ...entry, index: 0, ...refused }],
      )
      if (refused.length > 0) await shared.keepRefused(refused)
      return taken.map(withoutRefused)
    },
  }
}

function withoutRefused({ entry, refused }: Taken): LoggedEntry {
  return refused === undefined ? entry : { ...entry, call: 'webhook', body: Buffer.from('[]') }
}

function messagesIn({ call, body, receivedAt }: Pick<LoggedEntry, 'call' | 'body' | 'receivedAt'>) {
  const parsed = parseRequest(call, body, receivedAt)
  return parsed.kind === 'parsed' ? parsed.messages : []
}

function quarantineIn(shared: PostgresStore): Backbone['quarantine'] {
  return {
    list: async limit =>
      (await shared.refused(limit)).map(({ partition, position, index, reason, receivedAt, ...request }) => {
        const entry = { ...request, receivedAt }
        return {
          id: `${partition}-${position}.${index}`,
          ...{ reason, receivedAt },
          content: async () => ({ entry, element: elementsIn(entry)[0] }),
          release: () => shared.release({ partition, position, index }),
        }
      }),
  }
}

/** Runs while this process leads, and stops when another one does. */
function aloneWhile(
  start: () => readonly Stoppable[],
  lonely: Set<{ set(isLeading: boolean): void }>,
  isLeading: () => boolean,
): Running {
  let loops: readonly Stoppable[] = []
  let stopping: Promise<unknown> = Promise.resolve()
  const one = {
    set: (leads: boolean) => {
      if (leads && loops.length === 0) loops = start()
      if (leads || loops.length === 0) return
      stopping = Promise.all([stopping, ...loops.map(loop => loop.stop())])
      loops = []
    },
  }
  lonely.add(one)
  one.set(isLeading())
  return {
    wake: () => {
      for (const loop of loops) loop.wake()
    },
    stop: async () => {
      lonely.delete(one)
      one.set(false)
      await stopping
    },
  }
}

/** Says once that the brokers cannot be reached, and once that they can be again. */
function watchReach(onEvent: (event: LogEvent) => void) {
  let isAway = false
  return {
    /** @param why - undefined: they were reached. */
    tell: (why: string | undefined) => {
      if (isAway === (why !== undefined)) return
      isAway = why !== undefined
      onEvent(why === undefined ? { kind: 'kafka reached' } : { kind: 'kafka away', why })
    },
  }
}
