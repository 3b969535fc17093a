/** What the Klaviyo stand-in shows to the demo and to tests: the account behind its API, and the faults it can be given. */
import type { Fault, FaultOptions, SeenRequest } from './stand-in.ts'

/** A person as the account knows them. Absent identifiers are unknown. */
export interface KlaviyoProfile {
  readonly id: string
  readonly email?: string
  /** E.164. */
  readonly phoneNumber?: string
  readonly externalId?: string
  readonly anonymousIds: readonly string[]
  readonly properties: Readonly<Record<string, unknown>>
  /** Epoch ms. */
  readonly createdAt: number
  /** Epoch ms. */
  readonly updatedAt: number
}

/** One recorded event: what a metric-triggered flow would see. */
export interface KlaviyoEvent {
  readonly id: string
  readonly profileId: string
  /** The metric's name. */
  readonly metric: string
  /** ISO 8601, cut to the second as Klaviyo does. */
  readonly time: string
  readonly uniqueId: string
  readonly properties: Readonly<Record<string, unknown>>
  /** Epoch ms. */
  readonly receivedAt: number
  /** Recorded without triggering flows. */
  readonly backfill: boolean
}

export interface KlaviyoStandIn {
  /** Such as `http://127.0.0.1:41234`. */
  readonly url: string
  /** Oldest first. */
  profiles(): readonly KlaviyoProfile[]
  profile(by: {
    readonly email?: string
    readonly externalId?: string
    readonly anonymousId?: string
  }): KlaviyoProfile | undefined
  /** Recorded events in order of arrival; repeats of a `unique_id` are not recorded. */
  events(profileId?: string): readonly KlaviyoEvent[]
  /** The latest requests, refused and repeated ones too, oldest first. */
  requests(): readonly SeenRequest[]
  /** Breaks the next answers. Faults are used up in the order they were given. */
  fail(fault: Fault, options?: FaultOptions): void
  /** Calls `listener` after every recorded change. Returns how to stop it. */
  onChange(listener: () => void): () => void
  close(): Promise<void>
}

export interface KlaviyoStandInOptions {
  /** The one private key this account accepts. */
  readonly apiKey: string
  /** Default 0: any free port. */
  readonly port?: number
  /** Whether the real API's rate limits hold. Default true. */
  readonly limits?: boolean
  /** The account's clock, epoch ms. Default the real one. */
  readonly now?: () => number
}
