/** What every request passes before an endpoint sees it: key, revision, media types, query, limits, size, JSON. */
import type { Answer, ReceivedRequest } from '../exchange.ts'
import type { RateVerdict, RateWindows } from '../rate-windows.ts'
import { type Endpoint, PREDICTIVE_WINDOWS } from './endpoints.ts'
import { wrong } from './listing.ts'
import { refusal, refused } from './reply.ts'

/** The one revision these rules were read from. The real API keeps older ones for about two years. */
const REVISION = '2026-07-15'
/** JSON:API's own type, and the plain one Klaviyo's SDK sends. */
const SENT_TYPES = ['application/vnd.api+json', 'application/json']
const ACCEPTED_TYPES = [...SENT_TYPES, '*/*', 'application/*']
const EXTRAS = { parameter: 'additional-fields[profile]', allowed: ['subscriptions', 'predictive_analytics'] }

export type Passage =
  | { readonly kind: 'refused'; readonly answer: Answer }
  | { readonly kind: 'passed'; readonly body: unknown; readonly verdict?: RateVerdict }

export interface Gate {
  readonly apiKey: string
  /** Absent: no limits. */
  readonly rates?: RateWindows
}

export function pass(request: ReceivedRequest, endpoint: Endpoint, { apiKey, rates }: Gate): Passage {
  const wrongAsked = wrongKey(request, apiKey) ?? wrongHeaders(request) ?? wrongQuery(request.url, endpoint)
  if (wrongAsked !== undefined) return { kind: 'refused', answer: wrongAsked }
  const predictive = request.url.searchParams.get(EXTRAS.parameter)?.includes('predictive_analytics') ?? false
  const name = predictive ? `${endpoint.name} with predictions` : endpoint.name
  const verdict = rates?.take(name, predictive ? PREDICTIVE_WINDOWS : endpoint.windows, request.at)
  if (verdict?.allowed === false) return { kind: 'refused', answer: refusal(429, verdict.retryAfterS) }
  if (endpoint.method === 'POST' && request.body.length > endpoint.maxBytes) {
    return { kind: 'refused', answer: refused(413, [{ detail: `The payload exceeds ${endpoint.maxBytes} bytes.` }]) }
  }
  const body = endpoint.method === 'POST' ? parsed(request.body) : { value: undefined }
  if (body === undefined)
    return { kind: 'refused', answer: refused(400, [{ detail: 'The payload is not valid JSON.' }]) }
  return { kind: 'passed', body: body.value, ...(verdict === undefined ? {} : { verdict }) }
}

/** What a success tells of the steady window; a 429 carries only `Retry-After`. */
export function rateHeaders({ limit, remaining, resetS }: RateVerdict): Answer['headers'] {
  return {
    'RateLimit-Limit': String(limit),
    'RateLimit-Remaining': String(remaining),
    'RateLimit-Reset': String(resetS),
  }
}

function wrongKey({ headers }: ReceivedRequest, apiKey: string): Answer | undefined {
  return headers.authorization === `Klaviyo-API-Key ${apiKey}` ? undefined : refused(401, [{}])
}

function wrongHeaders({ method, headers }: ReceivedRequest): Answer | undefined {
  const { revision, accept = '*/*', 'content-type': sent = '' } = headers
  if (revision === undefined) return refused(400, [{ detail: "The 'revision' header is required." }])
  if (revision !== REVISION) return refused(400, [{ detail: `'${revision}' is not a known revision.` }])
  if (!accept.split(',').some(type => ACCEPTED_TYPES.includes(bare(type)))) return refused(406, [{}])
  if (method === 'POST' && !SENT_TYPES.includes(bare(sent))) return refused(415, [{}])
  return undefined
}

function wrongQuery(url: URL, { query }: Endpoint): Answer | undefined {
  const unknown = [...url.searchParams.keys()].find(name => !query.includes(name))
  if (unknown !== undefined)
    return wrong(unknown, `'${unknown}' is not a valid parameter, or not one the stand-in knows.`)
  const extras = url.searchParams.get(EXTRAS.parameter)?.split(',') ?? []
  const extra = extras.find(one => !EXTRAS.allowed.includes(one))
  return extra === undefined ? undefined : wrong(EXTRAS.parameter, `'${extra}' is not a valid field.`)
}

function bare(mediaType: string): string {
  return (mediaType.split(';')[0] ?? '').trim().toLowerCase()
}

function parsed(body: Buffer): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(body.toString()) }
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
