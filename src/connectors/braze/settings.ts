import type { Connector } from '../connector.ts'

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
}

/** Attribute and event objects together in one call (`POST /users/track`; older descriptions: of each). */
const OBJECTS_PER_CALL = 75
/** A moment brings an event object and, for its traits, an attributes object. */
const OBJECTS_PER_DELIVERY = 2

/** `POST /users/delete`. */
const DELETIONS_PER_CALL = 50
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
      kinds: ['deletion'],
      path: '/users/delete',
      // Names of one kind go in a call, at most 50 of them; a person may take three calls.
      batchSize: DELETIONS_PER_CALL,
      batchBytes: 100_000,
      // Shared with the calls that identify, alias and merge, of which we make none.
      windows: [{ calls: 20_000, perMs: 60_000 }],
      left: LEFT,
    },
  ],
}

/**
 * A visitor without any of these could be written as an alias, but never mailed, and what was written there would have to
 * be merged once they say who they are; so deliveries wait, and go to the person they turn out to be.
 */
export const NEEDS: Connector['needs'] = {
  traits: ['userId', 'email', 'phone'],
  event: ['userId', 'email', 'phone'],
}

/** Beside `Retry-After`: plans by monthly active users tell seconds, the others the second at which the window ends. */
export const WAIT_HEADERS = {
  seconds: 'x-ratelimit-retry-after',
  epochSeconds: 'x-ratelimit-reset',
} as const
