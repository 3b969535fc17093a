/** Delivery -> what Klaviyo's SDK takes. Pure; types only of the SDK, so that a misspelt or snake_case key cannot compile. */
import type { DataPrivacyCreateDeletionJobQuery, EventCreateQueryV2, ProfileUpsertQuery } from 'klaviyo-api'
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
export function toEvent({ id, name, time, properties, identifiers, traits }: EventDelivery): EventCreateQueryV2 {
  // The anonymous id rides along, for an event is the only call that joins the visitor to the person (profiles take none).
  const joined = identifiers.anonymousId === undefined ? {} : { anonymousId: identifiers.anonymousId }
  return {
    data: {
      type: 'event',
      attributes: {
        properties: withoutNulls(properties),
        time: new Date(time),
        uniqueId: id,
        metric: { data: { type: 'metric', attributes: { name } } },
        // Traits inside the event are applied before a flow reads them; a second call could come too late.
        profile: {
          data: { type: 'profile', attributes: { ...knownBy(identifiers), ...joined, ...propertiesOf(traits) } },
        },
      },
    },
  }
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

/**
 * Adds the traits to clear to a body the SDK has already put in wire form. `unset` is the documented way to delete a
 * property; what a `null` among the properties does is not documented, and the SDK (23.0.0) throws on `unset`
 * (klaviyo-api-node #119).
 */
export function withUnset(body: unknown, { kind, traits }: Write): unknown {
  const unset = Object.keys(traits).filter(name => traits[name] === null)
  return unset.length === 0 ? body : withMember(body, META_IN[kind], { meta: { patch_properties: { unset } } })
}

function withMember(members: unknown, [name, ...deeper]: readonly string[], added: Members): Members {
  const known = isMembers(members) ? members : {}
  return name === undefined ? { ...known, ...added } : { ...known, [name]: withMember(known[name], deeper, added) }
}

/** @returns the profiles an answer lists. */
export function profilesIn(body: unknown): readonly Members[] {
  return isMembers(body) ? membersIn(body.data) : []
}

/** @returns the platform's own words: each error's detail and the place it points to. */
export function wordsOf(body: unknown): string | undefined {
  const errors = isMembers(body) && Array.isArray(body.errors) ? body.errors.filter(isMembers) : []
  const words = errors.map(({ detail, title, source }) => {
    const pointer = isMembers(source) ? (source.pointer ?? source.parameter) : undefined
    const said = typeof detail === 'string' ? detail : title
    return typeof said === 'string' ? `${said}${typeof pointer === 'string' ? ` (${pointer})` : ''}` : undefined
  })
  const heard = words.filter(word => word !== undefined)
  return heard.length === 0 ? undefined : heard.join('; ')
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
