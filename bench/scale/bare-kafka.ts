/** The same client without us: it writes the records of the same requests, and reads them back. */
import { randomUUID } from 'node:crypto'
import { readTopicOnce } from '../../src/destination/intake/kafka/read-topic.ts'
import { toRecords } from '../../src/destination/intake/kafka/records.ts'
import { createTopic } from '../../src/destination/intake/kafka/setup.ts'
import { openTopic } from '../../src/destination/intake/kafka/topic.ts'
import { parseRequest } from '../../src/destination/parse.ts'
import { requestsIn } from '../throughput/requests.ts'

const AT_ONCE = 16

/** @returns messages a second, written and then read. */
export async function bareKafka({
  brokers,
  file,
  skip,
  requests,
}: {
  readonly brokers: string
  readonly file: string
  readonly skip: number
  readonly requests: number
}): Promise<number> {
  const kafka = { brokers: [brokers], topic: `bare-${randomUUID()}`, tls: false }
  await createTopic(kafka, { partitions: 8, replicas: 1, keepMs: 3_600_000 })
  let messages = 0
  // What is written is made beforehand.
  const stock = [...requestsIn(file)].slice(skip, skip + requests).map(({ body }) => {
    const entry = { call: 'webhook' as const, receivedAt: Date.now(), body }
    const parsed = parseRequest('webhook', body, entry.receivedAt)
    if (parsed.kind === 'unreadable') throw new Error(parsed.reason)
    messages += parsed.messages.length
    return toRecords(entry, [], parsed.messages)
  })
  const begun = performance.now()
  const topic = openTopic(kafka)
  let next = 0
  const write = async () => {
    for (let records = stock[next++]; records !== undefined; records = stock[next++]) await topic.append(records)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, write))
  await topic.close()
  for await (const _ of readTopicOnce(kafka, Date.now).batches);
  return messages / ((performance.now() - begun) / 1000)
}
