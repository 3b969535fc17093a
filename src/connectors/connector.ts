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
  /** When the behaviour happened, or a deletion was asked for, epoch ms. */
  readonly time: number
}
interface WriteBase extends DeliveryBase {
  /** Trait changes to write, or for an event the ones its flow may read. */
  readonly traits: Traits
}
/** Upsert a profile with changed traits. */
export interface TraitsDelivery extends WriteBase {
  readonly kind: 'traits'
}
/** Record an event (a moment); `traits` travel with it. */
export interface EventDelivery extends WriteBase {
  readonly kind: 'event'
  /** Title Case, such as `Cart Abandoned`. */
  readonly name: string
  readonly properties: EventProperties
  /** A moment of the past that a replay found, written as history: nothing shall start by it, where the platform can tell. */
  readonly replayed?: true
}
/** Delete everybody these identifiers name, for good. Somebody who is not there counts as deleted. */
export interface DeletionDelivery extends DeliveryBase {
  readonly kind: 'deletion'
}
/** Join what the platform keeps under names the person had before to the profile that `identifiers` name. */
export interface JoiningDelivery extends DeliveryBase {
  readonly kind: 'joining'
  /** One name each. */
  readonly former: readonly Identifiers[]
}
export type Write = TraitsDelivery | EventDelivery
export type Delivery = Write | DeletionDelivery | JoiningDelivery

/** How a platform joins profiles: only those it keeps under one of `from`, and only to one it knows by `into`. */
export interface Joins {
  readonly into: IdentifierKind
  readonly from: readonly IdentifierKind[]
  /** So long after the first write under a former name the platform surely has that profile, ms. */
  readonly settleMs: number
}

/** What became of one delivery. */
export type Outcome =
  /** `note` is what the platform said, where that is a proof worth keeping: of a deletion. No identifiers in it. */
  | { readonly kind: 'delivered'; readonly note?: string }
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
  /** What of its windows may be used, 0–1; absent: all of it. */
  readonly share?: number
  readonly left?: LeftHeaders
}

/** What a platform knows of a person beside what is written there; absent members it does not say. */
export interface PlatformFacts {
  /** Whether marketing e-mail may reach them. */
  readonly mayEmail?: boolean
  /** Why it may not, in the platform's word. */
  readonly reason?: string
  /** In the company's currency. */
  readonly lifetimeValue?: number
  /** As the CRM spells it. */
  readonly lifecycleStage?: string
  /** How many orders they have made. */
  readonly orders?: number
}

export type ReadOutcome =
  | { readonly kind: 'read'; readonly facts: PlatformFacts }
  /** The platform knows nobody by these names. */
  | { readonly kind: 'unknown' }
  | Exclude<Outcome, { kind: 'delivered' }>

/** Reading what a platform knows; it writes nothing. */
export interface Reads {
  /** Whom it can be asked about. */
  readonly needs: readonly IdentifierKind[]
  /** From one question to the next, ms: what of the platform's limits reading may take. */
  readonly everyMs: number
  /** One attempt; never throws. */
  read(identifiers: Identifiers): Promise<ReadOutcome>
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
  /** A write of this kind waits until one of these identifiers is known. */
  readonly needs: { readonly [K in Write['kind']]: readonly IdentifierKind[] }
  /** A replayed event starts nothing at the platform. Absent: it starts whatever a new one would start. */
  readonly marksHistory?: true
  /** Absent: it has no such call, and is handed no joining. */
  readonly joins?: Joins
  /** Absent: nothing is read back, because nobody asked for it or there is nothing to read. */
  readonly reads?: Reads
  /**
   * One outcome per delivery, in the same order. Deliveries of one profile are made one after the other; behind one that
   * has to be retried, the later ones of that profile come back as retries untried. Nothing is tried twice in one call,
   * except that a call refused as a whole is split to single out what it is refused for. Never throws for an answer the
   * platform gave, nor for one it failed to give.
   */
  deliver(batch: readonly Delivery[]): Promise<readonly Outcome[]>
}
