import type { Connector } from '../connector.ts'

export interface KlaviyoSettings {
  /** A private key with the scopes profiles:write and events:write; for feedback profiles:read, events:read, metrics:read. */
  readonly apiKey: string
  /** Default `https://a.klaviyo.com`. */
  readonly baseUrl?: string
}

/** The API's only production server (klaviyo/openapi stable.json, `servers`). */
export const DEFAULT_BASE_URL = 'https://a.klaviyo.com'

/** The API revision our bodies are written for; klaviyo-api 23.0.0 was generated from it. */
export const REVISION = '2026-07-15'

/**
 * Single calls side by side. Profiles may be written 75 times a second (x-klaviyo-ratelimit); at about 200 ms a call that is
 * 15 at a time.
 *
 * More events than this, waiting together, go in bulk. Up to this many, each goes at once in a call of its own and has an
 * answer of its own; one more would have to wait for another's, and by then one call for all of them is quicker.
 */
export const CALLS_AT_ONCE = 15

/** What one bulk request may hold (`POST /api/event-bulk-create-jobs`: 1,000 events, 5 MB, whichever megabyte is meant). */
export const BULK = { events: 1_000, bytes: 5_000_000 } as const

/**
 * What an event takes in a bulk request beyond what its delivery takes as JSON: 223 bytes at most, with all identifiers and
 * something to clear; rounded up.
 */
export const BULK_FRAME_BYTES = 300

/** For one bulk request, from connecting to the last byte: 5 MB at 2 Mbit/s take 20 s. */
export const BULK_TIMEOUT_MS = 30_000

/**
 * How often a bulk request is sent again without the events it was refused for, before the rest goes one by one. It may
 * carry 5 MB each time; and whoever refuses this often may not stop.
 */
export const BULK_RESENDS = 5

/** Every success tells of the window of a minute; a 429 tells only how long to wait. */
const LEFT = { calls: 'ratelimit-remaining', until: 'ratelimit-reset', unit: 'seconds' } as const

export const LIMITS: Connector['limits'] = {
  // 3,500 events and 750 profiles a minute are 71 calls a second; at about 200 ms a call that is 15 at a time. A few more, for
  // a minute in which calls take longer.
  concurrency: 20,
  // Upserts and single events take one record a call. The windows are those of `x-klaviyo-ratelimit`.
  routes: [
    {
      kinds: ['event'],
      path: '/api/event-bulk-create-jobs',
      from: CALLS_AT_ONCE + 1,
      batchSize: BULK.events,
      batchBytes: BULK.bytes,
      windows: [
        { calls: 10, perMs: 1_000 },
        { calls: 150, perMs: 60_000 },
      ],
      left: LEFT,
    },
    {
      kinds: ['event'],
      path: '/api/events',
      batchSize: 1,
      batchBytes: 5_000_000,
      windows: [
        { calls: 350, perMs: 1_000 },
        { calls: 3_500, perMs: 60_000 },
      ],
      left: LEFT,
    },
    {
      kinds: ['traits'],
      path: '/api/profile-import',
      batchSize: 1,
      batchBytes: 100_000,
      windows: [
        { calls: 75, perMs: 1_000 },
        { calls: 750, perMs: 60_000 },
      ],
      left: LEFT,
    },
    {
      kinds: ['deletion'],
      path: '/api/data-privacy-deletion-jobs',
      batchSize: 1,
      batchBytes: 100_000,
      // A person with an address, a number and a user id takes three calls.
      windows: [
        { calls: 3, perMs: 1_000 },
        { calls: 60, perMs: 60_000 },
      ],
      left: LEFT,
    },
  ],
}

/** An anonymous-only profile can be created by an event, but never mailed; so deliveries wait for one of these. */
export const NEEDS: Connector['needs'] = {
  traits: ['email', 'phone', 'userId'],
  event: ['email', 'phone', 'userId'],
}

/** Klaviyo gives 200 at most; half of that with the people they are about stays well below the largest answer we read. */
export const EVENTS_A_PAGE = 100

/** Reading events has a limit of its own, 350/s and 3,500/min (x-klaviyo-ratelimit), and is done one page after another. */
export const PAUSE_BETWEEN_PAGES_MS = 100

/** Klaviyo queues what happens and shows it later, by seconds as a rule; how late at most it does not say. */
export const LATENESS_MS = 1_800_000
