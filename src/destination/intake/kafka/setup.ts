/** The topic, made before the first request: how many partitions it has decides how many processes can share the work. */
import { Admin } from '@platformatic/kafka'
import { clientOptions, whyOf } from './client.ts'
import type { KafkaSettings } from './settings.ts'

export interface TopicPlan {
  readonly partitions: number
  /** Copies of each record. */
  readonly replicas: number
  /** How long a record is kept, ms. */
  readonly keepMs: number
}

export interface TopicState {
  readonly partitions: number
}

/** @returns undefined when there is no such topic. @throws {Error} when no broker answers. */
export async function readTopic(settings: KafkaSettings): Promise<TopicState | undefined> {
  return withAdmin(settings, async admin => {
    if (!(await admin.listTopics()).includes(settings.topic)) return undefined
    const { topics } = await admin.metadata({ topics: [settings.topic], forceUpdate: true })
    return { partitions: topics.get(settings.topic)?.partitionsCount ?? 0 }
  })
}

export async function countBrokers(settings: KafkaSettings): Promise<number> {
  return withAdmin(settings, async admin => (await admin.metadata({})).brokers.size)
}

export async function createTopic(settings: KafkaSettings, { partitions, replicas, keepMs }: TopicPlan): Promise<void> {
  await withAdmin(settings, admin =>
    admin.createTopics({
      topics: [settings.topic],
      partitions,
      replicas,
      configs: [
        { name: 'retention.ms', value: String(keepMs) },
        { name: 'cleanup.policy', value: 'delete' },
        // What one broker alone has taken is not acknowledged, where there are others.
        { name: 'min.insync.replicas', value: String(Math.min(2, replicas)) },
      ],
    }),
  )
}

/** @throws {Error} saying how to make it, when there is no topic. */
export async function requireTopic(settings: KafkaSettings): Promise<void> {
  if ((await readTopic(settings)) !== undefined) return
  throw new Error(`there is no topic ${settings.topic} at KAFKA_BROKERS. "inkling setup kafka" makes it.`)
}

async function withAdmin<Result>(settings: KafkaSettings, work: (admin: Admin) => Promise<Result>): Promise<Result> {
  const admin = new Admin(clientOptions(settings))
  try {
    return await work(admin)
  } catch (cause) {
    throw new Error(`KAFKA_BROKERS: Kafka cannot be used: ${whyOf(cause)}`, { cause })
  } finally {
    await admin.close()
  }
}
