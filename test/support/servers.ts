/** The Kafka and the Postgres that tests of several processes need: started by `scripts/with-servers.ts`, or given from outside. */
import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import { describe } from 'vitest'

const { TEST_DATABASE_URL, TEST_KAFKA_BROKERS } = process.env

/** A suite that needs both; where they are not, it is skipped, and says how to run it. */
export function describeWithServers(name: string, suite: () => void): void {
  if (TEST_DATABASE_URL !== undefined && TEST_KAFKA_BROKERS !== undefined) describe(name, suite)
  else describe.skip(`${name} (needs servers: node scripts/with-servers.ts npx vitest run)`, suite)
}

/** `host:port` */
export function testBrokers(): string {
  if (TEST_KAFKA_BROKERS === undefined) throw new Error('TEST_KAFKA_BROKERS is not set')
  return TEST_KAFKA_BROKERS
}

export interface TestDatabase {
  readonly url: string
  /** With everybody's connections to it. */
  remove(): Promise<void>
}

/** An empty database of its own. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `inkling_${randomUUID().replaceAll('-', '')}`
  await asked(`create database ${name}`)
  const url = new URL(serverUrl())
  url.pathname = name
  return { url: url.href, remove: () => asked(`drop database if exists ${name} with (force)`) }
}

async function asked(statement: string): Promise<void> {
  const client = new Client({ connectionString: serverUrl() })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

function serverUrl(): string {
  if (TEST_DATABASE_URL === undefined) throw new Error('TEST_DATABASE_URL is not set')
  return TEST_DATABASE_URL
}
