/** A Kafka and a Postgres that are killed and started again while rounds go on, one at a time. */
import { type KafkaBroker, startKafka } from '../../scripts/servers/kafka.ts'
import { type PostgresServer, startPostgres } from '../../scripts/servers/postgres.ts'
import type { FleetOptions } from './fleet.ts'
import { pause } from './sender.ts'

export interface OwnServers {
  readonly fleet: FleetOptions
  /** How often each was killed. */
  restarts(): { readonly kafka: number; readonly postgres: number }
  stop(): Promise<void>
}

/** Long enough for everybody to notice. */
const AWAY_MS = 2_000

export async function startOwnServers(): Promise<OwnServers> {
  const kafka = await startKafka()
  const postgres = await startPostgres()
  const counts = { kafka: 0, postgres: 0 }
  let last: Promise<void> = Promise.resolve()
  const restart = (server: KafkaBroker | PostgresServer, name: keyof typeof counts) => () => {
    last = last.then(async () => {
      counts[name] += 1
      await server.kill()
      await pause(AWAY_MS)
      await server.start()
    })
    return last
  }
  return {
    fleet: {
      servers: { brokers: kafka.brokers, databaseUrl: postgres.url },
      restartKafka: restart(kafka, 'kafka'),
      restartPostgres: restart(postgres, 'postgres'),
    },
    restarts: () => ({ ...counts }),
    stop: async () => {
      await last
      await kafka.stop()
      await postgres.stop()
    },
  }
}
