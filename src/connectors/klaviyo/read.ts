/** What is asked of Klaviyo, through its official SDK and our own transport. */
import type { RetryWithExponentialBackoff } from 'klaviyo-api'
import type { AskFailure, Recipient } from '../feedback.ts'
import type { Found } from '../named.ts'
import { outcomeOf, type PlatformRequest, type Reply, type RequestDeps, send } from '../request.ts'
import { checkedKey, checkedUrl } from '../setting-error.ts'
import { recipientsIn } from './feedback.ts'
import { wordsOf } from './map.ts'
import { DEFAULT_BASE_URL, EVENTS_A_PAGE, type KlaviyoSettings, REVISION } from './settings.ts'

type Sdk = typeof import('klaviyo-api')
type Session = InstanceType<Sdk['ApiKeySession']>
type SdkRequest = Parameters<RetryWithExponentialBackoff['requestWithRetry']>[0]

export type Answer = { readonly kind: 'answer'; readonly body: unknown } | AskFailure

/** One attempt each; never throws. */
export interface Reader {
  metrics(cursor?: string): Promise<Answer>
  /** Events of a metric in `[from, until)`, oldest first, with the people they are about. */
  events(query: { metricId: string; from: number; until: number; cursor?: string }): Promise<Answer>
  /** At most 100 ids. */
  profiles(ids: readonly string[]): Promise<Found | AskFailure>
}

/** Loads the SDK. @throws {SettingError} when the key or the address cannot be right. */
export async function openReader(settings: KlaviyoSettings, deps: RequestDeps = {}): Promise<Reader> {
  const apiKey = checkedKey('KLAVIYO_API_KEY', settings.apiKey)
  const baseUrl = checkedUrl('KLAVIYO_BASE_URL', settings.baseUrl ?? DEFAULT_BASE_URL)
  const sdk = await import('klaviyo-api')

  async function ask(call: (session: Session) => Promise<unknown>): Promise<Answer> {
    let reply: Reply | undefined
    const session = new sdk.ApiKeySession(
      apiKey,
      Object.assign(new sdk.RetryWithExponentialBackoff(), {
        async requestWithRetry(asked: SdkRequest) {
          reply = await send(toRequest(asked), deps)
          return { data: undefined }
        },
      }),
    )
    try {
      await call(session)
    } catch (error) {
      const name = error instanceof Error ? error.name : 'unknown'
      reply ??= { kind: 'unanswered', reason: `Klaviyo's SDK could not ask (${name})`, mayHaveArrived: false }
    }
    return toAnswer(reply, apiKey)
  }

  return {
    metrics: cursor => ask(session => at(new sdk.MetricsApi(session)).getMetrics({ ...page(cursor) })),
    events: ({ metricId, from, until, cursor }) =>
      ask(session =>
        at(new sdk.EventsApi(session)).getEvents({
          filter: `and(equals(metric_id,"${metricId}"),greater-or-equal(datetime,${iso(from)}),less-than(datetime,${iso(until)}))`,
          include: ['profile'],
          fieldsProfile: ['email', 'external_id'],
          sort: 'datetime',
          pageSize: EVENTS_A_PAGE,
          ...page(cursor),
        }),
      ),
    profiles: async ids => {
      const listed = ids.map(id => `"${id}"`).join(',')
      const answer = await ask(session =>
        at(new sdk.ProfilesApi(session)).getProfiles({
          filter: `any(id,[${listed}])`,
          fieldsProfile: ['email', 'external_id'],
          pageSize: 100,
        }),
      )
      return answer.kind === 'answer' ? { kind: 'found', people: peopleIn(answer.body) } : answer
    },
  }

  function at<Api extends { basePath: string }>(api: Api): Api {
    api.basePath = baseUrl
    return api
  }
}

function peopleIn(body: unknown): ReadonlyMap<string, Recipient> {
  return recipientsIn(typeof body === 'object' && body !== null && 'data' in body ? body.data : undefined)
}

function page(cursor: string | undefined): { pageCursor?: string } {
  return cursor === undefined ? {} : { pageCursor: cursor }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}

function toAnswer(reply: Reply | undefined, apiKey: string): Answer {
  if (reply === undefined) return { kind: 'retry', reason: "Klaviyo's SDK asked nothing" }
  const outcome = outcomeOf(reply, { words: wordsOf, secrets: [apiKey] })
  if (outcome.kind !== 'delivered') return outcome
  if (reply.kind !== 'answered' || reply.body.kind !== 'json')
    return { kind: 'retry', reason: 'the answer was no JSON' }
  return { kind: 'answer', body: reply.body.value }
}

function toRequest({ url, headers, params }: SdkRequest): PlatformRequest {
  const address = new URL(url ?? '')
  for (const [name, value] of Object.entries(params ?? {})) address.searchParams.set(name, String(value))
  const texts = Object.entries(headers ?? {}).filter(
    (header): header is [string, string] => typeof header[1] === 'string',
  )
  return {
    method: 'GET',
    url: address.href,
    headers: { ...Object.fromEntries(texts), revision: REVISION },
    answers: 'json',
  }
}
