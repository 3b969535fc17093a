/** What a careful receiver takes: a delivery, whole and with nothing beside it. */
import { isMembers } from '../members.ts'

type Flat = Readonly<Record<string, string | number | boolean | null>>

export interface WebhookDelivery {
  readonly id: string
  readonly kind: 'event' | 'traits' | 'deletion'
  /** events only */
  readonly name?: string
  /** ISO 8601, UTC, with milliseconds. */
  readonly time: string
  readonly identifiers: Readonly<Record<string, string>>
  /** events only */
  readonly properties?: Flat
  /** events and traits */
  readonly traits?: Flat
  /** A moment of the past that a replay found; events only. */
  readonly replayed?: true
}

type Check = (value: unknown) => boolean

const isText: Check = value => typeof value === 'string' && value !== ''
const isId: Check = value => typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value)
const isTime: Check = value => typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value)
const isFlat: Check = value =>
  isMembers(value) &&
  Object.values(value).every(inner => inner === null || ['string', 'number', 'boolean'].includes(typeof inner))
const isSomebody: Check = value =>
  isMembers(value) &&
  Object.entries(value).every(
    ([name, id]) => ['email', 'phone', 'user_id', 'anonymous_id'].includes(name) && isText(id),
  ) &&
  ['email', 'phone', 'user_id'].some(name => name in value)

const SHARED = { id: isId, kind: isText, time: isTime, identifiers: isSomebody }
const FORMS: Readonly<Record<WebhookDelivery['kind'], Readonly<Record<string, Check>>>> = {
  event: {
    ...{ ...SHARED, traits: isFlat, name: isText, properties: isFlat },
    replayed: value => value === undefined || value === true,
  },
  traits: { ...SHARED, traits: isFlat },
  deletion: SHARED,
}

export function isDelivery(body: unknown): body is WebhookDelivery {
  return deliveryFault(body) === undefined
}

/** @returns the name of a member that is missing, wrong or unknown; undefined when it is a delivery. */
export function deliveryFault(body: unknown): string | undefined {
  if (!isMembers(body) || !isKind(body['kind'])) return 'kind'
  const form = FORMS[body['kind']]
  const stranger = Object.keys(body).find(name => !Object.hasOwn(form, name))
  return stranger ?? Object.keys(form).find(name => !form[name]?.(body[name]))
}

function isKind(kind: unknown): kind is WebhookDelivery['kind'] {
  return typeof kind === 'string' && Object.hasOwn(FORMS, kind)
}
