import type { Connector } from '../connector.ts'

export interface KlaviyoSettings {
  /** A private key with the scopes profiles:write and events:write; for feedback profiles:read, events:read, metrics:read. */
  readonly apiKey: string
  /** Default `https://a.klaviyo.com`. */
  readonly baseUrl?: string
  /** Whether consent and what was bought is read back. The key then needs profiles:read. Default false. */
  readonly readBack?: boolean
}

/** The API's only production server (klaviyo/openapi stable.json, `servers`). */
export const DEFAULT_BASE_URL = 'https://a.klaviyo.com'

/** The API revision our bodies are written for; klaviyo-api 23.0.0 was generated from it. */
export const REVISION = '2026-07-15'

/** Calls in a minute (x-klaviyo-ratelimit). */
const PER_MINUTE = { events: 3_500, bulkRequests: 150 } as const

/**
 * Up to so many events that wait together go alone, each at once in a call and with an answer of its own; more go in bulk. A
 * bulk request takes the same share of a minute's bulk requests as this many events of a minute's single calls, so that
 * below it, bulk would be the narrower way, and above it the wider.
 */
export const EVENTS_ALONE: number = Math.floor(PER_MINUTE.events / PER_MINUTE.bulkRequests)

/** Profiles may be written 75 times a second; at about 200 ms a call that is 15 at a time. */
export const PROFILES_AT_ONCE = 15

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
      from: EVENTS_ALONE + 1,
      batchSize: BULK.events,
      batchBytes: BULK.bytes,
      windows: [
        { calls: 10, perMs: 1_000 },
        { calls: PER_MINUTE.bulkRequests, perMs: 60_000 },
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
        { calls: PER_MINUTE.events, perMs: 60_000 },
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
