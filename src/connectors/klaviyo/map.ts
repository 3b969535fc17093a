/** Delivery -> what Klaviyo's SDK takes, and an answer -> what it says. Pure; types only of the SDK, so that a misspelt or snake_case key cannot compile. */
import type {
  DataPrivacyCreateDeletionJobQuery,
  EventCreateQueryV2,
  EventsBulkCreateJob,
  ProfileUpsertQuery,
} from 'klaviyo-api'
import {
  E164,
  type EventDelivery,
  type EventProperties,
  type Identifiers,
  type Traits,
  type TraitsDelivery,
  type Write,
} from '../connector.ts'
import { isMembers, type Members, membersIn } from '../members.ts'

/** @returns the body of `POST /api/profile-import`; traits to clear are not in it, see `withUnset`. */
export function toProfileUpsert({ identifiers, traits }: TraitsDelivery): ProfileUpsertQuery {
  return { data: { type: 'profile', attributes: { ...knownBy(identifiers), ...propertiesOf(traits) } } }
}

/** @returns the body of `POST /api/events`; traits to clear are not in it, see `withUnset`. */
export function toEvent(delivery: EventDelivery): EventCreateQueryV2 {
  const profile = { data: { type: 'profile', attributes: personOf(delivery) } } as const
  return { data: { type: 'event', attributes: { ...occurrenceOf(delivery), ...historyOf(delivery), profile } } }
}

/** @returns the body of `POST /api/event-bulk-create-jobs`; traits to clear are not in it, see `withUnsetInBulk`. */
export function toEventsJob(deliveries: readonly EventDelivery[]): EventsBulkCreateJob {
  const entries = deliveries.map(delivery => ({
    type: 'event-bulk-create' as const,
    attributes: {
      ...historyOf(delivery),
      profile: { data: { type: 'profile' as const, attributes: personOf(delivery) } },
      events: { data: [{ type: 'event' as const, attributes: occurrenceOf(delivery) }] },
    },
  }))
  return { data: { type: 'event-bulk-create-job', attributes: { eventsBulkCreate: { data: entries } } } }
}

function occurrenceOf({ id, name, time, properties }: EventDelivery) {
  return {
    properties: withoutNulls(properties),
    time: new Date(time),
    uniqueId: id,
    metric: { data: { type: 'metric' as const, attributes: { name } } },
  }
}

/** Recorded without starting flows. */
function historyOf({ replayed }: EventDelivery): { readonly backfill?: true } {
  return replayed === undefined ? {} : { backfill: true }
}

/** Traits inside the event are applied before a flow reads them; a second call could come too late. */
function personOf({ identifiers, traits }: EventDelivery) {
  // The anonymous id rides along, for an event is the only call that joins the visitor to the person (profiles take none).
  const joined = identifiers.anonymousId === undefined ? {} : { anonymousId: identifiers.anonymousId }
  return { ...knownBy(identifiers), ...joined, ...propertiesOf(traits) }
}

/** @returns the body of `POST /api/data-privacy-deletion-jobs`, which takes exactly one name of a profile. */
export function toDeletion(
  name: { id: string } | { email: string } | { phoneNumber: string },
): DataPrivacyCreateDeletionJobQuery {
  const profile = 'id' in name ? { id: name.id, attributes: {} } : { attributes: name }
  return {
    data: {
      type: 'data-privacy-deletion-job',
      attributes: { profile: { data: { type: 'profile', ...profile } } },
    },
  }
}

/** Whether anything is left by which Klaviyo can know a person it may write to. */
export function isKnown(identifiers: Identifiers): boolean {
  return Object.keys(knownBy(identifiers)).length > 0
}

/** Where `meta` stands in a body: beside a profile's attributes, but among those of an event's profile. */
const META_IN: { readonly [K in Write['kind']]: readonly string[] } = {
  traits: ['data'],
  event: ['data', 'attributes', 'profile', 'data', 'attributes'],
}
const BULK_ENTRIES = ['data', 'attributes', 'events-bulk-create', 'data']
/** In an entry of a bulk request it stands beside the attributes of the profile. */
const META_IN_ENTRY = ['attributes', 'profile', 'data']

/**
 * Adds the traits to clear to a body the SDK has already put in wire form. `unset` is the documented way to delete a
 * property; what a `null` among the properties does is not documented, and the SDK (23.0.0) throws on `unset`
 * (klaviyo-api-node #119).
 */
export function withUnset(body: unknown, delivery: Write): unknown {
  return clearing(body, META_IN[delivery.kind], delivery)
}

/** The same for the body of `POST /api/event-bulk-create-jobs`, whose entries are these deliveries. */
export function withUnsetInBulk(body: unknown, deliveries: readonly EventDelivery[]): unknown {
  const entries = BULK_ENTRIES.reduce((inner, name) => (isMembers(inner) ? inner[name] : undefined), body)
  if (!Array.isArray(entries)) return body
  const cleared = entries.map((entry: unknown, at) => {
    const delivery = deliveries[at]
    return delivery === undefined ? entry : clearing(entry, META_IN_ENTRY, delivery)
  })
  return withMember(body, BULK_ENTRIES, () => cleared)
}

function clearing(body: unknown, place: readonly string[], { traits }: Write): unknown {
  const unset = Object.keys(traits).filter(name => traits[name] === null)
  if (unset.length === 0) return body
  return withMember(body, place, inner => ({
    ...(isMembers(inner) ? inner : {}),
    meta: { patch_properties: { unset } },
  }))
}

function withMember(
  members: unknown,
  [name, ...deeper]: readonly string[],
  change: (inner: unknown) => unknown,
): unknown {
  if (name === undefined) return change(members)
  const known: Members = isMembers(members) ? members : {}
  return { ...known, [name]: withMember(known[name], deeper, change) }
}

/** @returns the profiles an answer lists. */
export function profilesIn(body: unknown): readonly Members[] {
  return isMembers(body) ? membersIn(body.data) : []
}

/** @returns the platform's own words: each error's detail and the place it points to. */
export function wordsOf(body: unknown): string | undefined {
  const words = errorsIn(body).map(error => {
    const { detail, title } = error
    const pointer = placeOf(error)
    const said = typeof detail === 'string' ? detail : title
    return typeof said === 'string' ? `${said}${typeof pointer === 'string' ? ` (${pointer})` : ''}` : undefined
  })
  const heard = words.filter(word => word !== undefined)
  return heard.length === 0 ? undefined : heard.join('; ')
}

/** Where a bulk request lists its entries; what follows is an entry's index. */
const ENTRY = /^\/data\/attributes\/events-bulk-create\/data\/(\d+)(?:\/|$)/

/** @returns the indices of the entries that a refusal of a bulk request names; empty where it names none. */
export function culpritsIn(body: unknown): ReadonlySet<number> {
  const places = errorsIn(body).map(error => ENTRY.exec(String(placeOf(error)))?.[1])
  return new Set(places.filter(place => place !== undefined).map(Number))
}

function errorsIn(body: unknown): readonly Members[] {
  return isMembers(body) ? membersIn(body.errors) : []
}

function placeOf({ source }: Members): unknown {
  return isMembers(source) ? (source.pointer ?? source.parameter) : undefined
}

/** What a profile can be found by, in the SDK's words. */
export interface KnownBy {
  email?: string
  phoneNumber?: string
  externalId?: string
}

export function knownBy({ email, phone, userId }: Identifiers): KnownBy {
  return {
    ...(email === undefined ? {} : { email }),
    ...(phone !== undefined && E164.test(phone) ? { phoneNumber: phone } : {}),
    ...(userId === undefined ? {} : { externalId: userId }),
  }
}

function propertiesOf(traits: Traits): { properties?: object } {
  const properties = withoutNulls(traits)
  return Object.keys(properties).length === 0 ? {} : { properties }
}

/** On an event an absent property and a null one say the same, but a template may print the null. */
function withoutNulls(members: EventProperties): object {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null))
}
