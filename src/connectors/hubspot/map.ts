/** Delivery -> what HubSpot takes. Pure; types only of the SDK. */
import { createHash } from 'node:crypto'
import type { SimplePublicObjectBatchInputUpsert } from '@hubspot/api-client/lib/codegen/crm/contacts/models/SimplePublicObjectBatchInputUpsert.js'
import type { BehavioralEventHttpCompletionRequest } from '@hubspot/api-client/lib/codegen/events/send/models/BehavioralEventHttpCompletionRequest.js'
import type { Delivery, EventDelivery, EventProperties, TraitValue, Write } from '../connector.ts'
import { MAX_EVENT_NAME_LENGTH, MAX_EVENT_VALUE_LENGTH, MAX_PROPERTY_LENGTH } from './settings.ts'

/** Begins the name of every event we define, so that an account's own events cannot be meant. */
const EVENT_PREFIX = 'inkling_'

/** @returns the address as HubSpot keeps it, or undefined where none is known. */
export function emailOf({ identifiers }: Delivery): string | undefined {
  return identifiers.email?.trim().toLowerCase()
}

/**
 * @returns one input of a batch upsert. The address is only what finds the contact: written as a property, it would
 * replace the primary address of somebody found by a secondary one.
 */
export function toUpsert(delivery: Write): SimplePublicObjectBatchInputUpsert {
  const written = delivery.kind === 'event' ? { ...delivery.traits, ...momentOf(delivery) } : delivery.traits
  return {
    id: emailOf(delivery) ?? '',
    idProperty: 'email',
    // A partial failure names its inputs by this.
    objectWriteTraceId: delivery.id,
    properties: Object.fromEntries(Object.entries(written).map(([name, value]) => [name, toPropertyText(value)])),
  }
}

/** @param eventName - the fully qualified one, such as `pe1234567_inkling_cart_abandoned`. */
export function toOccurrence(delivery: EventDelivery, eventName: string): BehavioralEventHttpCompletionRequest {
  return {
    eventName,
    email: emailOf(delivery) ?? '',
    occurredAt: new Date(delivery.time),
    uuid: delivery.id,
    properties: eventTexts(delivery.properties),
  }
}

/**
 * @param moment - such as `Cart Abandoned`.
 * @returns the name its event is defined under, such as `inkling_cart_abandoned`. A name that would lose more than capitals,
 * spaces and hyphens on the way is told apart by a hash.
 */
export function eventNameOf(moment: string): string {
  const plain = moment
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
  const name = EVENT_PREFIX + plain
  const isWhole = /^[A-Za-z0-9]+(?:[ -][A-Za-z0-9]+)*$/.test(moment)
  if (isWhole && name.length <= MAX_EVENT_NAME_LENGTH) return name
  const hash = createHash('sha256').update(moment).digest('hex').slice(0, 8)
  return `${name.slice(0, MAX_EVENT_NAME_LENGTH - 9).replace(/_+$/, '')}_${hash}`
}

/** The properties in which a contact keeps a moment: when it last came, and what it carried. */
export function momentPropertyNames(moment: string): { readonly at: string; readonly details: string } {
  const name = eventNameOf(moment)
  return { at: `${name}_at`, details: `${name}_details` }
}

/** What a workflow can start on without custom events, and an e-mail can read in any case. */
function momentOf({ name, time, properties }: EventDelivery): Readonly<Record<string, string>> {
  const details = Object.entries(properties).filter(([, value]) => value !== null)
  const names = momentPropertyNames(name)
  return {
    [names.at]: new Date(time).toISOString(),
    [names.details]: details.map(([property, value]) => `${property}: ${value}`).join('\n'),
  }
}

/** HubSpot takes every value as text and reads it by the property's type; the empty text clears it. */
function toPropertyText(value: TraitValue): string {
  return value === null ? '' : String(value).slice(0, MAX_PROPERTY_LENGTH)
}

function eventTexts(properties: EventProperties): { readonly [name: string]: string } {
  return Object.fromEntries(
    Object.entries(properties).flatMap(([name, value]) => {
      if (value === null) return []
      const text = String(value)
      if (text.length <= MAX_EVENT_VALUE_LENGTH) return [[name, text]]
      // Half an address leads nowhere; the whole one stands among the details on the contact.
      return name.endsWith('_url') ? [] : [[name, `${text.slice(0, MAX_EVENT_VALUE_LENGTH - 1)}…`]]
    }),
  )
}
