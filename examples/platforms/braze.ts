/**
 * A Braze workspace on loopback. Not a mock: it refuses what the real API refuses, object by object, records every event
 * as often as it comes, limits as it does, and can be told to fail. Written from the published descriptions of the calls it
 * takes; where they leave a behaviour open, the less convenient reading is taken and the place says so.
 */

import { namesToDelete } from './braze/deletion.ts'
import { exported } from './braze/export.ts'
import { toIdentify } from './braze/identify.ts'
import { inputOf, jsonIn, MAX_BODY_BYTES, type TrackInput } from './braze/input.ts'
import { deleted, exportedAs, identified, type Plan, processed, rateHeaders, refusal, refused } from './braze/reply.ts'
import { type BrazeEvent, type BrazeProfile, createWorkspace, type Dropped, type Knowledge } from './braze/workspace.ts'
import type { Answer, Platform, ReceivedRequest } from './exchange.ts'
import { createRateWindows, type RateWindow } from './rate-windows.ts'
import { type StandIn, startStandIn } from './stand-in.ts'

export type { BrazeEvent, BrazeProfile } from './braze/workspace.ts'

export interface BrazeOptions {
  /** The one REST key this workspace accepts. */
  readonly apiKey: string
  /** What the key may do. Default everything that is imitated. */
  readonly permissions?: readonly Permission[]
  /** Default 0: any free port. */
  readonly port?: number
  /** Whether the real API's rate limits hold. Default true. */
  readonly limits?: boolean
  /** Whose limits and headers: by requests, or by monthly active users. Default `requests`. */
  readonly plan?: Plan
  /** How long a new profile is not found by calls that join: 10 to 100 ms as a rule. Default 100. */
  readonly appliesAfterMs?: number
  /** The workspace's clock, epoch ms. Default the real one. */
  readonly now?: () => number
}

export interface BrazeStandIn extends StandIn {
  /** Oldest first. */
  profiles(): readonly BrazeProfile[]
  profile(by: { readonly externalId?: string; readonly email?: string }): BrazeProfile | undefined
  /** Recorded events in order of arrival, repeats too. */
  events(profileId?: string): readonly BrazeEvent[]
  /** Attribute values that were accepted and then not kept, because the attribute is of another type. */
  dropped(): readonly Dropped[]
  /** Lets the workspace know of a user what it would know from elsewhere. */
  learn(externalId: string, known: Knowledge): void
  /** Calls `listener` after every recorded change, before the request is answered. Returns how to stop it. */
  onChange(listener: () => void): () => void
}

type Permission = 'users.track' | 'users.delete' | 'users.identify' | 'users.export.ids'

interface Endpoint {
  readonly permission: Permission
  /** Endpoints of one budget share its windows. */
  readonly budget: string
  readonly windows: readonly RateWindow[]
}

const ENDPOINTS: Readonly<Record<string, Endpoint>> = {
  // 3,000 calls in 3 s; how many an hour a plan by active users allows is its own, and not modelled.
  '/users/track': { permission: 'users.track', budget: 'track', windows: [{ limit: 3_000, ms: 3_000 }] },
  '/users/identify': { permission: 'users.identify', budget: 'users', windows: [{ limit: 20_000, ms: 60_000 }] },
  '/users/export/ids': { permission: 'users.export.ids', budget: 'export', windows: [{ limit: 250, ms: 60_000 }] },
  '/users/delete': { permission: 'users.delete', budget: 'users', windows: [{ limit: 20_000, ms: 60_000 }] },
}
const PERMISSIONS: readonly Permission[] = Object.values(ENDPOINTS).map(({ permission }) => permission)

/** Starts listening, on loopback only. */
export async function startBraze(options: BrazeOptions): Promise<BrazeStandIn> {
  const { apiKey, permissions = PERMISSIONS, port = 0, limits = true, plan = 'requests', now = Date.now } = options
  const { appliesAfterMs = 100 } = options
  const listeners = new Set<() => void>()
  const workspace = createWorkspace(appliesAfterMs)
  const rates = createRateWindows()

  function answer(request: ReceivedRequest): Answer {
    const { pathname } = request.url
    const endpoint = Object.hasOwn(ENDPOINTS, pathname) ? ENDPOINTS[pathname] : undefined
    if (endpoint === undefined) return refused(404)
    if (request.method !== 'POST') return refused(405)
    if (request.headers.authorization !== `Bearer ${apiKey}`) return refused(401)
    if (!permissions.includes(endpoint.permission)) return refused(403)
    const rate = limits ? rates.take(endpoint.budget, endpoint.windows, request.at) : undefined
    if (rate?.allowed === false) return refusal(plan, request.at, rate.retryAfterS)
    const json = jsonIn(request)
    if ('status' in json) return json
    const headers = rate === undefined ? {} : rateHeaders(rate, request.at)
    switch (endpoint.permission) {
      case 'users.track':
        return track(json.value, request.at, headers)
      case 'users.identify':
        return identify(json.value, request.at, headers)
      case 'users.export.ids': {
        const told = exported(json.value, workspace.profiles())
        return typeof told === 'string' ? refused(400, told) : exportedAs(told, headers)
      }
      case 'users.delete':
        return erase(json.value, headers)
      default:
        return endpoint.permission satisfies never
    }
  }

  function track(body: unknown, at: number, headers: Answer['headers']): Answer {
    const input = inputOf(body, plan)
    if (input.kind === 'refused') return input.answer
    record(input, at)
    return processed(input, headers)
  }

  function identify(body: unknown, at: number, headers: Answer['headers']): Answer {
    const identifications = toIdentify(body)
    if (typeof identifications === 'string') return refused(400, identifications)
    workspace.identify(identifications, at)
    for (const listener of listeners) listener()
    return identified(identifications.length, headers)
  }

  function erase(body: unknown, headers: Answer['headers']): Answer {
    const names = namesToDelete(body)
    if (typeof names === 'string') return refused(400, names)
    const count = workspace.erase(names)
    for (const listener of listeners) listener()
    return deleted(count, headers)
  }

  function record({ attributes, events }: TrackInput, at: number): void {
    // Attributes first, whatever the order in the body; events after them.
    for (const change of attributes) workspace.write(change, at)
    for (const event of events) workspace.record(event, at)
    if (attributes.length + events.length > 0) for (const listener of listeners) listener()
  }

  const platform: Platform = {
    answer,
    refusal: (status, retryAfterS) => (status === 429 ? refusal(plan, now(), retryAfterS ?? 1) : refused(status)),
    maxBodyBytes: MAX_BODY_BYTES,
  }
  const standIn = await startStandIn(platform, { port, now })
  return {
    ...standIn,
    profiles: workspace.profiles,
    profile: ({ externalId, email }) =>
      workspace
        .profiles()
        .find(
          profile =>
            (externalId !== undefined && profile.externalId === externalId) ||
            (email !== undefined && profile.email === email),
        ),
    events: profileId => workspace.events().filter(event => profileId === undefined || event.profileId === profileId),
    dropped: workspace.dropped,
    learn: workspace.learn,
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
