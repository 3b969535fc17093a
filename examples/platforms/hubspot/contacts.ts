/** Batch upsert of contacts, with everything for which the real one refuses all of it; their reading and deletion. */

import type { Answer } from '../exchange.ts'
import { isMembers } from '../members.ts'
import type { Account, HubspotContact } from './account.ts'
import type { Call } from './endpoints.ts'
import { ACCEPTED, invalid, json, refusal } from './reply.ts'
import { wrongValue } from './values.ts'

const MAX_INPUTS = 100
const MAX_TEXT = 65_536
const MEMBERS = ['id', 'idProperty', 'objectWriteTraceId', 'properties']
const ADDRESS = /^[^\s@]+@[^\s@]+\.[^\s@]+$/

interface Input {
  readonly email: string
  readonly trace: string | undefined
  readonly properties: Readonly<Record<string, string>>
}

export function upsertContacts({ body, account, now, partialFailures }: Call): Answer {
  const inputs = toInputs(body)
  if (typeof inputs === 'string') return invalid(inputs)
  const ids = inputs.map(({ email }) => email)
  const twice = ids.filter((id, index) => ids.indexOf(id) !== index)
  if (twice.length > 0) return invalid(`Duplicate IDs found in batch input: [${twice.join(', ')}]. IDs must be unique`)
  const wrong = inputs.flatMap(input => {
    const message = mistakeIn(account, input)
    return message === undefined ? [] : [{ input, message }]
  })
  const isTraced = inputs.every(({ trace }) => trace !== undefined)
  const [first] = wrong
  if (first !== undefined && !(partialFailures && isTraced)) return invalid(first.message)
  const good = inputs.filter(input => !wrong.some(one => one.input === input))
  const at = new Date(now).toISOString()
  const results = good.map(({ email, trace, properties }) => {
    const { contact, isNew } = account.upsert(email, properties, now)
    return { ...toResult(contact), new: isNew, ...(trace !== undefined && { objectWriteTraceId: trace }) }
  })
  const done = { status: 'COMPLETE', results, startedAt: at, completedAt: at }
  if (wrong.length === 0) return json(200, done)
  const errors = wrong.map(({ input, message }) => ({
    status: 'error',
    category: 'VALIDATION_ERROR',
    message,
    context: { objectWriteTraceId: [input.trace] },
    errors: [],
    links: {},
  }))
  return json(207, { ...done, numErrors: errors.length, errors })
}

export function purgeContact({ body, account }: Call): Answer {
  if (!isMembers(body)) return invalid('Invalid input JSON')
  const unknown = Object.keys(body).find(name => !['objectId', 'idProperty'].includes(name))
  if (unknown !== undefined) return invalid(`Unrecognized field "${unknown}"`)
  const { objectId, idProperty } = body
  if (typeof objectId !== 'string' || objectId === '') return invalid('objectId is required')
  if (idProperty === 'email') {
    account.purge(objectId.trim().toLowerCase())
    return ACCEPTED
  }
  if (idProperty !== undefined) return invalid(`"${idProperty}" does not identify a contact`)
  const contact = [...account.contacts.values()].find(({ id }) => id === objectId)
  if (contact === undefined) return refusal(404)
  account.purge(contact.email)
  return ACCEPTED
}

export function readContact({ account, id, url }: Call): Answer {
  const byEmail = url.searchParams.get('idProperty') === 'email'
  const contact = [...account.contacts.values()].find(one => (byEmail ? one.email === id.toLowerCase() : one.id === id))
  if (contact === undefined) return refusal(404)
  const wanted = url.searchParams.getAll('properties')
  const told = wanted.length === 0 ? contact : { ...contact, properties: only(contact.properties, wanted) }
  return json(200, toResult(told))
}

/** By record id, with the properties that were asked for; those that are not there are told apart. */
export function readContacts({ body, account, now }: Call): Answer {
  const { inputs, properties } = isMembers(body) ? body : {}
  if (!Array.isArray(inputs) || !Array.isArray(properties)) return invalid('Invalid input JSON')
  if (inputs.length === 0 || inputs.length > MAX_INPUTS) return invalid(`inputs must hold 1 to ${MAX_INPUTS}`)
  const contacts = new Map([...account.contacts.values()].map(contact => [contact.id, contact]))
  const ids = inputs.map(input => (isMembers(input) ? String(input['id']) : ''))
  const results = ids.flatMap(id => {
    const contact = contacts.get(id)
    if (contact === undefined) return []
    const wanted = Object.entries(contact.properties).filter(([name]) => properties.includes(name))
    return [toResult({ ...contact, properties: Object.fromEntries(wanted) })]
  })
  const missing = ids.filter(id => !contacts.has(id))
  const at = new Date(now).toISOString()
  const done = { status: 'COMPLETE', results, startedAt: at, completedAt: at }
  if (missing.length === 0) return json(200, done)
  const error = {
    status: 'error',
    category: 'OBJECT_NOT_FOUND',
    message: 'Could not get some CONTACT objects, they may be deleted or not exist.',
    context: { ids: missing },
    errors: [],
    links: {},
  }
  return json(207, { ...done, numErrors: 1, errors: [error] })
}

/** Those that are not filled are told as null. */
function only(properties: HubspotContact['properties'], wanted: readonly string[]): Record<string, string | null> {
  return Object.fromEntries(wanted.map(name => [name, properties[name] ?? null]))
}

function toResult({
  id,
  properties,
  createdAt,
  updatedAt,
}: Omit<HubspotContact, 'properties'> & { readonly properties: object }): object {
  return {
    id,
    properties,
    createdAt: new Date(createdAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
    archived: false,
  }
}

/** @returns the inputs, or what is wrong with the request as such. */
function toInputs(body: unknown): readonly Input[] | string {
  const inputs = isMembers(body) ? body['inputs'] : undefined
  if (!isMembers(body) || !Array.isArray(inputs) || Object.keys(body).length !== 1) return 'Invalid input JSON'
  if (inputs.length === 0) return 'inputs must not be empty'
  if (inputs.length > MAX_INPUTS) return `The maximum batch size is ${MAX_INPUTS}`
  const read = inputs.map(toInput)
  const mistake = read.find(one => typeof one === 'string')
  return mistake ?? read.filter(one => typeof one !== 'string')
}

function toInput(input: unknown): Input | string {
  if (!isMembers(input)) return 'Invalid input JSON'
  const unknown = Object.keys(input).find(name => !MEMBERS.includes(name))
  if (unknown !== undefined) return `Unrecognized field "${unknown}"`
  const { id, idProperty, objectWriteTraceId: trace, properties } = input
  if (typeof id !== 'string' || !isMembers(properties)) return 'id and properties are required'
  if (idProperty !== 'email') return 'Unable to perform update/upsert by non-unique 0-1 property'
  // Texts in the published model; numbers and booleans are taken too.
  const values = Object.entries(properties)
  if (values.some(([, value]) => !['string', 'number', 'boolean'].includes(typeof value))) return 'Invalid input JSON'
  return {
    email: id.trim().toLowerCase(),
    trace: typeof trace === 'string' ? trace : undefined,
    properties: Object.fromEntries(values.map(([name, value]) => [name, String(value)])),
  }
}

function mistakeIn(account: Account, { email, properties }: Input): string | undefined {
  const wrong = Object.entries(properties).flatMap(([name, value]) => {
    const property = account.properties.get(name)
    const mistake =
      property === undefined
        ? { error: 'PROPERTY_DOESNT_EXIST', message: `Property "${name}" does not exist` }
        : wrongValue(property, value, MAX_TEXT)
    return mistake === undefined ? [] : [{ isValid: false, ...mistake, name, localizedErrorMessage: mistake.message }]
  })
  if (!ADDRESS.test(email)) {
    const message = `Email address ${email} is invalid`
    wrong.push({ isValid: false, error: 'INVALID_EMAIL', message, name: 'email', localizedErrorMessage: message })
  }
  // That such an address is refused is published, in which words is not.
  if (account.isBlocked(email)) {
    const message = 'The contact was permanently deleted and its address is blocked'
    wrong.push({ isValid: false, error: 'BLOCKED', message, name: 'email', localizedErrorMessage: message })
  }
  return wrong.length === 0 ? undefined : `Property values were not valid: ${JSON.stringify(wrong)}`
}
