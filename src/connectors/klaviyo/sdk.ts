/** The calls of Klaviyo's official SDK that we make, with our own transport at the SDK's extension point. */
import type { RetryWithExponentialBackoff } from 'klaviyo-api'
import { type PlatformRequest, type Reply, type RequestDeps, send } from '../request.ts'
import { checkedKey, checkedUrl } from '../setting-error.ts'
import { DEFAULT_BASE_URL, type KlaviyoSettings, REVISION } from './settings.ts'

export type Sdk = typeof import('klaviyo-api')
export type Session = InstanceType<Sdk['ApiKeySession']>
/** What the SDK hands its transport: a request in axios's words. */
type SdkRequest = Parameters<RetryWithExponentialBackoff['requestWithRetry']>[0]

export interface Account {
  readonly apiKey: string
  readonly baseUrl: string
  readonly sdk: Sdk
  readonly deps: RequestDeps
}

/**
 * Loads the SDK: about 0.5 s and 80 MB, so only when Klaviyo is configured.
 *
 * @throws {SettingError} when the key or the address cannot be right.
 */
export async function openAccount(settings: KlaviyoSettings, deps: RequestDeps): Promise<Account> {
  return {
    apiKey: checkedKey('KLAVIYO_API_KEY', settings.apiKey),
    baseUrl: checkedUrl('KLAVIYO_BASE_URL', settings.baseUrl ?? DEFAULT_BASE_URL),
    sdk: await import('klaviyo-api'),
    deps,
  }
}

/** @returns a part of the SDK that speaks to the account's address. */
export function at<Api extends { basePath: string }>({ baseUrl }: Account, api: Api): Api {
  api.basePath = baseUrl
  return api
}

export interface Exchange {
  /** Makes one call of the SDK. */
  readonly call: (session: Session) => Promise<unknown>
  readonly answers: PlatformRequest['answers']
  /** Changes a body that the SDK has put in wire form. */
  readonly finish?: (body: unknown) => unknown
}

/** One attempt; never throws. */
export async function exchange(
  { apiKey, sdk, deps }: Account,
  { call, answers, finish = body => body }: Exchange,
): Promise<Reply> {
  let reply: Reply | undefined
  // One session per call: the transport hands the true answer past the SDK, which knows only success and exceptions, and
  // whose exceptions hold the key.
  const session = new sdk.ApiKeySession(
    apiKey,
    Object.assign(new sdk.RetryWithExponentialBackoff(), {
      async requestWithRetry(asked: SdkRequest) {
        reply = await send(toRequest(asked, answers, finish), deps)
        return { data: undefined }
      },
    }),
  )
  try {
    await call(session)
  } catch (error) {
    const name = error instanceof Error ? error.name : 'unknown'
    reply ??= unsent(`Klaviyo's SDK could not write this request (${name})`)
  }
  return reply ?? unsent("Klaviyo's SDK sent nothing")
}

function unsent(reason: string): Reply {
  return { kind: 'unanswered', reason, mayHaveArrived: false }
}

function toRequest(
  { method, url, params, headers, data }: SdkRequest,
  answers: PlatformRequest['answers'],
  finish: (body: unknown) => unknown,
): PlatformRequest {
  const texts = Object.entries(headers ?? {}).filter(
    (header): header is [string, string] => typeof header[1] === 'string',
  )
  const address = new URL(url ?? '')
  for (const [name, value] of Object.entries(params ?? {})) address.searchParams.set(name, String(value))
  return {
    method: method ?? 'POST',
    url: address.href,
    // The media type axios would have added. The revision is ours: the bodies in `map.ts` are written for it.
    headers: {
      ...Object.fromEntries(texts),
      ...(data !== undefined && { 'Content-Type': 'application/json' }),
      revision: REVISION,
    },
    ...(data !== undefined && { body: JSON.stringify(finish(data)) }),
    answers,
  }
}
