/** The contract every platform connector fulfils. Words only: no I/O, no platform names. */

/** What a platform can know a person by. Absent members are unknown, never empty strings. */
export interface Identifiers {
  readonly email?: string
  /** In the form of `E164`. */
  readonly phone?: string
  /** Segment's userId. */
  readonly userId?: string
  /** The latest Segment anonymousId. */
  readonly anonymousId?: string
}
/** A phone number as the platforms take it: +4915112345678. */
export const E164: RegExp = /^\+[1-9]\d{6,14}$/
export type IdentifierKind = keyof Identifiers

/** A computed trait's value; `null` clears it. Types come from our own trait table, never from the value. */
export type TraitValue = string | number | boolean | null
/** Platform-ready trait names (prefix included) to values. */
export type Traits = Readonly<Record<string, TraitValue>>
/** Flat, snake_case. */
export type EventProperties = Readonly<Record<string, string | number | boolean | null>>

interface DeliveryBase {
  /** A UUID derived from the fact that caused the write: the same at every attempt, and what a platform dedupes on. */
  readonly id: string
  /** Our own id of the person; never shown to a platform. */
  readonly profileId: string
  readonly identifiers: Identifiers
  /** Trait changes to write, or for an event the ones its flow may read. */
  readonly traits: Traits
  /** When the behaviour happened, epoch ms. */
  readonly time: number
}
/** Upsert a profile with changed traits. */
export interface TraitsDelivery extends DeliveryBase {
  readonly kind: 'traits'
}
/** Record an event (a moment); `traits` travel with it. */
export interface EventDelivery extends DeliveryBase {
  readonly kind: 'event'
  /** Title Case, such as `Cart Abandoned`. */
  readonly name: string
  readonly properties: EventProperties
}
export type Delivery = TraitsDelivery | EventDelivery

/** What became of one delivery. */
export type Outcome =
  | { readonly kind: 'delivered' }
  /**
   * Worth another try: the platform is busy, broken or silent. `afterMs` is what it asked for. `throttled`: it asks that of
   * everybody, so nothing goes the same way meanwhile.
   */
  | { readonly kind: 'retry'; readonly reason: string; readonly afterMs?: number; readonly throttled?: true }
  /** The platform refuses this delivery for good; `reason` is its own words. */
  | { readonly kind: 'rejected'; readonly reason: string }
  /** The platform refuses our key: nothing can be delivered until an operator acts. */
  | { readonly kind: 'unauthorized'; readonly reason: string }

/** At most so many calls in any stretch of time of this length. */
export interface RateWindow {
  readonly calls: number
  readonly perMs: number
}

/** Where a platform's answers tell how many calls are left, and until when that holds. Names of headers in lower case. */
export interface LeftHeaders {
  readonly calls: string
  readonly until: string
  /** What stands in `until`: a delay, the UTC second, or the length of a window that rolls and so never ends. */
  readonly unit: 'seconds' | 'epoch seconds' | 'ms of a rolling window'
  /** How many calls the first window of the route holds for this account, where accounts differ. */
  readonly most?: string
}

/** A way to write, with a budget of its own. */
export interface Route {
  /** What goes this way, the most urgent first; they share its calls. Every kind has one route that takes any number. */
  readonly kinds: readonly Delivery['kind'][]
  /** Only when so many wait together: a call in bulk, which would be no gain for a few. Such a route stands before the other. */
  readonly from?: number
  /** Stands in the address of each call that counts. */
  readonly path: string
  /** Deliveries handed to one `deliver` call, which makes one request of them as a rule. */
  readonly batchSize: number
  /** The same as JSON, UTF-8. */
  readonly batchBytes: number
  /** Burst, then steady; none: as often as one likes. */
  readonly windows: readonly RateWindow[]
  readonly left?: LeftHeaders
}

/** What one call may hold and how often one may call. */
export interface Limits {
  /** `deliver` calls at the same time. */
  readonly concurrency: number
  /** The most urgent first. */
  readonly routes: readonly Route[]
}

export interface Connector {
  readonly name: string
  readonly limits: Limits
  /** A delivery of this kind waits until one of these identifiers is known. */
  readonly needs: { readonly [K in Delivery['kind']]: readonly IdentifierKind[] }
  /**
   * One outcome per delivery, in the same order. Deliveries of one profile are made one after the other; behind one that
   * has to be retried, the later ones of that profile come back as retries untried. Nothing is tried twice in one call,
   * except that a call refused as a whole is split to single out what it is refused for. Never throws for an answer the
   * platform gave, nor for one it failed to give.
   */
  deliver(batch: readonly Delivery[]): Promise<readonly Outcome[]>
}
