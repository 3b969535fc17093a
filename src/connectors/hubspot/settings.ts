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
  // `contacts/batch/upsert` takes 100 inputs.
  batchSize: 100,
  // The smallest accounts allow 100 calls in 10 s; at about 300 ms a call, two at a time make some 70.
  concurrency: 2,
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
