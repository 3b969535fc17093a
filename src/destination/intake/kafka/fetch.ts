/** Loop: the brokers → the feeds of the partitions that this process reads. One request at a time to each broker. */
import type { Consumer } from '@platformatic/kafka'
import { whyOf } from './client.ts'
import type { Feed } from './feed.ts'
import { fromRecord, type Taken } from './records.ts'
import type { KafkaSettings } from './settings.ts'

export interface FetchDeps {
  readonly settings: Pick<KafkaSettings, 'topic'>
  readonly consumer: Consumer
  /** By partition; changes as partitions come and go. */
  readonly feeds: ReadonlyMap<number, Feed>
  /** Epoch ms. */
  readonly now: () => number
  readonly onError: (error: unknown) => void
  /** Messages are gone that nobody has taken in. */
  readonly onGap: (gap: { readonly partition: number; readonly from: number; readonly to: number }) => void
}

export interface Fetching {
  stop(): Promise<void>
}

/** A broker that has nothing new answers after so long: a partition that has just come waits no longer. */
const WAIT_MS = 250
const PARTITION_BYTES = 1_000_000
const PAUSE_MS = 20
const PAUSE_AFTER_ERROR_MS = 500
const EARLIEST = -2n

export function startFetch({ settings: { topic }, consumer, feeds, now, onError, onGap }: FetchDeps): Fetching {
  let isStopped = false
  const busy = new Set<number>()
  const running = new Set<Promise<void>>()

  /** Whoever leads a partition is asked for it. */
  const wanted = async () => {
    const { topics } = await consumer.metadata({ topics: [topic] })
    const found = topics.get(topic)
    const byNode = new Map<number, Asked[]>()
    for (const [partition, feed] of feeds) {
      const offset = feed.wanted()
      const led = found?.partitions[partition]
      if (offset === undefined || led === undefined || led.leader < 0) continue
      byNode.set(led.leader, [...(byNode.get(led.leader) ?? []), { feed, partition, offset, epoch: led.leaderEpoch }])
    }
    return { id: found?.id ?? '', byNode }
  }
  const ask = async (node: number, topicId: string, asked: readonly Asked[]) => {
    const askedAt = now()
    const { responses } = await consumer.fetch({
      node,
      maxWaitTime: WAIT_MS,
      minBytes: 1,
      topics: [
        {
          topicId,
          partitions: asked.map(({ partition, offset, epoch }) => ({
            partition,
            fetchOffset: BigInt(offset),
            currentLeaderEpoch: epoch,
            lastFetchedEpoch: -1,
            partitionMaxBytes: PARTITION_BYTES,
          })),
        },
      ],
    })
    const answered = responses.flatMap(({ partitions }) => partitions)
    for (const { feed, partition, offset } of asked) {
      const answer = answered.find(one => one.partitionIndex === partition)
      // A broker says nothing of a partition of which there is nothing new.
      if (answer === undefined) {
        feed.take({ from: offset, taken: [], askedAt })
        continue
      }
      const taken = (answer.records ?? []).flatMap(batch =>
        batch.records.map(record => read(record, partition, Number(batch.firstOffset) + record.offsetDelta)),
      )
      // A batch of records comes whole, also when only its last one is asked for.
      const fresh = taken.filter(({ entry }) => entry.position > offset)
      feed.take({ from: offset, taken: fresh, askedAt, end: Number(answer.highWatermark) })
    }
  }
  /** What stands before the first record that the topic still has cannot be had any more. */
  const skipGaps = async () => {
    const first = await consumer.listOffsets({
      topics: [topic],
      partitions: { [topic]: [...feeds.keys()] },
      timestamp: EARLIEST,
    })
    for (const [partition, feed] of feeds) {
      const [from, to] = [feed.wanted(), Number(first.get(topic)?.[partition] ?? 0n)]
      if (from === undefined || from >= to) continue
      onGap({ partition, from, to })
      feed.skipTo(to, partition)
    }
  }
  const turn = async () => {
    const { id, byNode } = await wanted()
    for (const [node, asked] of byNode) {
      if (busy.has(node)) continue
      busy.add(node)
      const asking = ask(node, id, asked)
        .catch(async error => {
          onError(error)
          consumer.clearMetadata()
          if (/OFFSET_OUT_OF_RANGE|offset is not within the range/i.test(whyOf(error))) await skipGaps().catch(onError)
          await pause(PAUSE_AFTER_ERROR_MS)
        })
        .finally(() => {
          busy.delete(node)
          running.delete(asking)
        })
      running.add(asking)
    }
    await (running.size > 0 ? Promise.race([...running, pause(PAUSE_MS)]) : pause(PAUSE_MS))
  }
  const loop = (async () => {
    while (!isStopped) {
      try {
        await turn()
      } catch (error) {
        onError(error)
        await pause(PAUSE_AFTER_ERROR_MS)
      }
    }
    await Promise.all(running)
  })()
  return {
    stop: async () => {
      isStopped = true
      await loop
    },
  }
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}

/** A partition that is asked for, from an offset on. */
interface Asked {
  readonly feed: Feed
  readonly partition: number
  readonly offset: number
  readonly epoch: number
}

interface Record {
  readonly value: Buffer | null
  readonly headers: readonly (readonly [Buffer | null, Buffer | null])[]
}

function read({ value, headers }: Record, partition: number, offset: number): Taken {
  const texts = headers.map(([name, text]) => [String(name), String(text ?? '')] as const)
  return fromRecord({ value: value ?? Buffer.alloc(0), headers: new Map(texts) }, partition, offset + 1)
}
