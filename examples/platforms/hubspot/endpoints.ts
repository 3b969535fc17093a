/** The endpoints that are imitated, each with its scope and limit. */
import type { Answer } from '../exchange.ts'
import type { Account } from './account.ts'
import { purgeContact, readContact, readContacts, upsertContacts } from './contacts.ts'
import { listEmailEvents } from './email-events.ts'
import { sendEvent } from './events.ts'
import {
  addEventProperty,
  createDefinition,
  createGroup,
  createProperty,
  listDefinitions,
  readDefinition,
  readGroup,
  readProperty,
} from './schema.ts'
import { createWorkflow, listWorkflows } from './workflows.ts'

export interface Call {
  readonly account: Account
  readonly body: unknown
  readonly url: URL
  /** What stands in the path where an id is due. */
  readonly id: string
  /** Epoch ms. */
  readonly now: number
  readonly hubId: number
  /** Whether failing inputs are told one by one, where the sender traces all of them. */
  readonly partialFailures: boolean
}

export interface Endpoint {
  readonly method: 'GET' | 'POST'
  readonly path: RegExp
  readonly scope: string
  /** Custom events: only in an Enterprise account, and outside its limits. */
  readonly isEvents: boolean
  readonly answer: (call: Call) => Answer
}

const READ = 'crm.objects.contacts.read'
const WRITE = 'crm.objects.contacts.write'
const SCHEMA_READ = 'crm.schemas.contacts.read'
const SCHEMA_WRITE = 'crm.schemas.contacts.write'
const DEFINE = 'behavioral_events.event_definitions.read_write'
const SEND = 'analytics.behavioral_events.send'
const CONTENT = 'content'

const AUTOMATE = 'automation'

export const SCOPES: readonly string[] = [...[READ, WRITE, SCHEMA_READ, SCHEMA_WRITE, DEFINE, SEND, CONTENT, AUTOMATE]]

function crm(method: Endpoint['method'], path: RegExp, scope: string, answer: Endpoint['answer']): Endpoint {
  return { method, path, scope, isEvents: false, answer }
}

function events(method: Endpoint['method'], path: RegExp, scope: string, answer: Endpoint['answer']): Endpoint {
  return { method, path, scope, isEvents: true, answer }
}

export const ENDPOINTS: readonly Endpoint[] = [
  crm('POST', /^\/crm\/v3\/objects\/contacts\/batch\/upsert$/, WRITE, upsertContacts),
  crm('POST', /^\/crm\/v3\/objects\/contacts\/batch\/read$/, READ, readContacts),
  crm('GET', /^\/email\/public\/v1\/events$/, CONTENT, listEmailEvents),
  crm('POST', /^\/crm\/v3\/objects\/contacts\/gdpr-delete$/, WRITE, purgeContact),
  crm('GET', /^\/crm\/v3\/objects\/contacts\/([^/]+)$/, READ, readContact),
  crm('GET', /^\/crm\/v3\/properties\/contacts\/groups\/([^/]+)$/, SCHEMA_READ, readGroup),
  crm('POST', /^\/crm\/v3\/properties\/contacts\/groups$/, SCHEMA_WRITE, createGroup),
  crm('POST', /^\/crm\/v3\/properties\/contacts$/, SCHEMA_WRITE, createProperty),
  crm('GET', /^\/crm\/v3\/properties\/contacts\/([^/]+)$/, SCHEMA_READ, readProperty),
  crm('GET', /^\/automation\/v4\/flows$/, AUTOMATE, listWorkflows),
  crm('POST', /^\/automation\/v4\/flows$/, AUTOMATE, createWorkflow),
  events('GET', /^\/events\/v3\/event-definitions$/, DEFINE, listDefinitions),
  events('POST', /^\/events\/v3\/event-definitions$/, DEFINE, createDefinition),
  events('GET', /^\/events\/v3\/event-definitions\/([^/]+)$/, DEFINE, readDefinition),
  events('POST', /^\/events\/v3\/event-definitions\/([^/]+)\/property$/, DEFINE, addEventProperty),
  events('POST', /^\/events\/v3\/send$/, SEND, sendEvent),
]
