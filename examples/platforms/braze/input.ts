/** The body of `POST /users/track`: refused as a whole, or split into the objects that pass and those that do not. */

import type { Answer, ReceivedRequest } from '../exchange.ts'
import { isMembers, type Members } from '../members.ts'
import { type Plan, refused } from './reply.ts'
import type { Attributes, Naming, NewEvent } from './workspace.ts'

export const MAX_BODY_BYTES: number = 4 * 1024 * 1024
/** Objects of all arrays together. */
const MAX_OBJECTS: Readonly<Record<Plan, number>> = { requests: 75, 'active-users': 50 }
const MAX_TEXT = 255
const MAX_PROPERTIES = 256
const ISO_8601 = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/
const PHONE = /^\+[1-9]\d{6,14}$/
const IDENTIFIERS = ['external_id', 'user_alias', 'braze_id', 'email', 'phone']
const ARRAYS = ['attributes', 'events', 'purchases']
const EVENT_MEMBERS = [...IDENTIFIERS, 'name', 'time', 'app_id', 'properties', '_update_existing_only']

export interface ObjectError {
  readonly type: string
  readonly input_array: string
  readonly index: number
}

export interface TrackInput {
  readonly attributes: readonly Attributes[]
  readonly events: readonly NewEvent[]
  readonly errors: readonly ObjectError[]
}

type Read = ({ readonly kind: 'read' } & TrackInput) | { readonly kind: 'refused'; readonly answer: Answer }

/** @returns the body every call must have, or the refusal. */
export function jsonIn({ headers, body }: ReceivedRequest): { readonly value: unknown } | Answer {
  if (!/^application\/json\b/i.test(headers['content-type'] ?? '')) {
    return refused(400, 'The Content-Type must be application/json')
  }
  if (body.length > MAX_BODY_BYTES) return refused(413, 'Request too large')
  const value = parsed(body)
  return value === undefined ? refused(400, 'The request body is not valid JSON') : { value }
}

export function inputOf(body: unknown, plan: Plan): Read {
  const fatal = (status: number, message: string): Read => ({ kind: 'refused', answer: refused(status, message) })
  if (!isMembers(body)) return fatal(400, 'The request body is not valid JSON')
  // The real API passes over members it does not know; refusing them catches misspelt ones.
  const wrong = Object.entries(body).find(([name, value]) => !ARRAYS.includes(name) || !Array.isArray(value))
  if (wrong !== undefined) return fatal(400, `'${wrong[0]}' is not an array this endpoint takes`)
  const objects = ARRAYS.flatMap(array => listOf(body[array]).map((object, index) => ({ array, object, index })))
  if (objects.length === 0) return fatal(400, 'No attributes, events or purchases to process')
  if (objects.length > MAX_OBJECTS[plan]) return fatal(400, 'Max Input Length Exceeded')
  const attributes: Attributes[] = []
  const events: NewEvent[] = []
  const errors: ObjectError[] = []
  for (const { array, object, index } of objects) {
    const type = isMembers(object) ? faultOf(array, object) : 'must be an object'
    if (type !== undefined) errors.push({ type, input_array: array, index })
    else if (isMembers(object) && array === 'attributes') attributes.push(toAttributes(object))
    else if (isMembers(object)) events.push(toEvent(object))
  }
  if (errors.length === objects.length) {
    return { kind: 'refused', answer: refused(400, 'Valid data must be provided', errors) }
  }
  return { kind: 'read', attributes, events, errors }
}

function faultOf(array: string, object: Members): string | undefined {
  const named = identityFault(object)
  if (named !== undefined) return named
  if (array === 'attributes') return attributesFault(object)
  return array === 'events' ? eventFault(object) : 'this stand-in records no purchases'
}

function identityFault(object: Members): string | undefined {
  const given = IDENTIFIERS.filter(name => object[name] !== undefined)
  if (given.length === 0) return "'external_id', 'braze_id', 'user_alias', 'email' or 'phone' is required"
  const alias = object['user_alias']
  if (alias !== undefined && !(isMembers(alias) && isName(alias['alias_name']) && isName(alias['alias_label']))) {
    return "'user_alias' must have an alias_name and an alias_label"
  }
  if (given.some(name => name !== 'user_alias' && !isName(object[name]))) return 'an identifier must be a text'
  if (object['phone'] !== undefined && !PHONE.test(String(object['phone']))) return "'phone' is not valid"
  if (object['email'] !== undefined && !/^[^\s@]+@[^\s@]+$/.test(String(object['email']))) return "'email' is not valid"
  return undefined
}

function attributesFault(object: Members): string | undefined {
  for (const [name, value] of Object.entries(object)) {
    if (!nameFits(name)) return `'${name}' is not a valid attribute name`
    // Cut or dropped, the description does not say.
    if (typeof value === 'string' && tooLong(value)) return `'${name}' is longer than ${MAX_TEXT} characters`
  }
  return undefined
}

function eventFault(object: Members): string | undefined {
  const unknown = Object.keys(object).find(name => !EVENT_MEMBERS.includes(name))
  if (unknown !== undefined) return `'${unknown}' is not a member of an event`
  if (!isName(object['name']) || tooLong(object['name'])) return "'name' is required"
  if (typeof object['time'] !== 'string' || !ISO_8601.test(object['time'])) return "'time' must be ISO 8601"
  const { properties = {} } = object
  if (!isMembers(properties)) return "'properties' must be an object"
  if (Object.keys(properties).length > MAX_PROPERTIES) return `more than ${MAX_PROPERTIES} properties`
  for (const [name, value] of Object.entries(properties)) {
    if (!nameFits(name) || name === 'time' || name === 'event_name') return `'${name}' is not a valid property name`
    if (value === null) return `'${name}' must not be null`
    if (typeof value === 'string' && tooLong(value)) return `'${name}' is longer than ${MAX_TEXT} characters`
  }
  return undefined
}

function toAttributes(object: Members): Attributes {
  const values = Object.entries(object).filter(([name]) => ![...IDENTIFIERS, '_update_existing_only'].includes(name))
  return { ...namingOf(object), values: Object.fromEntries(values) }
}

function toEvent(object: Members): NewEvent {
  const properties = isMembers(object['properties']) ? object['properties'] : {}
  return { ...namingOf(object), name: String(object['name']), time: String(object['time']), properties }
}

function namingOf(object: Members): Naming {
  const text = (name: string) => (typeof object[name] === 'string' ? object[name] : undefined)
  const alias = object['user_alias']
  const only = object['_update_existing_only']
  const [externalId, email, phone] = [text('external_id'), text('email'), text('phone')]
  return {
    ...(externalId === undefined ? {} : { externalId }),
    ...(email === undefined ? {} : { email }),
    ...(phone === undefined ? {} : { phone }),
    ...(isMembers(alias) ? { alias: JSON.stringify([alias['alias_label'], alias['alias_name']]) } : {}),
    // Left out, an alias is not made into a profile, and anybody else is.
    existingOnly: typeof only === 'boolean' ? only : alias !== undefined,
  }
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function nameFits(name: string): boolean {
  return name !== '' && !name.startsWith('$') && !tooLong(name)
}

function tooLong(text: string): boolean {
  return [...text].length > MAX_TEXT
}
