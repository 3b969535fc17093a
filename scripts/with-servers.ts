/**
 * Runs a command with a Kafka and a Postgres beside it, whose addresses it finds in TEST_KAFKA_BROKERS and
 * TEST_DATABASE_URL; one that is given from outside is used as it is.
 *
 * node scripts/with-servers.ts <command> [arguments]
 */
import { spawn } from 'node:child_process'
import { startKafka } from './servers/kafka.ts'
import { startPostgres } from './servers/postgres.ts'

// Asked to end, it leaves nobody behind.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

const [command, ...args] = process.argv.slice(2)
if (command === undefined) throw new Error('usage: node scripts/with-servers.ts <command> [arguments]')
const { TEST_KAFKA_BROKERS, TEST_DATABASE_URL } = process.env
const kafka = TEST_KAFKA_BROKERS === undefined ? await startKafka() : undefined
const postgres = TEST_DATABASE_URL === undefined ? await startPostgres() : undefined
try {
  process.exitCode = await new Promise<number>((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: 'inherit',
      env: {
        ...process.env,
        TEST_KAFKA_BROKERS: TEST_KAFKA_BROKERS ?? kafka?.brokers,
        TEST_DATABASE_URL: TEST_DATABASE_URL ?? postgres?.url,
      },
    })
    child.once('error', reject)
    child.once('exit', code => resolve(code ?? 1))
  })
} finally {
  await kafka?.stop()
  await postgres?.stop()
}
