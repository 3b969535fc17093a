/** What the service says about itself: typed, one JSON object a line, never a secret, an address or a payload. */
import type { Delivery } from '../connectors/connector.ts'

export type LogEvent =
  | {
      readonly kind: 'started'
      readonly url: string
      /** Absent: what it keeps, it shares with other processes. */
      readonly dataDir?: string
      readonly connectors: readonly string[]
    }
  /** `because`: by itself, for it has lost a part that it cannot do without. */
  | { readonly kind: 'stopping'; readonly because?: string }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'warning'; readonly about: string }
  | { readonly kind: 'request refused'; readonly status: number; readonly code: string }
  | { readonly kind: 'append failed' | 'request failed'; readonly error: string }
  | { readonly kind: 'messages quarantined'; readonly count: number }
  | { readonly kind: 'moment fired'; readonly moment: string }
  | {
      readonly kind: 'delivery attempted'
      readonly connector: string
      readonly delivery: string
      readonly of: Delivery['kind']
      readonly outcome: string
      /** What becomes of it: `dead` is a dead letter. */
      readonly became: 'delivered' | 'retry' | 'postponed' | 'dead'
      readonly attempt: number
      /** From handing it to the connector to the answer, ms. */
      readonly tookMs: number
      /** From the behaviour to the answer, ms. */
      readonly lagMs: number
      readonly reason?: string
    }
  /** A platform is down, or refuses the key: nothing of that kind goes but a single delivery now and then. */
  | { readonly kind: 'circuit opened'; readonly connector: string; readonly of: string; readonly reason: string }
  | { readonly kind: 'circuit closed'; readonly connector: string; readonly of: string; readonly openMs: number }
  | { readonly kind: 'would write'; readonly delivery: string; readonly of: Delivery['kind']; readonly name?: string }
  | {
      readonly kind: 'feedback taken'
      readonly platform: string
      readonly by: 'webhook' | 'poll'
      /** In events: kept, told before, about people nobody knows, and none of ours with the reason. */
      readonly kept: number
      readonly repeated: number
      readonly unknown: number
      readonly ignored: Readonly<Record<string, number>>
    }
  | {
      readonly kind: 'feedback failed'
      readonly platform: string
      readonly reason: string
      readonly retryInMs?: number
    }
  /** A platform was asked about a person. */
  | { readonly kind: 'person read'; readonly connector: string; readonly outcome: string; readonly reason?: string }
  /** What was older than it has to be kept: requests of the log, and rows of the store. */
  | { readonly kind: 'let go'; readonly requests: number; readonly rows: number }
  /** By Inkling's own id, which says nothing of them; `requests` of the log were looked through. */
  | { readonly kind: 'person forgotten'; readonly profile: string; readonly requests: number }
  /** Of the last five minutes, more than one of a hundred took longer than 2 s to be durable, or 10 s to be delivered. */
  | { readonly kind: 'latency objective missed' | 'latency objective met'; readonly stage: 'durable' | 'delivered' }
  /** From now on this process reads these, and no others: one has come or gone. */
  | { readonly kind: 'partitions assigned'; readonly partitions: readonly number[] }
  /** No broker answers, or none takes what is sent; and all is well again. */
  | { readonly kind: 'kafka away'; readonly why: string }
  | { readonly kind: 'kafka reached' }
  /** The topic has let go of records that nobody had taken in: offsets, from the first to before the last. */
  | { readonly kind: 'messages gone'; readonly partition: number; readonly from: number; readonly to: number }
  | { readonly kind: 'loop failed'; readonly loop: string; readonly error: string }
