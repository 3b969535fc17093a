/**
 * The topic that senders' requests are written to. Those that arrive within a few milliseconds go together; each is answered
 * once every broker that has to has taken all of it.
 */
import { Producer } from '@platformatic/kafka'
import { clientOptions, whyOf } from './client.ts'
import type { TopicRecord } from './records.ts'
import type { KafkaSettings } from './settings.ts'

export interface Topic {
  /** Rejects when the brokers do not take it; then some of it may be there all the same. */
  append(records: readonly TopicRecord[]): Promise<void>
  close(): Promise<void>
}

/** What arrives meanwhile shares a request to the brokers. */
const GATHER_MS = 4
/** A request to the brokers. */
const MOST_BYTES = 900_000
const ALL_IN_SYNC = -1

interface Waiting {
  readonly records: readonly TopicRecord[]
  readonly done: () => void
  readonly fail: (error: unknown) => void
}

export function openTopic(settings: KafkaSettings): Topic {
  const open = () =>
    new Producer({
      ...clientOptions(settings),
      // A record that was taken but not acknowledged is not written twice when it is sent again.
      idempotent: true,
      acks: ALL_IN_SYNC,
      compression: 'lz4',
      autocreateTopics: false,
      serializers: { key: toBytes, value: asBytes, headerKey: toBytes, headerValue: toBytes },
    })
  let producer = open()
  let waiting: Waiting[] = []
  let bytes = 0
  let timer: NodeJS.Timeout | undefined
  const sending = new Set<Promise<void>>()

  const send = async (group: readonly Waiting[]) => {
    const mine = producer
    try {
      await mine.send({
        messages: group.flatMap(({ records }) =>
          records.map(({ key, value, headers }) => ({ topic: settings.topic, key, value, headers })),
        ),
      })
      for (const { done } of group) done()
    } catch (cause) {
      // What it would send next goes by a number that the broker may not know.
      if (producer === mine) {
        producer = open()
        void mine.close().catch(() => undefined)
      }
      const error = new Error(`Kafka has not taken it: ${whyOf(cause)}`, { cause })
      for (const { fail } of group) fail(error)
    }
  }
  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    const group = waiting
    waiting = []
    bytes = 0
    if (group.length === 0) return
    const sent = send(group).finally(() => sending.delete(sent))
    sending.add(sent)
  }
  return {
    append: records =>
      new Promise<void>((done, fail) => {
        waiting.push({ records, done, fail })
        for (const { value } of records) bytes += value.byteLength
        if (bytes >= MOST_BYTES) flush()
        else timer ??= setTimeout(flush, GATHER_MS)
      }),
    close: async () => {
      flush()
      await Promise.all(sending)
      await producer.close()
    },
  }
}

function toBytes(text: string | undefined): Buffer | undefined {
  return text === undefined ? undefined : Buffer.from(text)
}

function asBytes(value: Uint8Array | undefined): Buffer | undefined {
  return value === undefined ? undefined : Buffer.from(value.buffer, value.byteOffset, value.byteLength)
}
