/**
 * A Klaviyo account on loopback. Not a mock: it refuses what the real API refuses, forgets repeats as it does, limits as it
 * does, and can be told to fail. Written from the published description of revision 2026-07-15; where that leaves a
 * behaviour open, the less convenient reading is taken and the place says so.
 */
import type { Platform, ReceivedRequest } from './exchange.ts'
import type { Fault, FaultOptions } from './faults.ts'
import { createAccount, type KlaviyoEvent } from './klaviyo/account.ts'
import { createDelayedView } from './klaviyo/delayed-view.ts'
import { ENDPOINTS } from './klaviyo/endpoints.ts'
import type { KlaviyoFlow } from './klaviyo/flows.ts'
import { pass, rateHeaders } from './klaviyo/gate.ts'
import type { KlaviyoProfile, Knowledge } from './klaviyo/profile.ts'
import { refusal, refused } from './klaviyo/reply.ts'
import { sendWebhook, type WebhookTarget } from './klaviyo/webhook.ts'
import { createRateWindows } from './rate-windows.ts'
import { type SeenRequest, startStandIn } from './stand-in.ts'

export type { KlaviyoEvent } from './klaviyo/account.ts'
export type { KlaviyoFlow } from './klaviyo/flows.ts'
export type { KlaviyoProfile } from './klaviyo/profile.ts'

export interface KlaviyoOptions {
  /** The one private key this account accepts. */
  readonly apiKey: string
  /** Default 0: any free port. */
  readonly port?: number
  /** Whether the real API's rate limits hold. Default true. */
  readonly limits?: boolean
  /** How long after a write the reading endpoints show it, ms. Default 500. `profiles()` and `events()` show it at once. */
  readonly readDelayMs?: number
  /** Names of metrics that an integration of the shop's own has made, such as `Placed Order`. Default none. */
  readonly foreignMetrics?: readonly string[]
  /** The account's clock, epoch ms. Default the real one. */
  readonly now?: () => number
}

export interface KlaviyoStandIn {
  /** Such as `http://127.0.0.1:41234`. */
  readonly url: string
  /** Oldest first. */
  profiles(): readonly KlaviyoProfile[]
  profile(by: {
    readonly email?: string
    readonly externalId?: string
    readonly anonymousId?: string
  }): KlaviyoProfile | undefined
  /** Recorded events in order of arrival; repeats of a `unique_id` are not recorded. */
  events(profileId?: string): readonly KlaviyoEvent[]
  /** Oldest first. */
  flows(): readonly KlaviyoFlow[]
  /** Klaviyo records what became of an e-mail of its own, such as `Opened Email`. */
  email(of: EmailEvent): KlaviyoEvent
  /** Tells recorded events as a webhook of the account does. @returns the status it was answered with. */
  sendWebhook(target: WebhookTarget, events: readonly KlaviyoEvent[]): Promise<number>
  /** Lets the account know of somebody what it would know from elsewhere. */
  learn(email: string, known: Knowledge): void
  /** The latest requests, refused and repeated ones too, oldest first. */
  requests(): readonly SeenRequest[]
  /** Breaks answers from now on. Faults are used up in the order they were given. */
  fail(fault: Fault, options?: FaultOptions): void
  /** Calls `listener` after every recorded change, before the request is answered. Returns how to stop it. */
  onChange(listener: () => void): () => void
  close(): Promise<void>
}

export interface EmailEvent {
  readonly metric: string
  /** The recipient, made if nobody has the address. */
  readonly email: string
  readonly properties?: Readonly<Record<string, unknown>>
  /** Epoch ms; default now. */
  readonly time?: number
}

/** Starts listening, on loopback only. */
export async function startKlaviyo(options: KlaviyoOptions): Promise<KlaviyoStandIn> {
  const { apiKey, port = 0, limits = true, readDelayMs = 500, foreignMetrics, now = Date.now } = options
  const listeners = new Set<() => void>()
  const delayed = createDelayedView(readDelayMs)
  const account = createAccount(changes => {
    delayed.push(changes, now())
    for (const listener of listeners) listener()
  }, foreignMetrics)
  const gate = limits ? { apiKey, rates: createRateWindows() } : { apiKey }

  function answer(request: ReceivedRequest) {
    const there = ENDPOINTS.filter(({ path }) => path.test(request.url.pathname))
    const endpoint = there.find(({ method }) => method === request.method)
    if (endpoint === undefined) return refused(there.length === 0 ? 404 : 405, [{}])
    const passage = pass(request, endpoint, gate)
    if (passage.kind === 'refused') return passage.answer
    const base = `http://${request.headers.host ?? '127.0.0.1'}`
    const id = endpoint.path.exec(request.url.pathname)?.[1] ?? ''
    const { body, verdict } = passage
    const made = endpoint.answer({ request, body, account, view: delayed.at(request.at), base, id })
    if (verdict === undefined || made.status >= 400) return made
    return { ...made, headers: { ...made.headers, ...rateHeaders(verdict) } }
  }

  const platform: Platform = { answer, refusal, maxBodyBytes: Math.max(...ENDPOINTS.map(({ maxBytes }) => maxBytes)) }
  const standIn = await startStandIn(platform, { port, now })
  return {
    ...standIn,
    profiles: account.profiles,
    flows: account.flows,
    learn: account.learn,
    profile: ({ email, externalId, anonymousId }) =>
      account
        .profiles()
        .find(
          profile =>
            (email !== undefined && profile.email === email.toLowerCase()) ||
            (externalId !== undefined && profile.externalId === externalId) ||
            (anonymousId !== undefined && profile.anonymousIds.includes(anonymousId)),
        ),
    email({ metric, email, properties = {}, time = now() }) {
      const profile = { email: email.toLowerCase(), properties: {}, unset: [], append: {}, unappend: {} }
      const uniqueId = `email-${account.events().length}`
      const event = { metric, time, uniqueId, properties, backfill: false, profile, integration: 'Klaviyo' as const }
      account.record(event, now())
      const recorded = account.events().at(-1)
      if (recorded === undefined) throw new Error('the account recorded nothing')
      return recorded
    },
    sendWebhook: (target, events) =>
      sendWebhook(
        target,
        events.map(event => ({ event, metric: account.metric(event.metric) })),
        now(),
      ),
    events: profileId => account.events().filter(event => profileId === undefined || event.profileId === profileId),
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
