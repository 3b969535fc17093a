/** What a HubSpot account holds: properties, contacts, definitions of events, occurrences. Knows nothing of HTTP. */
import type { HubspotEmailEvent } from './email-events.ts'
import type { PropertyType, Typed } from './values.ts'

export interface HubspotProperty extends Typed {
  readonly label: string
  readonly fieldType: string
  readonly groupName: string
  readonly description: string
}

export interface HubspotContact {
  /** The record id. */
  readonly id: string
  readonly email: string
  /** Properties with a value, as text. */
  readonly properties: Readonly<Record<string, string>>
  readonly createdAt: number
  readonly updatedAt: number
}

export interface HubspotDefinition {
  readonly name: string
  /** `pe{HubID}_{name}`. */
  readonly fullyQualifiedName: string
  /** How a workflow names it. */
  readonly objectTypeId: string
  readonly label: string
  readonly description: string
  readonly properties: readonly HubspotEventProperty[]
}

export interface HubspotEventProperty extends Typed {
  readonly label: string
}

export interface HubspotWorkflow {
  readonly id: string
  readonly name: string
  readonly isEnabled: boolean
  /** Its `enrollmentCriteria`. */
  readonly criteria: Readonly<Record<string, unknown>>
  /** Epoch ms. */
  readonly createdAt: number
}

export interface HubspotEvent {
  /** Without the account's number. */
  readonly name: string
  /** Absent: nobody of this address was there when it came, so no workflow starts. */
  readonly contactId?: string
  readonly email: string
  /** Epoch ms. */
  readonly occurredAt: number
  readonly uuid?: string
  readonly properties: Readonly<Record<string, string>>
  readonly receivedAt: number
}

export interface Account {
  readonly groups: Map<string, string>
  readonly properties: Map<string, HubspotProperty>
  readonly definitions: Map<string, HubspotDefinition>
  readonly contacts: Map<string, HubspotContact>
  readonly workflows: HubspotWorkflow[]
  events(): readonly HubspotEvent[]
  /** What became of the account's own e-mails, in order of arrival. */
  readonly emailEvents: HubspotEmailEvent[]
  /** @returns the contact, and whether it is new. An empty value clears its property. */
  upsert(
    email: string,
    properties: Readonly<Record<string, string>>,
    now: number,
  ): { readonly contact: HubspotContact; readonly isNew: boolean }
  /** Repeats of a `uuid` within one kind of event are accepted and not recorded. */
  record(event: Omit<HubspotEvent, 'contactId'>): void
  /** Deletes the contact for good, and blocks its address, which need not belong to anybody. */
  purge(email: string): void
  isBlocked(email: string): boolean
}

/** Properties every account has, as far as they matter here. */
const BUILT_IN: readonly (readonly [string, PropertyType])[] = [
  ['email', 'string'],
  ['firstname', 'string'],
  ['lastname', 'string'],
  ['phone', 'string'],
  ['lifecyclestage', 'enumeration'],
  ['total_revenue', 'number'],
  ['num_associated_deals', 'number'],
  ['hs_email_optout', 'bool'],
  ['hs_email_quarantined', 'bool'],
  ['hs_email_hard_bounce_reason_enum', 'enumeration'],
]

/** @param onChange - told after each recorded change. */
export function createAccount(onChange: () => void): Account {
  const contacts = new Map<string, HubspotContact>()
  const events: HubspotEvent[] = []
  const uuids = new Set<string>()
  const blocked = new Set<string>()
  return {
    groups: new Map([['contactinformation', 'Contact information']]),
    properties: new Map(
      BUILT_IN.map(([name, type]) => [
        name,
        { name, type, label: name, fieldType: 'text', groupName: 'contactinformation', description: '' },
      ]),
    ),
    definitions: new Map(),
    contacts,
    workflows: [],
    emailEvents: [],
    events: () => [...events],

    upsert(email, changes, now) {
      const before = contacts.get(email)
      const merged = Object.entries({ ...before?.properties, email, ...changes }).filter(([, value]) => value !== '')
      const contact = {
        id: before?.id ?? String(101 + contacts.size + blocked.size),
        email,
        properties: Object.fromEntries(merged),
        createdAt: before?.createdAt ?? now,
        updatedAt: now,
      }
      contacts.set(email, contact)
      onChange()
      return { contact, isNew: before === undefined }
    },

    record(event) {
      const key = `${event.name} ${event.uuid}`
      if (event.uuid !== undefined && uuids.has(key)) return
      uuids.add(key)
      const contactId = contacts.get(event.email)?.id
      events.push(contactId === undefined ? event : { ...event, contactId })
      onChange()
    },

    purge(email) {
      contacts.delete(email)
      blocked.add(email)
      onChange()
    },
    isBlocked: email => blocked.has(email),
  }
}
