import type { Connector } from '../connector.ts'

export interface KlaviyoSettings {
  /** A private key with the scopes profiles:write and events:write. */
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

export const LIMITS: Connector['limits'] = {
  // Upserts and single events take one record a call. Their bulk jobs allow a thirty-fifth of the calls (10/s), and one bad
  // event refuses the whole job, so they serve backfills, not moments.
  batchSize: 1,
  // Profiles may be written 75 times a second (x-klaviyo-ratelimit); at about 200 ms a call that is 15 at a time.
  concurrency: 15,
}

/** An anonymous-only profile can be created by an event, but never mailed; so deliveries wait for one of these. */
export const NEEDS: Connector['needs'] = {
  traits: ['email', 'phone', 'userId'],
  event: ['email', 'phone', 'userId'],
}
