/** Properties of contacts, their groups, and definitions of events. */
import type { Answer } from '../exchange.ts'
import { isMembers } from '../members.ts'
import type { HubspotDefinition, HubspotEventProperty, HubspotProperty } from './account.ts'
import type { Call } from './endpoints.ts'
import { invalid, json, refused } from './reply.ts'
import type { PropertyType } from './values.ts'

const NAME = /^[a-z][a-z0-9_]*$/
const MAX_NAME = 50
const MAX_EVENT_LABEL = 100
const PAGE = 100
/** Which ways of entering a value fit which type. */
const FIELD_TYPES: Readonly<Record<PropertyType, readonly string[]>> = {
  string: ['text', 'textarea', 'file', 'html'],
  number: ['number', 'calculation_equation'],
  date: ['date'],
  datetime: ['date'],
  enumeration: ['select', 'radio', 'checkbox', 'booleancheckbox'],
  bool: ['booleancheckbox'],
}
const EVENT_TYPES: readonly string[] = ['string', 'number', 'enumeration', 'datetime']

export function readProperty({ account, id }: Call): Answer {
  const property = account.properties.get(id)
  return property === undefined ? notFound(`Property ${id} does not exist`) : json(200, resource(property))
}

export function createProperty({ body, account }: Call): Answer {
  const property = toProperty(body)
  if (property === undefined) return invalid('Property definition is not valid')
  if (!account.groups.has(property.groupName)) return invalid(`Property group ${property.groupName} does not exist`)
  if (account.properties.has(property.name)) return conflict(`A property named '${property.name}' already exists`)
  account.properties.set(property.name, property)
  return json(201, resource(property))
}

export function readGroup({ account, id }: Call): Answer {
  const label = account.groups.get(id)
  return label === undefined ? notFound(`Group ${id} does not exist`) : json(200, groupResource(id, label))
}

export function createGroup({ body, account }: Call): Answer {
  const { name, label } = isMembers(body) ? body : {}
  if (!isName(name) || typeof label !== 'string') return invalid('Property group is not valid')
  if (account.groups.has(name)) return conflict(`A property group named '${name}' already exists`)
  account.groups.set(name, label)
  return json(201, groupResource(name, label))
}

export function listDefinitions({ account, url }: Call): Answer {
  const all = [...account.definitions.values()]
  const start = Number(url.searchParams.get('after') ?? 0)
  const limit = Math.min(Number(url.searchParams.get('limit') ?? PAGE), PAGE)
  const withProperties = url.searchParams.get('includeProperties') === 'true'
  const next = start + limit < all.length ? { paging: { next: { after: String(start + limit) } } } : {}
  const results = all
    .slice(start, start + limit)
    .map(definition => definitionResource(withProperties ? definition : { ...definition, properties: [] }))
  return json(200, { total: all.length, results, ...next })
}

export function readDefinition({ account, id }: Call): Answer {
  const definition = account.definitions.get(id)
  return definition === undefined ? notFound(`Event ${id} does not exist`) : json(200, definitionResource(definition))
}

export function createDefinition({ body, account, hubId }: Call): Answer {
  if (!isMembers(body)) return invalid('Invalid input JSON')
  const { label, name, description, primaryObject = 'CONTACT', includeDefaultProperties, propertyDefinitions } = body
  const properties = Array.isArray(propertyDefinitions) ? propertyDefinitions.map(toEventProperty) : [undefined]
  const sound = properties.filter(property => property !== undefined)
  if (!isName(name) || typeof label !== 'string' || label.length > MAX_EVENT_LABEL)
    return invalid('name or label is not valid')
  if (primaryObject !== 'CONTACT' || typeof includeDefaultProperties !== 'boolean') return invalid('Event is not valid')
  if (sound.length < properties.length) return invalid('propertyDefinitions are not valid')
  if (account.definitions.has(name)) return conflict(`An event named '${name}' already exists`)
  const definition: HubspotDefinition = {
    name,
    fullyQualifiedName: `pe${hubId}_${name}`,
    objectTypeId: `6-${hubId + account.definitions.size}`,
    label,
    description: typeof description === 'string' ? description : '',
    properties: sound,
  }
  account.definitions.set(name, definition)
  return json(201, definitionResource(definition))
}

export function addEventProperty({ body, account, id }: Call): Answer {
  const definition = account.definitions.get(id)
  if (definition === undefined) return notFound(`Event ${id} does not exist`)
  const property = toEventProperty(body)
  if (property === undefined) return invalid('Property definition is not valid')
  if (definition.properties.some(({ name }) => name === property.name)) return conflict('The property already exists')
  account.definitions.set(id, { ...definition, properties: [...definition.properties, property] })
  return json(201, property)
}

function groupResource(name: string, label: string): object {
  return { name, label, displayOrder: -1, archived: false }
}

function resource(property: HubspotProperty): object {
  return { ...property, options: [], hidden: false, archived: false }
}

function definitionResource({ label, name, ...definition }: HubspotDefinition): object {
  return { ...definition, name, id: name, labels: { singular: label, plural: null }, archived: false, associations: [] }
}

function toProperty(body: unknown): HubspotProperty | undefined {
  if (!isMembers(body)) return undefined
  const { name, label, type, fieldType, groupName, description = '', ...rest } = body
  const fields = isType(type) ? FIELD_TYPES[type] : []
  const texts = typeof label === 'string' && typeof groupName === 'string' && typeof description === 'string'
  if (!isName(name) || !isType(type) || !texts || typeof fieldType !== 'string' || !fields.includes(fieldType))
    return undefined
  if (Object.keys(rest).length > 0) return undefined
  return { name, label, type, fieldType, groupName, description }
}

function toEventProperty(body: unknown): HubspotEventProperty | undefined {
  if (!isMembers(body)) return undefined
  const { name, label, type } = body
  if (!isName(name) || typeof label !== 'string' || label.length > MAX_NAME) return undefined
  return isType(type) && EVENT_TYPES.includes(type) ? { name, label, type } : undefined
}

function isType(value: unknown): value is PropertyType {
  return typeof value === 'string' && Object.hasOwn(FIELD_TYPES, value)
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && NAME.test(value) && value.length <= MAX_NAME
}

function notFound(message: string): Answer {
  return refused(404, { category: 'OBJECT_NOT_FOUND', message })
}

function conflict(message: string): Answer {
  return refused(409, { category: 'CONFLICT', message })
}
