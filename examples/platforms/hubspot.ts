/**
 * A HubSpot account on loopback. Not a mock: it refuses what the real API refuses, forgets repeats as it does, limits as it
 * does, and can be told to fail. Written from the published description of version 3; where that leaves a behaviour open,
 * the less convenient reading is taken and the place says so.
 */
import type { Answer, Platform, ReceivedRequest } from './exchange.ts'
import type { Fault, FaultOptions } from './faults.ts'
import {
  createAccount,
  type HubspotContact,
  type HubspotDefinition,
  type HubspotEvent,
  type HubspotProperty,
  type HubspotWorkflow,
} from './hubspot/account.ts'
import type { HubspotEmailEvent } from './hubspot/email-events.ts'
import { ENDPOINTS, type Endpoint, SCOPES } from './hubspot/endpoints.ts'
import { invalid, missingScopes, refusal, throttled } from './hubspot/reply.ts'
import { type PropertyChange, sendWebhook, type WebhookTarget } from './hubspot/webhook.ts'
import { createRateWindows, type RateWindow } from './rate-windows.ts'
import { type SeenRequest, startStandIn } from './stand-in.ts'

export type {
  HubspotContact,
  HubspotDefinition,
  HubspotEvent,
  HubspotProperty,
  HubspotWorkflow,
} from './hubspot/account.ts'

export interface HubspotOptions {
  /** The one token this account accepts. */
  readonly accessToken: string
  /** Default 0: any free port. */
  readonly port?: number
  /** Whether the account has custom events, as Enterprise has. Default true. */
  readonly customEvents?: boolean
  /** What the token may do. Default everything that is imitated. */
  readonly scopes?: readonly string[]
  /** Whether a batch in which every input has a trace id fails in part rather than as a whole. Default false. */
  readonly partialFailures?: boolean
  /** Whether the rate limits of the smallest account hold. Default true. */
  readonly limits?: boolean
  /** The account's clock, epoch ms. Default the real one. */
  readonly now?: () => number
}

export interface HubspotStandIn {
  /** Such as `http://127.0.0.1:41234`. */
  readonly url: string
  /** Oldest first. */
  contacts(): readonly HubspotContact[]
  contact(email: string): HubspotContact | undefined
  /** Lets the account know of a contact what it would know from elsewhere. */
  learn(email: string, properties: Readonly<Record<string, string>>): void
  /** Occurrences in order of arrival; repeats of a `uuid` are not recorded. */
  events(): readonly HubspotEvent[]
  properties(): readonly HubspotProperty[]
  definitions(): readonly HubspotDefinition[]
  workflows(): readonly HubspotWorkflow[]
  /** What became of an e-mail of the account's own. */
  email(event: HubspotEmailEvent): void
  /** Tells changes of properties as the webhook of an app does. @returns the status it was answered with. */
  sendWebhook(target: WebhookTarget, changes: readonly PropertyChange[]): Promise<number>
  /** The latest requests, refused and repeated ones too, oldest first. */
  requests(): readonly SeenRequest[]
  /** Breaks answers from now on. Faults are used up in the order they were given. */
  fail(fault: Fault, options?: FaultOptions): void
  /** Calls `listener` after every recorded contact or event, before the request is answered. Returns how to stop it. */
  onChange(listener: () => void): () => void
  close(): Promise<void>
}

const HUB_ID = 1_234_567
/** A batch of 100 contacts with every property filled. */
const MAX_BODY_BYTES = 10_485_760
/** Of the smallest account. */
const TEN_SECONDLY: RateWindow = { limit: 100, ms: 10_000 }
const DAILY: RateWindow = { limit: 250_000, ms: 86_400_000 }
/** Events have a limit of their own and do not count against those of the account. */
const SECONDLY: RateWindow = { limit: 1250, ms: 1000 }

/** Starts listening, on loopback only. */
export async function startHubspot(options: HubspotOptions): Promise<HubspotStandIn> {
  const { accessToken, port = 0, limits = true, now = Date.now } = options
  const { customEvents = true, scopes = SCOPES, partialFailures = false } = options
  const listeners = new Set<() => void>()
  const account = createAccount(() => {
    for (const listener of listeners) listener()
  })
  const rates = createRateWindows()

  /** @returns the refusal, or the headers that tell how much is left. */
  function pass(request: ReceivedRequest, { isEvents, scope }: Endpoint): Answer | Answer['headers'] {
    if (request.headers['authorization'] !== `Bearer ${accessToken}`) return refusal(401)
    if ((isEvents && !customEvents) || !scopes.includes(scope)) return missingScopes([scope])
    if (request.body.length > MAX_BODY_BYTES) return refusal(413)
    if (!limits) return {}
    if (isEvents) return rates.take('SECONDLY', [SECONDLY], request.at).allowed ? {} : throttled('SECONDLY')
    const { allowed, remaining } = rates.take('TEN_SECONDLY_ROLLING', [TEN_SECONDLY], request.at)
    const headers = {
      'X-HubSpot-RateLimit-Max': String(TEN_SECONDLY.limit),
      'X-HubSpot-RateLimit-Remaining': String(remaining),
      'X-HubSpot-RateLimit-Interval-Milliseconds': String(TEN_SECONDLY.ms),
    }
    if (!allowed) return throttled('TEN_SECONDLY_ROLLING', headers)
    return rates.take('DAILY', [DAILY], request.at).allowed ? headers : throttled('DAILY', headers)
  }

  function answer(request: ReceivedRequest): Answer {
    const { pathname } = request.url
    const there = ENDPOINTS.filter(({ path }) => path.test(pathname))
    const endpoint = there.find(({ method }) => method === request.method)
    if (endpoint === undefined) return refusal(there.length === 0 ? 404 : 405)
    const passage = pass(request, endpoint)
    if (isAnswer(passage)) return passage
    const body = request.method === 'POST' ? parsed(request) : undefined
    if (request.method === 'POST' && body === undefined) return invalid('Invalid input JSON')
    const id = decodeURIComponent(endpoint.path.exec(pathname)?.[1] ?? '')
    const call = { account, body, url: request.url, id, now: request.at, hubId: HUB_ID, partialFailures }
    const made = endpoint.answer(call)
    return { ...made, headers: { ...made.headers, ...passage } }
  }

  const platform: Platform = { answer, refusal, maxBodyBytes: MAX_BODY_BYTES }
  const standIn = await startStandIn(platform, { port, now })
  return {
    ...standIn,
    contacts: () => [...account.contacts.values()],
    contact: email => account.contacts.get(email.toLowerCase()),
    learn: (email, properties) => void account.upsert(email.toLowerCase(), properties, now()),
    events: account.events,
    email: event => void account.emailEvents.push(event),
    sendWebhook: (target, changes) => sendWebhook(target, changes, now()),
    properties: () => [...account.properties.values()],
    definitions: () => [...account.definitions.values()],
    workflows: () => [...account.workflows],
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

function isAnswer(passage: Answer | Answer['headers']): passage is Answer {
  return typeof passage['status'] === 'number'
}

function parsed({ headers, body }: ReceivedRequest): unknown {
  if (!(headers['content-type'] ?? '').startsWith('application/json')) return undefined
  try {
    return JSON.parse(body.toString())
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
