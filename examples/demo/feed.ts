/** What the demo server tells the live page: the platform's account, and one person as the destination knows them. */
import type { KlaviyoStandIn } from '../platforms/klaviyo.ts'

export interface LiveEvent {
  readonly id: string
  /** The id of the delivery that brought it. */
  readonly uniqueId: string
  readonly metric: string
  /** When the behaviour happened, epoch ms; Klaviyo keeps whole seconds. */
  readonly time: number
  /** Epoch ms. */
  readonly receivedAt: number
  readonly properties: Readonly<Record<string, unknown>>
}

export interface LiveProfile {
  readonly id: string
  readonly email?: string
  readonly phoneNumber?: string
  readonly externalId?: string
  readonly anonymousIds: readonly string[]
  readonly properties: Readonly<Record<string, unknown>>
  /** Epoch ms. */
  readonly createdAt: number
  /** Oldest first. */
  readonly events: readonly LiveEvent[]
}

/** The profiles changed last, newest first. */
export type Account = readonly LiveProfile[]

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

/** As many profiles as a visitor of the demo could tell apart; one page reload never carries more. */
const SHOWN = 12

export function toAccount(standIn: Pick<KlaviyoStandIn, 'profiles' | 'events'>): Account {
  return standIn
    .profiles()
    .toSorted((a, b) => b.updatedAt - a.updatedAt)
    .slice(0, SHOWN)
    .map(({ updatedAt, ...profile }) => ({
      ...profile,
      events: standIn.events(profile.id).map(({ id, uniqueId, metric, time, receivedAt, properties }) => ({
        id,
        uniqueId,
        metric,
        time: Date.parse(time),
        receivedAt,
        properties,
      })),
    }))
}

export function profileOf(account: Account, email: string): LiveProfile | undefined {
  return account.find(profile => profile.email === email)
}
