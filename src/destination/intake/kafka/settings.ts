/** Where a Kafka cluster is, and who asks. */
export interface KafkaSettings {
  /** `host:port` each; any of the cluster's. */
  readonly brokers: readonly string[]
  readonly topic: string
  readonly tls: boolean
  readonly login?: KafkaLogin
}

export const SASL_MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const

export interface KafkaLogin {
  readonly mechanism: (typeof SASL_MECHANISMS)[number]
  readonly username: string
  readonly password: string
}
