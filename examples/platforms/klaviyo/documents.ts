/**
 * The documents a client may write, checked and read. What is refused follows Klaviyo's published description
 * (revision 2026-07-15) and its prose; keys it does not name are refused too, which the real schema does not do.
 */
import { isMembers, type Members } from '../members.ts'
import type { DeletionName, NewEvent } from './account.ts'
import { anyObject, type Check, finiteNumber, literal, members, nullable, type Problem, text, truth } from './check.ts'
import type { ProfileChange } from './profile.ts'

export type Parsed<T> =
  | { readonly kind: 'good'; readonly document: T }
  | { readonly kind: 'refused'; readonly problems: readonly Problem[] }

/** "Event properties: at most 400"; one string at most 100 KB; lists and nesting from the 2024-02-15 text. */
const BOUNDS = { properties: 400, stringBytes: 102_400, listLength: 4000, depth: 10 } as const
/** Metric names are shorter than this. */
const METRIC_NAME_LENGTH = 128
const EXTERNAL_ID_LENGTH = 255
const EARLIEST = Date.UTC(1990)
const YEAR_MS = 366 * 86_400_000
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$/

const bounded: Check = (value, pointer) => {
  if (!isMembers(value)) return [{ pointer, detail: 'must be an object' }]
  const count = Object.keys(value).length
  if (count > BOUNDS.properties) return [{ pointer, detail: `has ${count} properties, at most ${BOUNDS.properties}` }]
  return tooLarge(value, pointer, 1)
}

function tooLarge(value: unknown, pointer: string, depth: number): readonly Problem[] {
  if (typeof value === 'string' && Buffer.byteLength(value) > BOUNDS.stringBytes) {
    return [{ pointer, detail: `a string may not exceed ${BOUNDS.stringBytes} bytes` }]
  }
  if (Array.isArray(value) && value.length > BOUNDS.listLength) {
    return [{ pointer, detail: `a list may not exceed ${BOUNDS.listLength} elements` }]
  }
  if (typeof value !== 'object' || value === null) return []
  if (depth > BOUNDS.depth) return [{ pointer, detail: `may not nest deeper than ${BOUNDS.depth} levels` }]
  return Object.entries(value).flatMap(([name, member]) => tooLarge(member, `${pointer}/${name}`, depth + 1))
}

export const line: Check = nullable(text())
const IDENTIFIERS = {
  email: nullable(text('Invalid email address', email => /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email))),
  phone_number: nullable(text('Invalid phone number format (Example of a valid format: +12345678901)', isPhone)),
  external_id: nullable(
    text(`must be 1 to ${EXTERNAL_ID_LENGTH} characters`, id => id !== '' && id.length <= EXTERNAL_ID_LENGTH),
  ),
  _kx: line,
}
const PERSON = {
  first_name: line,
  last_name: line,
  organization: line,
  locale: line,
  title: line,
  image: line,
  location: nullable(
    members({
      address1: line,
      address2: line,
      city: line,
      country: line,
      region: line,
      zip: line,
      timezone: line,
      ip: line,
      latitude: nullable(coordinate),
      longitude: nullable(coordinate),
    }),
  ),
  properties: nullable(bounded),
}
export const META: Check = nullable(
  members({
    patch_properties: nullable(
      members({ append: nullable(anyObject), unappend: nullable(anyObject), unset: nullable(names) }),
    ),
    patch_identifiers: nullable(members({ append: anyObject, unappend: anyObject })),
  }),
)

const PROFILE_DOCUMENT = members(
  {
    data: members(
      { type: literal('profile'), id: line, attributes: members({ ...IDENTIFIERS, ...PERSON }), meta: META },
      ['type', 'attributes'],
    ),
  },
  ['data'],
)

type Checks = Readonly<Record<string, Check>>

/** An event's person. Of a bulk request, `meta` stands beside these attributes instead of among them. */
export const VISITOR: Checks = { ...IDENTIFIERS, ...PERSON, anonymous_id: nullable(text()) }
const EVENT_PROFILE = members({ type: literal('profile'), id: line, attributes: members({ ...VISITOR, meta: META }) }, [
  'type',
  'attributes',
])
const METRIC = members(
  {
    type: literal('metric'),
    attributes: members({ name: text('must be 1 to 127 characters', isMetricName), service: line }, ['name']),
  },
  ['type', 'attributes'],
)

export function occurrence(now: number): Checks {
  return {
    properties: bounded,
    time: nullable(text('must be an ISO 8601 time after 1990 and at most a year ahead', at => isInRange(at, now))),
    value: nullable(finiteNumber),
    value_currency: nullable(text('must be a three-letter currency', currency => /^[A-Z]{3}$/.test(currency))),
    unique_id: nullable(text()),
    backfill: nullable(truth),
    metric: members({ data: METRIC }, ['data']),
  }
}

function eventDocument(now: number): Check {
  const attributes = members({ ...occurrence(now), profile: members({ data: EVENT_PROFILE }, ['data']) }, [
    'properties',
    'metric',
    'profile',
  ])
  return members({ data: members({ type: literal('event'), attributes }, ['type', 'attributes']) }, ['data'])
}

const DELETION_DOCUMENT = members(
  {
    data: members(
      {
        type: literal('data-privacy-deletion-job'),
        attributes: members(
          {
            profile: members(
              {
                data: members(
                  {
                    type: literal('profile'),
                    id: line,
                    attributes: members({ email: IDENTIFIERS.email, phone_number: IDENTIFIERS.phone_number }),
                  },
                  ['type', 'attributes'],
                ),
              },
              ['data'],
            ),
          },
          ['profile'],
        ),
      },
      ['type', 'attributes'],
    ),
  },
  ['data'],
)

/** Reads the body of `POST /api/data-privacy-deletion-jobs`. */
export function parseDeletion(body: unknown): Parsed<DeletionName> {
  const problems = DELETION_DOCUMENT(body, '')
  if (problems.length > 0) return { kind: 'refused', problems }
  const profile = at(at(at(at(body, 'data'), 'attributes'), 'profile'), 'data')
  const { id, email, phoneNumber } = changeOf(profile, {})
  const names = [id, email, phoneNumber].filter(name => name !== undefined && name !== null)
  if (names.length !== 1) {
    const detail = 'Exactly one of the following fields must be provided: email, phone_number, id'
    return { kind: 'refused', problems: [{ pointer: '/data/attributes/profile/data', detail }] }
  }
  return {
    kind: 'good',
    document: { ...(id && { id }), ...(email && { email }), ...(phoneNumber && { phoneNumber }) },
  }
}

/** Reads the body of `POST /api/profile-import`. */
export function parseProfile(body: unknown): Parsed<ProfileChange> {
  const problems = PROFILE_DOCUMENT(body, '')
  if (problems.length > 0) return { kind: 'refused', problems }
  const data = at(body, 'data')
  return identified(changeOf(data, at(data, 'meta')), '/data/attributes')
}

/** Reads the body of `POST /api/events`. @param now - epoch ms: the time of an event that gives none. */
export function parseEvent(body: unknown, now: number): Parsed<NewEvent> {
  const problems = eventDocument(now)(body, '')
  if (problems.length > 0) return { kind: 'refused', problems }
  const event = at(at(body, 'data'), 'attributes')
  const person = at(at(event, 'profile'), 'data')
  const about = identified(
    changeOf(person, at(at(person, 'attributes'), 'meta')),
    '/data/attributes/profile/data/attributes',
  )
  if (about.kind === 'refused') return about
  return { kind: 'good', document: eventOf(event, about.document, now) }
}

export function eventOf(event: Members, profile: ProfileChange, now: number): NewEvent {
  const uniqueId = textIn(event, 'unique_id')
  const document = {
    metric: textIn(at(at(at(event, 'metric'), 'data'), 'attributes'), 'name') ?? '',
    time: Math.floor(timeOf(textIn(event, 'time'), now) / 1000) * 1000,
    properties: valued(event),
    backfill: event.backfill === true,
    profile,
  }
  return uniqueId === undefined || uniqueId === null ? document : { ...document, uniqueId }
}

/** `value` shows up among an event's properties as `$value`. */
function valued(event: Members): Members {
  const { value, value_currency: currency } = event
  return {
    ...at(event, 'properties'),
    ...(typeof value === 'number' ? { $value: value } : {}),
    ...(typeof currency === 'string' ? { $value_currency: currency } : {}),
  }
}

export function identified(change: ProfileChange, pointer: string): Parsed<ProfileChange> {
  const named = change.id ?? change.email ?? change.phoneNumber ?? change.externalId ?? change.anonymousId
  if (named !== undefined && named !== null) return { kind: 'good', document: change }
  const detail = 'One of the following fields must be provided: email, phone_number, external_id, id'
  return { kind: 'refused', problems: [{ pointer, detail }] }
}

export function changeOf(resource: Members, meta: Members): ProfileChange {
  const attributes = at(resource, 'attributes')
  const patch = at(meta, 'patch_properties')
  const { unset } = patch
  const id = textIn(resource, 'id')
  const email = textIn(attributes, 'email')
  const phoneNumber = textIn(attributes, 'phone_number')
  const externalId = textIn(attributes, 'external_id')
  const anonymousId = textIn(attributes, 'anonymous_id')
  return {
    ...(typeof id === 'string' ? { id } : {}),
    // E-mail addresses are one whatever their case.
    ...(email === undefined ? {} : { email: email?.toLowerCase() ?? null }),
    ...(phoneNumber === undefined ? {} : { phoneNumber }),
    ...(externalId === undefined ? {} : { externalId }),
    ...(typeof anonymousId === 'string' ? { anonymousId } : {}),
    properties: at(attributes, 'properties'),
    unset: Array.isArray(unset)
      ? unset.filter(name => typeof name === 'string')
      : typeof unset === 'string'
        ? [unset]
        : [],
    append: at(patch, 'append'),
    unappend: at(patch, 'unappend'),
  }
}

export function at(value: unknown, name: string): Members {
  const member = isMembers(value) ? value[name] : undefined
  return isMembers(member) ? member : {}
}

function textIn(from: Members, name: string): string | null | undefined {
  const value = from[name]
  return typeof value === 'string' || value === null ? value : undefined
}

function isPhone(phone: string): boolean {
  return /^\+[1-9]\d{6,14}$/.test(phone)
}

function isMetricName(name: string): boolean {
  return name !== '' && name.length < METRIC_NAME_LENGTH
}

/** A time without a zone is UTC. */
function timeOf(time: string | null | undefined, now: number): number {
  if (time === undefined || time === null) return now
  return Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(time) ? time : `${time}Z`)
}

function isInRange(time: string, now: number): boolean {
  const ms = ISO_TIME.test(time) ? timeOf(time, now) : Number.NaN
  return ms >= EARLIEST && ms <= now + YEAR_MS
}

function coordinate(value: unknown, pointer: string): readonly Problem[] {
  return typeof value === 'string' || typeof value === 'number'
    ? []
    : [{ pointer, detail: 'must be a number or string' }]
}

function names(value: unknown, pointer: string): readonly Problem[] {
  const good = typeof value === 'string' || (Array.isArray(value) && value.every(name => typeof name === 'string'))
  return good ? [] : [{ pointer, detail: 'must be a string or a list of strings' }]
}
