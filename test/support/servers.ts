/** The Kafka and the Postgres that tests of several processes need: started by `scripts/with-servers.ts`, or given from outside. */
import { createHmac, randomUUID } from 'node:crypto'
import { Client } from 'pg'
import { describe } from 'vitest'
import type { ScaleSettings } from '../../src/destination/config.ts'
import { createTopic } from '../../src/destination/intake/kafka/setup.ts'

const { TEST_DATABASE_URL, TEST_KAFKA_BROKERS } = process.env

/** A suite that needs both; where they are not, it is skipped, and says how to run it. */
export function describeWithServers(name: string, suite: () => void): void {
  if (TEST_DATABASE_URL !== undefined && TEST_KAFKA_BROKERS !== undefined) describe(name, suite)
  else describe.skip(`${name} (needs servers: node scripts/with-servers.ts npx vitest run)`, suite)
}

export interface TestServers {
  /** `host:port` */
  readonly brokers: string
  /** Of somebody who may create databases. */
  readonly databaseUrl: string
}

export function testServers(): TestServers {
  if (TEST_DATABASE_URL === undefined || TEST_KAFKA_BROKERS === undefined) throw new Error('there are no servers')
  return { brokers: TEST_KAFKA_BROKERS, databaseUrl: TEST_DATABASE_URL }
}

export interface TestDatabase {
  readonly url: string
  /** With everybody's connections to it. */
  remove(): Promise<void>
}

/** An empty database of its own. */
export async function createTestDatabase(
  { databaseUrl }: Pick<TestServers, 'databaseUrl'> = testServers(),
): Promise<TestDatabase> {
  const name = `inkling_${randomUUID().replaceAll('-', '')}`
  await asked(databaseUrl, `create database ${name}`)
  const url = new URL(databaseUrl)
  url.pathname = name
  return { url: url.href, remove: () => asked(databaseUrl, `drop database if exists ${name} with (force)`) }
}

async function asked(connectionString: string, statement: string): Promise<void> {
  const client = new Client({ connectionString })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

export interface TestScale {
  readonly scale: ScaleSettings
  /** As a process is told of it. */
  readonly environment: Readonly<Record<string, string>>
  remove(): Promise<void>
}

/** An empty database and an empty topic of their own. */
export async function createTestScale(servers: TestServers = testServers(), partitions = 4): Promise<TestScale> {
  const { brokers } = servers
  const database = await createTestDatabase(servers)
  const topic = `inkling-${randomUUID()}`
  const kafka = { brokers: [brokers], topic, tls: false }
  await createTopic(kafka, { partitions, replicas: 1, keepMs: 86_400_000 })
  return {
    scale: { databaseUrl: database.url, kafka },
    environment: { DATABASE_URL: database.url, KAFKA_BROKERS: brokers, KAFKA_TOPIC: topic },
    remove: database.remove,
  }
}

/** Of the hashes of message ids. @param salt - as it stands in the database. */
export function seedIn(salt: string): string {
  return createHmac('sha256', salt).update('seed').digest('hex').slice(0, 16)
}
