/** The calls of Klaviyo's official SDK that we make, with our own transport at the SDK's extension point. */
import type {
  EventCreateQueryV2,
  EventsBulkCreateJob,
  ProfileUpsertQuery,
  RetryWithExponentialBackoff,
} from 'klaviyo-api'
import type { Delivery, Outcome } from '../connector.ts'
import { outcomeOf, type PlatformRequest, type Reply, type RequestDeps, send } from '../request.ts'
import { checkedKey, checkedUrl } from '../setting-error.ts'
import { wordsOf } from './answer.ts'
import { DEFAULT_BASE_URL, type KlaviyoSettings, REVISION } from './settings.ts'

type Sdk = typeof import('klaviyo-api')
/** What the SDK hands its transport: a request in axios's words. */
type SdkRequest = Parameters<RetryWithExponentialBackoff['requestWithRetry']>[0]

/** One attempt's end, or what the SDK could not put into words: then nothing was sent. */
export type Called = Reply | { readonly kind: 'unwritable'; readonly reason: string }
/** Adds to a body in wire form what the SDK has no words for. */
export type Finish = (wire: unknown) => unknown

/** One attempt each; never throws. */
export interface Account {
  /** Never to appear in a reason. */
  readonly apiKey: string
  upsertProfile(profile: ProfileUpsertQuery, finish: Finish): Promise<Called>
  createEvent(event: EventCreateQueryV2, finish: Finish): Promise<Called>
  createEvents(job: EventsBulkCreateJob, finish: Finish): Promise<Called>
}

/**
 * Loads the SDK: about 0.5 s and 80 MB, so only when Klaviyo is configured.
 *
 * @throws {SettingError} when the key or the address cannot be right.
 */
export async function openAccount(settings: KlaviyoSettings, deps: RequestDeps): Promise<Account> {
  const apiKey = checkedKey('KLAVIYO_API_KEY', settings.apiKey)
  const baseUrl = checkedUrl('KLAVIYO_BASE_URL', settings.baseUrl ?? DEFAULT_BASE_URL)
  const sdk: Sdk = await import('klaviyo-api')

  /** `part` is made anew for each call, so that its transport knows what it carries. */
  async function call<Part extends { basePath: string }>(
    part: new (session: InstanceType<Sdk['ApiKeySession']>) => Part,
    ask: (part: Part) => Promise<unknown>,
    { answers, finish = wire => wire }: { readonly answers: PlatformRequest['answers']; readonly finish?: Finish },
  ): Promise<Called> {
    let isSent = false
    let called: Called = { kind: 'unanswered', reason: "Klaviyo's SDK sent nothing", mayHaveArrived: false }
    const transport = Object.assign(new sdk.RetryWithExponentialBackoff(), {
      async requestWithRetry(asked: SdkRequest) {
        called = await send(toRequest(asked, answers, finish), deps)
        isSent = true
        // The true answer goes past the SDK, which knows only models and exceptions, and whose exceptions hold the key.
        return { data: undefined }
      },
    })
    const asking = new part(new sdk.ApiKeySession(apiKey, transport))
    asking.basePath = baseUrl
    try {
      await ask(asking)
    } catch (error) {
      const name = error instanceof Error ? error.name : 'unknown'
      if (!isSent) called = { kind: 'unwritable', reason: `Klaviyo's SDK could not write this (${name})` }
    }
    return called
  }

  return {
    apiKey,
    upsertProfile: (profile, finish) =>
      call(sdk.ProfilesApi, api => api.createOrUpdateProfile(profile), { answers: 'json', finish }),
    createEvent: (event, finish) => call(sdk.EventsApi, api => api.createEvent(event), { answers: 'nothing', finish }),
    createEvents: (job, finish) =>
      call(sdk.EventsApi, api => api.bulkCreateEvents(job), { answers: 'nothing', finish }),
  }
}

/** @returns what a call means for all the deliveries it carried. */
export function readCall({ apiKey }: Account, called: Called, deliveries: readonly Delivery[]): Outcome {
  if (called.kind === 'unwritable') return { kind: 'rejected', reason: called.reason }
  const identifiers = deliveries.flatMap(delivery => Object.values(delivery.identifiers))
  return outcomeOf(called, { words: wordsOf, secrets: [apiKey, ...identifiers] })
}

function toRequest(
  { method, url, headers, data }: SdkRequest,
  answers: PlatformRequest['answers'],
  finish: Finish,
): PlatformRequest {
  const texts = Object.entries(headers ?? {}).filter(
    (header): header is [string, string] => typeof header[1] === 'string',
  )
  return {
    method: method ?? 'POST',
    url: url ?? '',
    // The media type axios would have added. The revision is ours: the bodies in `map.ts` are written for it.
    headers: { ...Object.fromEntries(texts), 'Content-Type': 'application/json', revision: REVISION },
    body: JSON.stringify(finish(data)),
    answers,
  }
}
