/** The endpoints that are imitated, as data: address, limits, size, query, and what each does with a request. */
import type { Answer, ReceivedRequest } from '../exchange.ts'
import type { RateWindow } from '../rate-windows.ts'
import type { Account, KlaviyoEvent, KlaviyoMetric } from './account.ts'
import { mistakeIn, parseBulk } from './bulk.ts'
import type { View } from './delayed-view.ts'
import { parseDeletion, parseEvent, parseProfile } from './documents.ts'
import type { FilterFields } from './filter.ts'
import { createFlow, flowResource, type KlaviyoFlow } from './flows.ts'
import { list } from './listing.ts'
import type { KlaviyoProfile } from './profile.ts'
import {
  ACCEPTED,
  accountResource,
  eventResource,
  json,
  metricResource,
  type ProfileResource,
  profileResource,
  refused,
} from './reply.ts'

export interface Call {
  readonly request: ReceivedRequest
  /** Already JSON; nothing for GET. */
  readonly body: unknown
  readonly account: Account
  /** What reading endpoints may show. */
  readonly view: View
  /** For links. */
  readonly base: string
  /** The variable part of the path. */
  readonly id: string
}

export interface Endpoint {
  readonly name: string
  readonly method: 'GET' | 'POST'
  readonly path: RegExp
  /** Burst and steady (`x-klaviyo-ratelimit`). */
  readonly windows: readonly RateWindow[]
  /** For POST; beyond it 413. */
  readonly maxBytes: number
  readonly query: readonly string[]
  readonly answer: (call: Call) => Answer
}

function windows(perSecond: number, perMinute: number): readonly RateWindow[] {
  return [
    { limit: perSecond, ms: 1000 },
    { limit: perMinute, ms: 60_000 },
  ]
}

/** Asking for predictions costs the smaller budget; that this holds for the upsert too is assumed. */
export const PREDICTIVE_WINDOWS: readonly RateWindow[] = windows(10, 150)

const EXTRAS = 'additional-fields[profile]'
/** Which attributes are told; default all. */
const FIELDS = 'fields[profile]'
const PAGES = ['filter', 'sort', 'page[size]', 'page[cursor]']

export const ENDPOINTS: readonly Endpoint[] = [
  {
    name: 'upsert profile',
    method: 'POST',
    path: /^\/api\/profile-import$/,
    windows: windows(75, 750),
    maxBytes: 102_400,
    query: [EXTRAS],
    answer: upsertProfile,
  },
  {
    name: 'create event',
    method: 'POST',
    path: /^\/api\/events$/,
    windows: windows(350, 3500),
    maxBytes: 5_242_880,
    query: [],
    answer: createEvent,
  },
  {
    name: 'create events in bulk',
    method: 'POST',
    path: /^\/api\/event-bulk-create-jobs$/,
    windows: windows(10, 150),
    maxBytes: 5_242_880,
    query: [],
    answer: createEvents,
  },
  {
    name: 'list profiles',
    method: 'GET',
    path: /^\/api\/profiles$/,
    windows: windows(75, 750),
    maxBytes: 0,
    query: [EXTRAS, FIELDS, ...PAGES],
    answer: listProfiles,
  },
  {
    name: 'get profile',
    method: 'GET',
    path: /^\/api\/profiles\/([^/]+)$/,
    windows: windows(75, 750),
    maxBytes: 0,
    query: [EXTRAS],
    answer: getProfile,
  },
  {
    name: 'request deletion',
    method: 'POST',
    path: /^\/api\/data-privacy-deletion-jobs$/,
    windows: windows(3, 60),
    maxBytes: 102_400,
    query: [],
    answer: requestDeletion,
  },
  {
    name: 'list events',
    method: 'GET',
    path: /^\/api\/events$/,
    windows: windows(350, 3500),
    maxBytes: 0,
    query: ['include', FIELDS, ...PAGES],
    answer: listEvents,
  },
  {
    name: 'list metrics',
    method: 'GET',
    path: /^\/api\/metrics$/,
    windows: windows(10, 150),
    maxBytes: 0,
    query: ['filter', 'page[cursor]'],
    answer: listMetrics,
  },
  {
    name: 'get accounts',
    method: 'GET',
    path: /^\/api\/accounts$/,
    windows: windows(1, 15),
    maxBytes: 0,
    query: [],
    answer: ({ base }) => json(200, { data: [accountResource(base)], links: { self: `${base}/api/accounts/` } }),
  },
  {
    name: 'list flows',
    method: 'GET',
    path: /^\/api\/flows$/,
    windows: windows(3, 60),
    maxBytes: 0,
    query: PAGES,
    answer: listFlows,
  },
  {
    name: 'create flow',
    method: 'POST',
    path: /^\/api\/flows$/,
    windows: [...windows(1, 15), { limit: 100, ms: 86_400_000 }],
    // No size is published; this is more than any flow of ours.
    maxBytes: 1_048_576,
    query: [],
    answer: createFlow,
  },
]

function upsertProfile({ request, body, account, base }: Call): Answer {
  const parsed = parseProfile(body)
  if (parsed.kind === 'refused') return refused(400, parsed.problems)
  const upsert = account.upsert(parsed.document, request.at)
  switch (upsert.kind) {
    case 'conflict':
      return refused(409, [{ pointer: '/data/attributes' }], { meta: { duplicate_profile_id: upsert.profileId } })
    case 'unknown-id':
      return refused(404, [{ pointer: '/data/id', detail: 'A profile with this id does not exist.' }])
    case 'created':
    case 'updated': {
      const data = profileResource(upsert.profile, base, extrasOf(request.url))
      return json(upsert.kind === 'created' ? 201 : 200, { data })
    }
    default:
      return upsert satisfies never
  }
}

function createEvent({ request, body, account }: Call): Answer {
  const parsed = parseEvent(body, request.at)
  if (parsed.kind === 'refused') return refused(400, parsed.problems)
  if (account.record(parsed.document, request.at) !== 'unknown-id') return ACCEPTED
  const detail = 'A profile with this id does not exist.'
  return refused(400, [{ pointer: '/data/attributes/profile/data/id', detail }])
}

function createEvents({ request, body, account }: Call): Answer {
  const parsed = parseBulk(body, request.at)
  if (parsed.kind === 'refused') return refused(400, parsed.problems)
  const problem = mistakeIn(parsed.document, account, request.at)
  if (problem !== undefined) return refused(400, [problem])
  for (const { event } of parsed.document) account.record(event, request.at)
  return ACCEPTED
}

/** Taken whether or not anybody is there: it is looked for later. */
function requestDeletion({ body, account }: Call): Answer {
  const parsed = parseDeletion(body)
  if (parsed.kind === 'refused') return refused(400, parsed.problems)
  account.erase(parsed.document)
  return ACCEPTED
}

const PROFILE_FIELDS: FilterFields<KlaviyoProfile> = {
  id: { operators: ['equals', 'any'], read: profile => profile.id },
  email: { operators: ['equals', 'any'], read: profile => profile.email },
  phone_number: { operators: ['equals', 'any'], read: profile => profile.phoneNumber },
  external_id: { operators: ['equals', 'any'], read: profile => profile.externalId },
  created: { operators: ['greater-than', 'less-than'], read: profile => profile.createdAt, date: true },
  updated: { operators: ['greater-than', 'less-than'], read: profile => profile.updatedAt, date: true },
}

function listProfiles({ request, view, base }: Call): Answer {
  return list(request.url, base, {
    rows: [...view.profiles.values()],
    fields: PROFILE_FIELDS,
    toResource: profile => sparse(profileResource(profile, base, extrasOf(request.url)), request.url),
    sorts: {
      created: profile => profile.createdAt,
      updated: profile => profile.updatedAt,
      id: profile => profile.id,
      email: profile => profile.email ?? '',
    },
    defaultSort: 'created',
    pageSize: { usual: 20, most: 100 },
  })
}

function getProfile({ request, view, base, id }: Call): Answer {
  const profile = view.profiles.get(id)
  if (profile === undefined) return refused(404, [{ detail: `A profile with id ${id} does not exist.` }])
  return json(200, { data: profileResource(profile, base, extrasOf(request.url)) })
}

const COMPARISONS = ['greater-or-equal', 'greater-than', 'less-or-equal', 'less-than']

function listEvents({ request, view, base }: Call): Answer {
  const metricOf = (event: KlaviyoEvent) => view.metrics.get(event.metric)
  return list(request.url, base, {
    rows: [...view.events.values()],
    fields: {
      metric_id: { operators: ['equals'], read: event => metricOf(event)?.id },
      profile_id: { operators: ['equals'], read: event => event.profileId },
      datetime: { operators: COMPARISONS, read: event => Date.parse(event.time), date: true },
      timestamp: { operators: COMPARISONS, read: event => Date.parse(event.time) / 1000 },
    },
    toResource: event => eventResource(event, metricOf(event), base),
    toIncluded: event => {
      const profile = view.profiles.get(event.profileId)
      if (request.url.searchParams.get('include') !== 'profile' || profile === undefined) return []
      return [sparse(profileResource(profile, base), request.url)]
    },
    sorts: { datetime: event => Date.parse(event.time), timestamp: event => Date.parse(event.time) },
    defaultSort: '-datetime',
    pageSize: { usual: 200, most: 1000 },
  })
}

const METRIC_FIELDS: FilterFields<KlaviyoMetric> = {
  'integration.name': { operators: ['equals'], read: metric => metric.integration },
  'integration.category': { operators: ['equals'], read: metric => metric.integration },
}

function listMetrics({ request, account, view, base }: Call): Answer {
  return list(request.url, base, {
    rows: [...account.foreignMetrics(), ...view.metrics.values()],
    fields: METRIC_FIELDS,
    toResource: metric => metricResource(metric, base),
    sorts: { created: metric => metric.createdAt },
    defaultSort: 'created',
    pageSize: { usual: 200, most: 200 },
  })
}

const FLOW_FIELDS: FilterFields<KlaviyoFlow> = {
  name: { operators: ['contains', 'ends-with', 'equals', 'starts-with'], read: flow => flow.name },
  status: { operators: ['equals'], read: flow => flow.status },
}

function listFlows({ request, account, base }: Call): Answer {
  return list(request.url, base, {
    rows: account.flows(),
    fields: FLOW_FIELDS,
    toResource: flow => flowResource(flow, base),
    sorts: { created: flow => flow.createdAt },
    defaultSort: 'created',
    pageSize: { usual: 50, most: 50 },
  })
}

/** Only the attributes that were asked for (`fields[profile]`). */
function sparse(resource: ProfileResource, url: URL): object {
  const wanted = url.searchParams.get(FIELDS)?.split(',')
  if (wanted === undefined) return resource
  const attributes = Object.entries(resource.attributes).filter(([name]) => wanted.includes(name))
  return { ...resource, attributes: Object.fromEntries(attributes) }
}

function extrasOf(url: URL): readonly string[] {
  return url.searchParams.get(EXTRAS)?.split(',') ?? []
}
