/** What the demo server tells the live page: the platforms' accounts, and one person as the destination knows them. */

export const PLATFORMS = ['Klaviyo', 'HubSpot', 'Braze'] as const
export type PlatformName = (typeof PLATFORMS)[number]

export interface LiveEvent {
  /** The id of the delivery that brought it; absent where the platform keeps none. */
  readonly deliveryId?: string
  /** The moment's name. */
  readonly name: string
  /** When the behaviour happened, epoch ms; Klaviyo keeps whole seconds. */
  readonly time: number
  /** Epoch ms. */
  readonly receivedAt: number
  readonly properties: Readonly<Record<string, unknown>>
}

export interface LiveProfile {
  readonly platform: PlatformName
  /** What the platform knows the person by, in its own words. */
  readonly identifiers: readonly (readonly [string, string])[]
  /** What we wrote on it. */
  readonly properties: Readonly<Record<string, unknown>>
  /** Oldest first. */
  readonly events: readonly LiveEvent[]
}

/** Somebody with the profiles that the platforms have of them. */
export interface LivePerson {
  /** Their e-mail address, or else their user id. */
  readonly name: string
  /** Since when a platform has known them, epoch ms, if one says. */
  readonly knownSince?: number
  /** In the order of `PLATFORMS`. */
  readonly profiles: readonly LiveProfile[]
}

/** Those changed last, newest first. */
export type Accounts = readonly LivePerson[]

/** The answer of the destination's `GET /api/people/:id`, as far as the demo reads it. */
export interface Person {
  readonly id: string
  readonly identifiers: Readonly<Record<string, unknown>>
  readonly score: number
  readonly level: string
  readonly traits: Readonly<Record<string, unknown>>
  /** Newest first. */
  readonly story: readonly StoryEntry[]
  /** Newest first. */
  readonly deliveries: readonly DeliveryEntry[]
}

export interface StoryEntry {
  /** ISO 8601. */
  readonly at: string
  readonly what: string
  /** `fired`, `withheld`, `changed`, `joined`. */
  readonly outcome: string
  readonly why: string
  /** Why it was withheld, as a word: `capped`, `stale`, `unidentified`… */
  readonly restraint?: string
}

export interface DeliveryEntry {
  readonly id: string
  readonly kind: string
  /** Events only. */
  readonly name?: string
  readonly traits: Readonly<Record<string, unknown>>
  /** `held` waits for an identifier. */
  readonly status: string
  /** When the behaviour happened, ISO 8601. */
  readonly at: string
}

/** @returns when the behaviour behind an event happened, epoch ms: the destination knows it better than a platform that cuts to seconds. */
export function happenedAt({ deliveryId, name, time }: LiveEvent, deliveries: readonly DeliveryEntry[]): number {
  const delivery = deliveries.find(one =>
    deliveryId === undefined ? one.name === name && Date.parse(one.at) === time : one.id === deliveryId,
  )
  return delivery === undefined ? time : Date.parse(delivery.at)
}
