import type { Connector } from '../connector.ts'

export interface HubspotSettings {
  /** Of a private app with the scopes in docs/hubspot.md. */
  readonly accessToken: string
  /** Default `https://api.hubapi.com`. */
  readonly baseUrl?: string
  /** Whether consent and what the CRM knows is read back. Default false. */
  readonly readBack?: boolean
}

/** The API's only server (`servers` of the published description). */
export const DEFAULT_BASE_URL = 'https://api.hubapi.com'

export const LIMITS: Connector['limits'] = {
  // At about 300 ms a call, three at a time make 100 in 10 s; with their events, calls take longer.
  concurrency: 5,
  routes: [
    {
      kinds: ['event', 'deletion', 'traits'],
      // Sending events does not count against the limits of the account.
      path: '/crm/',
      // `contacts/batch/upsert` takes 100 inputs; no size is published. A hundred contacts with all we write are 2 MB.
      batchSize: 100,
      batchBytes: 5_000_000,
      // Those of the smallest account, until an answer says what this one has.
      windows: [
        { calls: 100, perMs: 10_000 },
        { calls: 250_000, perMs: 86_400_000 },
      ],
      left: {
        calls: 'x-hubspot-ratelimit-remaining',
        until: 'x-hubspot-ratelimit-interval-milliseconds',
        unit: 'ms of a rolling window',
        most: 'x-hubspot-ratelimit-max',
      },
    },
  ],
}

/** Contacts are upserted by e-mail address, and an event finds its contact by it. */
export const NEEDS: Connector['needs'] = { traits: ['email'], event: ['email'] }

/** Events do not count against the limits of the account (1,250/s of their own); this only bounds our own connections. */
export const EVENTS_AT_ONCE = 10

/** A text property of a contact holds 65,536 characters. */
export const MAX_PROPERTY_LENGTH = 65_536

/** The bound HubSpot last published for the value of an event property (2021: 200 for addresses). */
export const MAX_EVENT_VALUE_LENGTH = 200

/** Labels of properties have at most 50 characters; names are kept to that too. */
export const MAX_LABEL_LENGTH = 50

/** Leaves room within 50 characters for what the names of a moment's properties add to that of its event. */
export const MAX_EVENT_NAME_LENGTH = 42

/** The group in which `inkling setup hubspot` puts the properties. */
export const GROUP = 'inkling'

/** HubSpot gives 1,000 at most; an event tells browser and place, and so many stay below the largest answer we read. */
export const EVENTS_A_PAGE = 250

/** Reading counts against the 100 calls in 10 s of the smallest accounts: two a second take a fifth of them. */
export const PAUSE_BETWEEN_PAGES_MS = 500

/** How late an event shows in the log is not documented. */
export const LATENESS_MS = 1_800_000
