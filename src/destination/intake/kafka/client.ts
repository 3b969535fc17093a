/** How a Kafka cluster is reached. */
import type { ConnectionOptions } from '@platformatic/kafka'
import type { KafkaSettings } from './settings.ts'

/** A broker that does not answer is asked again, or another one, within a few seconds: senders wait for it. */
const PATIENCE = { connectTimeout: 3_000, requestTimeout: 6_000, retries: 3, retryDelay: 300 } as const

export function clientOptions({ brokers, tls, login }: KafkaSettings): ConnectionOptions & {
  readonly clientId: string
  readonly bootstrapBrokers: string[]
} & typeof PATIENCE {
  return {
    ...PATIENCE,
    clientId: 'inkling',
    bootstrapBrokers: [...brokers],
    ...(tls && { tls: {} }),
    ...(login !== undefined && { sasl: { ...login } }),
  }
}

/** In the words of what lies deepest: a client wraps it several times. */
export function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof AggregateError && error.errors.length > 0) return whyOf(error.errors.at(-1))
  return error.cause === undefined ? error.message : whyOf(error.cause)
}
