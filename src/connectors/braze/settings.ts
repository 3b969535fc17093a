import type { Connector, IdentifierKind, Joins } from '../connector.ts'

export interface BrazeSettings {
  /** A REST key with the permission users.track. */
  readonly apiKey: string
  /** The REST endpoint of the workspace's cluster, such as `https://rest.iad-01.braze.com`. Braze has no common one. */
  readonly baseUrl: string
  /**
   * What becomes of an event that Braze may have taken without saying so. Braze counts an event twice when it gets it
   * twice. `retry` may do that, and leaves it to the Canvas's re-eligibility that nobody is mailed twice; `drop` may lose
   * the event. Default `retry`.
   */
  readonly unansweredEvents?: 'retry' | 'drop'
  /**
   * What becomes of what is owed to a visitor who has no name yet. `wait`: it goes once they have one. `alias`: it is
   * written to an alias-only profile, which is joined to the person once they have a user id. Default `wait`.
   */
  readonly anonymousVisitors?: 'wait' | 'alias'
  /** Whether consent and what was bought is read back. The key then needs users.export.ids. Default false. */
  readonly readBack?: boolean
}

/** Attribute and event objects together in one call (`POST /users/track`; older descriptions: of each). */
const OBJECTS_PER_CALL = 75
/** A moment brings an event object and, for its traits, an attributes object. */
const OBJECTS_PER_DELIVERY = 2

/** `POST /users/identify` and `POST /users/delete`: names in one call. */
const NAMES_PER_CALL = 50
/** Every answer tells of its window. */
const LEFT = { calls: 'x-ratelimit-remaining', until: 'x-ratelimit-reset', unit: 'epoch seconds' } as const

export const LIMITS: Connector['limits'] = {
  // At about 100 ms a call, a tenth of the calls allowed: each holds so many deliveries that more would only crowd out others.
  concurrency: 10,
  routes: [
    {
      kinds: ['event', 'traits'],
      path: '/users/track',
      // A contract that allows 50 objects refuses a larger call as a whole; its deliveries then go one by one.
      batchSize: Math.floor(OBJECTS_PER_CALL / OBJECTS_PER_DELIVERY),
      // 4 MB a request; a delivery that becomes two objects stands in it with its person twice.
      batchBytes: 3_000_000,
      // For the whole workspace. Accounts older than this limit keep 50,000 a minute, which is a little less; they say so.
      windows: [{ calls: 3_000, perMs: 3_000 }],
      left: LEFT,
    },
    {
      // Identifying and deleting share a limit, with aliasing and merging, which we do not.
      kinds: ['joining', 'deletion'],
      path: '/users/',
      // Names of one kind go in a call of deletions, so that a person may take three.
      batchSize: NAMES_PER_CALL,
      batchBytes: 100_000,
      windows: [{ calls: 20_000, perMs: 60_000 }],
      left: LEFT,
    },
  ],
}

/**
 * A visitor without any of these can be written as an alias, but never mailed, and counts as a user. So deliveries wait and go
 * to the person they turn out to be, unless aliases are asked for.
 */
const NAMES: readonly IdentifierKind[] = ['userId', 'email', 'phone']

export function needsOf(anonymousVisitors: 'wait' | 'alias'): Connector['needs'] {
  const names = anonymousVisitors === 'alias' ? [...NAMES, 'anonymousId' as const] : NAMES
  return { traits: names, event: names }
}

/** `POST /users/identify` joins profiles of an address, a number or an alias to one with an `external_id`, and no others. */
export function joinsOf(anonymousVisitors: 'wait' | 'alias'): Joins {
  return {
    into: 'userId',
    from: anonymousVisitors === 'alias' ? ['email', 'phone', 'anonymousId'] : ['email', 'phone'],
    // A write is applied within a tenth of a second as a rule; Braze asks for five minutes between calls that depend on each
    // other. A minute is far beyond the one, and as long as a moment may be kept waiting for the other.
    settleMs: 60_000,
  }
}

/** Beside `Retry-After`: plans by monthly active users tell seconds, the others the second at which the window ends. */
export const WAIT_HEADERS = {
  seconds: 'x-ratelimit-retry-after',
  epochSeconds: 'x-ratelimit-reset',
} as const
