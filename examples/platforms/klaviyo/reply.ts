/** Klaviyo's answers: JSON:API documents and errors in its wording. */
import { randomUUID } from 'node:crypto'
import type { Answer } from '../exchange.ts'
import { isoSecond, type KlaviyoEvent, type KlaviyoMetric } from './account.ts'
import type { Problem } from './check.ts'
import type { KlaviyoProfile, Knowledge } from './profile.ts'

const MEDIA_TYPE = 'application/vnd.api+json'

interface ErrorWords {
  readonly code: string
  readonly title: string
  readonly detail: string
}

/**
 * Codes and titles by status. 429's is from pasted answers, 409's from clients that read it; of the others only the shape
 * is published.
 */
const WORDS: Readonly<Record<number, ErrorWords>> = {
  400: { code: 'invalid', title: 'Invalid input.', detail: 'The payload provided in the request is invalid.' },
  401: {
    code: 'not_authenticated',
    title: 'Authentication credentials were not provided.',
    detail: 'Missing or invalid private key.',
  },
  403: {
    code: 'permission_denied',
    title: 'You do not have permission to perform this action.',
    detail: 'The key lacks a scope.',
  },
  404: { code: 'not_found', title: 'Not found.', detail: 'The requested resource does not exist.' },
  405: { code: 'method_not_allowed', title: 'Method not allowed.', detail: 'The method is not allowed here.' },
  406: { code: 'not_acceptable', title: 'Not acceptable.', detail: `Only ${MEDIA_TYPE} can be returned.` },
  409: {
    code: 'duplicate_profile',
    title: 'Conflict.',
    detail: 'A profile already exists with one of these identifiers.',
  },
  413: {
    code: 'payload_too_large',
    title: 'Payload too large.',
    detail: 'The payload exceeds the maximum allowed size.',
  },
  415: {
    code: 'unsupported_media_type',
    title: 'Unsupported media type.',
    detail: `Send ${MEDIA_TYPE} or application/json.`,
  },
  429: { code: 'throttled', title: 'Request was throttled.', detail: 'Request was throttled.' },
  500: { code: 'error', title: 'A server error occurred.', detail: 'A server error occurred.' },
  503: { code: 'service_unavailable', title: 'Service unavailable.', detail: 'Service temporarily unavailable.' },
}

export function json(status: number, body: unknown, headers: Answer['headers'] = {}): Answer {
  return { status, headers: { 'Content-Type': MEDIA_TYPE, ...headers }, body: JSON.stringify(body) }
}

/** An event's 202: validated and queued, with nothing to say. */
export const ACCEPTED: Answer = { status: 202, headers: {}, body: '' }

/** @param retryAfterS - whole seconds, for 429. */
export function refusal(status: number, retryAfterS?: number): Answer {
  if (retryAfterS === undefined) return refused(status, [{}])
  const detail = `Request was throttled. Expected available in ${retryAfterS} second${retryAfterS === 1 ? '' : 's'}.`
  return refused(status, [{ detail, pointer: '/data/' }], { headers: { 'Retry-After': String(retryAfterS) } })
}

/** What is wrong, and where: at a place in the document, or in a query parameter. */
type Mistake = Partial<Problem> & { readonly parameter?: string }

interface More {
  readonly headers?: Answer['headers']
  readonly meta?: Readonly<Record<string, string>>
}

/** One error per problem. */
export function refused(status: number, problems: readonly Mistake[], { headers, meta = {} }: More = {}): Answer {
  const words = WORDS[status] ?? { code: 'error', title: 'Error.', detail: 'The request failed.' }
  const errors = problems.map(({ pointer, parameter, detail = words.detail }) => ({
    id: randomUUID(),
    status,
    code: words.code,
    title: words.title,
    detail,
    source: { ...(pointer === undefined ? {} : { pointer }), ...(parameter === undefined ? {} : { parameter }) },
    links: {},
    meta,
  }))
  return json(status, { errors }, headers)
}

export interface ProfileResource {
  readonly type: 'profile'
  readonly id: string
  readonly attributes: Readonly<Record<string, unknown>>
  readonly links: object
}

export function profileResource(
  profile: KlaviyoProfile,
  base: string,
  extras: readonly string[] = [],
): ProfileResource {
  return {
    type: 'profile',
    id: profile.id,
    attributes: {
      email: profile.email ?? null,
      phone_number: profile.phoneNumber ?? null,
      external_id: profile.externalId ?? null,
      properties: profile.properties,
      created: isoSecond(profile.createdAt),
      updated: isoSecond(profile.updatedAt),
      ...(extras.includes('subscriptions') ? { subscriptions: subscriptionsOf(profile.known) } : {}),
      ...(extras.includes('predictive_analytics') ? { predictive_analytics: predictionsOf(profile.known) } : {}),
    },
    links: { self: `${base}/api/profiles/${profile.id}/` },
  }
}

export function eventResource(event: KlaviyoEvent, metric: KlaviyoMetric | undefined, base: string): object {
  return {
    type: 'event',
    id: event.id,
    attributes: {
      timestamp: Date.parse(event.time) / 1000,
      event_properties: event.properties,
      datetime: event.time,
      uuid: event.uniqueId,
    },
    relationships: {
      profile: { data: { type: 'profile', id: event.profileId } },
      metric: { data: { type: 'metric', id: metric?.id ?? '' } },
    },
    links: { self: `${base}/api/events/${event.id}/` },
  }
}

export function metricResource({ id, name, integration: by, createdAt }: KlaviyoMetric, base: string): object {
  const created = isoSecond(createdAt)
  const integration = { object: 'integration', id: `0eK${by}`, name: by, category: by }
  return {
    type: 'metric',
    id,
    attributes: { name, created, updated: created, integration },
    links: { self: `${base}/api/metrics/${id}/` },
  }
}

export function accountResource(base: string): object {
  return {
    type: 'account',
    id: 'AbC123',
    attributes: {
      test_account: false,
      contact_information: {
        default_sender_name: 'Leaf & Fig',
        default_sender_email: 'hello@leaf-and-fig.example',
        website_url: 'https://leaf-and-fig.example',
        organization_name: 'Leaf & Fig',
        street_address: { address1: null, address2: null, city: null, region: null, country: null, zip: null },
      },
      industry: null,
      timezone: 'Europe/Berlin',
      preferred_currency: 'EUR',
      public_api_key: 'AbC123',
      locale: 'en-GB',
    },
    links: { self: `${base}/api/accounts/AbC123/` },
  }
}

/** Nobody here ever subscribed; somebody may have unsubscribed, marked as spam, or bounced. */
function subscriptionsOf({ suppressed }: Knowledge): object {
  const suppression = suppressed === undefined ? [] : [{ reason: suppressed, timestamp: isoSecond(0) }]
  return {
    email: {
      marketing: {
        can_receive_email_marketing: suppressed === undefined,
        consent: suppressed === undefined ? 'NEVER_SUBSCRIBED' : 'UNSUBSCRIBED',
        suppression,
        list_suppressions: [],
      },
    },
    sms: null,
  }
}

/** Nulls are what an account without order history gets. */
function predictionsOf({ historicClv, orders }: Knowledge): object {
  return {
    historic_clv: historicClv ?? null,
    predicted_clv: null,
    total_clv: historicClv ?? null,
    historic_number_of_orders: orders ?? null,
    churn_probability: null,
  }
}
