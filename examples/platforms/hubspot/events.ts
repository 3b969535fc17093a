/** Occurrences of custom events. */
import type { Answer } from '../exchange.ts'
import { isMembers } from '../members.ts'
import type { Call } from './endpoints.ts'
import { ACCEPTED, invalid } from './reply.ts'
import { wrongValue } from './values.ts'

const MEMBERS = ['eventName', 'email', 'objectId', 'utk', 'occurredAt', 'properties', 'uuid']
const MAX_PROPERTIES = 50
const MAX_VALUE = 200

/** An address nobody has is accepted too: the event just belongs to no contact and starts nothing. */
export function sendEvent({ body, account, now }: Call): Answer {
  if (!isMembers(body)) return invalid('Invalid input JSON')
  const unknown = Object.keys(body).find(name => !MEMBERS.includes(name))
  if (unknown !== undefined) return invalid(`Unrecognized field "${unknown}"`)
  const { eventName, email, occurredAt = new Date(now).toISOString(), properties = {}, uuid } = body
  const definition = [...account.definitions.values()].find(
    ({ fullyQualifiedName }) => fullyQualifiedName === eventName,
  )
  if (definition === undefined) return invalid(`No event definition named ${String(eventName)}`)
  if (typeof email !== 'string') return invalid('One of email, objectId or utk is required; the stand-in knows email')
  const time = typeof occurredAt === 'string' ? Date.parse(occurredAt) : Number.NaN
  if (Number.isNaN(time)) return invalid('occurredAt is not a valid date')
  if (!isMembers(properties)) return invalid('properties must be an object')
  const values = Object.entries(properties)
  if (values.length > MAX_PROPERTIES) return invalid(`At most ${MAX_PROPERTIES} properties are allowed`)
  const texts: Record<string, string> = {}
  for (const [name, value] of values) {
    const property = definition.properties.find(one => one.name === name)
    if (property === undefined) return invalid(`Property "${name}" does not exist on ${String(eventName)}`)
    if (typeof value !== 'string') return invalid(`Property "${name}" must be a string`)
    const wrong = wrongValue(property, value, MAX_VALUE)
    if (wrong !== undefined) return invalid(wrong.message)
    texts[name] = value
  }
  account.record({
    name: definition.name,
    email: email.trim().toLowerCase(),
    occurredAt: time,
    ...(typeof uuid === 'string' && { uuid }),
    properties: texts,
    receivedAt: now,
  })
  return ACCEPTED
}
