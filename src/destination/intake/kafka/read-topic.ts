/** The topic read from its beginning to where it ends now, by somebody who is no member of the group and changes nothing. */
import { Consumer } from '@platformatic/kafka'
import type { LoggedEntry } from '../log.ts'
import { clientOptions } from './client.ts'
import { createFeed, type Feed } from './feed.ts'
import { startFetch } from './fetch.ts'
import type { KafkaSettings } from './settings.ts'

export interface TopicReading {
  /** By when they came in, across the partitions; those that were refused are left out. */
  readonly batches: AsyncIterable<readonly LoggedEntry[]>
  /** 0–1. */
  progress(): number
  close(): void
}

const ENTRIES_PER_BATCH = 500
const EARLIEST = -2n

interface Reading {
  readonly feed: Feed
  readonly end: number
  position: number
  waiting: LoggedEntry[]
}

/** Nothing is connected before the first batch is asked for. */
export function readTopicOnce(settings: KafkaSettings, now: () => number): TopicReading {
  let [done, total] = [0, 0]
  let stop: () => void = () => undefined
  async function* batches(): AsyncGenerator<readonly LoggedEntry[]> {
    const consumer = new Consumer({ ...clientOptions(settings), groupId: `${settings.topic}-reading` })
    const readings = await openReadings(consumer, settings)
    total = readings.reduce((sum, { end, position }) => sum + end - position, 0)
    const feeds = new Map(readings.map(({ feed }, partition) => [partition, feed]))
    let failed: unknown
    const fetching = startFetch({
      settings,
      consumer,
      feeds,
      now,
      onError: error => {
        failed = error
        stop()
      },
      onGap: () => undefined,
    })
    stop = () => {
      for (const feed of feeds.values()) feed.stop()
    }
    try {
      for (let batch = await nextOf(readings); batch.length > 0; batch = await nextOf(readings)) {
        if (failed !== undefined) throw failed
        done += batch.length
        yield batch
      }
      if (failed !== undefined) throw failed
    } finally {
      await fetching.stop()
      await consumer.close(true)
    }
  }
  return { batches: batches(), progress: () => (total === 0 ? 1 : Math.min(1, done / total)), close: () => stop() }
}

async function openReadings(consumer: Consumer, { topic }: KafkaSettings): Promise<readonly Reading[]> {
  const first = (await consumer.listOffsets({ topics: [topic], timestamp: EARLIEST })).get(topic) ?? []
  const ends = (await consumer.listOffsets({ topics: [topic] })).get(topic) ?? []
  return ends.map((end, partition) => {
    const position = Number(first[partition] ?? 0n)
    return { feed: createFeed(position, () => undefined), end: Number(end), position, waiting: [] }
  })
}

/** Of what each partition has next, the earliest first. */
async function nextOf(readings: readonly Reading[]): Promise<readonly LoggedEntry[]> {
  const batch: LoggedEntry[] = []
  while (batch.length < ENTRIES_PER_BATCH) {
    await Promise.all(readings.map(refill))
    const [earliest] = readings
      .filter(({ waiting }) => waiting.length > 0)
      .toSorted((a, b) => (a.waiting[0]?.receivedAt ?? 0) - (b.waiting[0]?.receivedAt ?? 0))
    const entry = earliest?.waiting.shift()
    if (entry === undefined) break
    batch.push(entry)
  }
  return batch
}

async function refill(reading: Reading): Promise<void> {
  if (reading.waiting.length > 0 || reading.position >= reading.end) return
  const taken = await reading.feed.read(reading.position, ENTRIES_PER_BATCH)
  reading.position = taken.at(-1)?.entry.position ?? reading.end
  // What came after the beginning is left for another time.
  const known = taken.filter(({ entry, refused }) => entry.position <= reading.end && refused === undefined)
  reading.waiting = known.map(({ entry }) => entry)
  // All of it may have been refused.
  if (reading.waiting.length === 0) await refill(reading)
}
