/** Deliveries -> the body of `POST /users/track`, and its answer -> what was refused. Pure; of the SDK only types. */
import type { UserAlias, UsersTrackObject } from 'braze-api'
import {
  E164,
  type EventDelivery,
  type EventProperties,
  type Identifiers,
  type Traits,
  type Write,
} from '../connector.ts'
import { isMembers } from '../members.ts'
import { aliasOf } from './alias.ts'

type AttributesObject = NonNullable<UsersTrackObject['attributes']>[number]
type EventObject = NonNullable<UsersTrackObject['events']>[number]

/** Of a text, in characters. Whether Braze cuts or drops a longer one is not documented. */
const MAX_TEXT = 255

export interface TrackCall {
  readonly body: UsersTrackObject
  /** Whose deliveries stand at each place of the body's arrays. */
  readonly carried: { readonly [K in InputArray]: readonly (readonly Write[])[] }
}
type InputArray = 'attributes' | 'events'

/**
 * Within one call Braze applies attributes before events, so an event's flow reads the traits that came with it; between
 * calls, and among the attributes objects of one, no order is promised. So a person has one attributes object a call, in
 * which a newer value replaces an older one, and their events stand in the order given.
 */
export function toTrackCall(batch: readonly Write[]): TrackCall {
  const people = [...Map.groupBy(batch, ({ profileId }) => profileId).values()].filter(hasAttributes)
  const events = batch.filter(delivery => delivery.kind === 'event')
  return {
    body: {
      ...(people.length === 0 ? {} : { attributes: people.map(toAttributes) }),
      ...(events.length === 0 ? {} : { events: events.map(toEvent) }),
    },
    carried: { attributes: people, events: events.map(event => [event]) },
  }
}

/** Whether anything is left by which Braze can know a person it may write to. */
export function isKnown(identifiers: Identifiers, anonymousVisitors: 'wait' | 'alias'): boolean {
  const names = knownBy(identifiers)
  return Object.keys(names).length > 0 && (anonymousVisitors === 'alias' || names.user_alias === undefined)
}

/**
 * An event of somebody known by one identifier alone, without traits, needs no attributes object; but of an alias one, for it is
 * attributes that make its profile.
 */
function hasAttributes(deliveries: readonly Write[]): boolean {
  return deliveries.some(
    ({ kind, identifiers, traits }) =>
      kind === 'traits' || Object.keys(traits).length > 0 || Object.keys(profileOf(identifiers)).length > 1,
  )
}

function toAttributes(deliveries: readonly Write[]): AttributesObject {
  const traits: Traits = Object.assign({}, ...deliveries.map(delivery => delivery.traits))
  return { ...profileOf(deliveries.at(-1)?.identifiers ?? {}), ...attributesOf(traits) }
}

function toEvent({ name, time, properties, identifiers }: EventDelivery): EventObject {
  return {
    ...knownBy(identifiers),
    name: cut(name),
    time: new Date(time).toISOString(),
    properties: propertiesOf(properties),
  }
}

/**
 * The one identifier Braze finds the person by. Braze refuses the object for a number that is not E.164, so such a number is left out.
 * An e-mail address finds whoever has it, or makes a profile of it alone; an alias makes one only where that is said.
 */
function knownBy({ userId, email, phone, anonymousId }: Identifiers): KnownBy {
  if (userId !== undefined) return { external_id: userId }
  if (email !== undefined) return { email }
  if (phone !== undefined && E164.test(phone)) return { phone }
  return anonymousId === undefined ? {} : { user_alias: aliasOf(anonymousId), _update_existing_only: false }
}

interface KnownBy {
  external_id?: string
  email?: string
  phone?: string
  user_alias?: UserAlias
  _update_existing_only?: false
}

/** Somebody found by their user id gets address and number as fields of their profile: without them nothing reaches them. */
function profileOf(identifiers: Identifiers): KnownBy {
  const { userId, email, phone } = identifiers
  if (userId === undefined) return knownBy(identifiers)
  return {
    external_id: userId,
    ...(email === undefined ? {} : { email }),
    ...(phone !== undefined && E164.test(phone) ? { phone } : {}),
  }
}

/** A null clears, on Braze as with us. A time is ISO 8601, which Braze keeps as a date. */
function attributesOf(traits: Traits): Traits {
  return Object.fromEntries(
    Object.entries(traits).map(([name, value]) => [name, fits(name, value) ? cutText(value) : null]),
  )
}

/** On an event an absent property and a null one say the same, but a template may print the null. */
function propertiesOf(properties: EventProperties): object {
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([name, value]) => value !== null && fits(name, value))
      .map(([name, value]) => [name, cutText(value)]),
  )
}

/** A shortened text still says something; a shortened address leads nowhere, so it goes. */
function fits(name: string, value: unknown): boolean {
  return !(name.endsWith('_url') && typeof value === 'string' && lengthOf(value) > MAX_TEXT)
}

function cutText<T>(value: T): T | string {
  return typeof value === 'string' ? cut(value) : value
}

function cut(text: string): string {
  return lengthOf(text) > MAX_TEXT ? `${[...text].slice(0, MAX_TEXT - 1).join('')}…` : text
}

function lengthOf(text: string): number {
  return text.length > MAX_TEXT ? [...text].length : text.length
}

/** One object that Braze refused while it took others. */
export interface Refusal {
  readonly words: string
  /** Absent: Braze did not say which object it means. */
  readonly place?: { readonly array: string; readonly index: number }
}

/** @returns what an answer's `errors` list: each with Braze's words and the place of the object they are about. */
export function refusalsIn(body: unknown): readonly Refusal[] {
  const errors = isMembers(body) && Array.isArray(body.errors) ? body.errors : []
  return errors.map((error: unknown) => {
    const { type, input_array: array, index } = isMembers(error) ? error : { type: error }
    const words = typeof type === 'string' ? type : 'Braze gave no reason'
    return typeof array === 'string' && typeof index === 'number' ? { words, place: { array, index } } : { words }
  })
}

/** Whether a refusal is about this delivery; one without a place could be about any. */
export function concerns({ place }: Refusal, delivery: Write, { carried }: TrackCall): boolean {
  if (place === undefined) return true
  const { array, index } = place
  // An array we never send cannot be ours; the place then means nothing, and the refusal could be about any.
  if (array !== 'attributes' && array !== 'events') return true
  return carried[array][index]?.includes(delivery) ?? true
}

/** @returns the platform's own words for a call refused as a whole. */
export function wordsOf(body: unknown): string | undefined {
  const message = isMembers(body) && typeof body.message === 'string' ? [body.message] : []
  const words = [...message, ...refusalsIn(body).map(refusal => refusal.words)]
  return words.length === 0 ? undefined : words.join('; ')
}
