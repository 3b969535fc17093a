import type { Connector } from '../connector.ts'

export interface KlaviyoSettings {
  /** A private key with the scopes profiles:write and events:write. */
  readonly apiKey: string
  /** Default `https://a.klaviyo.com`. */
  readonly baseUrl?: string
}

/** The API's only production server (klaviyo/openapi stable.json, `servers`). */
export const DEFAULT_BASE_URL = 'https://a.klaviyo.com'

/** The API revision our bodies are written for; klaviyo-api 23.0.0 was generated from it. */
export const REVISION = '2026-07-15'

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
  ],
}

/** An anonymous-only profile can be created by an event, but never mailed; so deliveries wait for one of these. */
export const NEEDS: Connector['needs'] = {
  traits: ['email', 'phone', 'userId'],
  event: ['email', 'phone', 'userId'],
}
