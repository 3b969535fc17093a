/** Klaviyo through its official SDK, with our own transport at the SDK's extension point. */
import type { RetryWithExponentialBackoff } from 'klaviyo-api'
import type { Connector, Delivery, Outcome } from '../connector.ts'
import { inLanes } from '../lanes.ts'
import { outcomeOf, type PlatformRequest, type RequestDeps, send } from '../request.ts'
import { checkedKey, checkedUrl } from '../setting-error.ts'
import { isKnown, toEvent, toProfileUpsert, withUnset, wordsOf } from './map.ts'
import { DEFAULT_BASE_URL, type KlaviyoSettings, LIMITS, NEEDS, REVISION } from './settings.ts'

type Sdk = typeof import('klaviyo-api')
/** What the SDK hands its transport: a request in axios's words. */
type SdkRequest = Parameters<RetryWithExponentialBackoff['requestWithRetry']>[0]

/**
 * Loads the SDK (about 0.5 s and 80 MB, so only when Klaviyo is configured) and readies a connector. Sends nothing yet.
 *
 * @throws {SettingError} when the key or the address cannot be right.
 */
export async function createKlaviyo(settings: KlaviyoSettings, deps: RequestDeps = {}): Promise<Connector> {
  const account: Account = {
    apiKey: checkedKey('KLAVIYO_API_KEY', settings.apiKey),
    baseUrl: checkedUrl('KLAVIYO_BASE_URL', settings.baseUrl ?? DEFAULT_BASE_URL),
    sdk: await import('klaviyo-api'),
    deps,
  }
  return {
    name: 'klaviyo',
    limits: LIMITS,
    needs: NEEDS,
    marksHistory: true,
    deliver: batch => inLanes(batch, delivery => deliverOne(account, delivery)),
  }
}

interface Account {
  readonly apiKey: string
  readonly baseUrl: string
  readonly sdk: Sdk
  readonly deps: RequestDeps
}

async function deliverOne({ apiKey, baseUrl, sdk, deps }: Account, delivery: Delivery): Promise<Outcome> {
  if (!isKnown(delivery.identifiers)) {
    return {
      kind: 'rejected',
      reason: 'no identifier Klaviyo accepts: it needs an e-mail, an E.164 phone or a user id',
    }
  }
  const secrets = [apiKey, ...Object.values(delivery.identifiers)]
  let outcome: Outcome | undefined
  // One session per delivery: the transport knows what it carries, and hands the outcome past the SDK, which knows only
  // success and exceptions, and whose exceptions hold the key.
  const session = new sdk.ApiKeySession(
    apiKey,
    Object.assign(new sdk.RetryWithExponentialBackoff(), {
      async requestWithRetry(asked: SdkRequest) {
        const reply = await send(toRequest(asked, delivery), deps)
        outcome = outcomeOf(reply, { words: wordsOf, secrets })
        return { data: undefined }
      },
    }),
  )
  try {
    await call(sdk, session, baseUrl, delivery)
  } catch (error) {
    const name = error instanceof Error ? error.name : 'unknown'
    outcome ??= { kind: 'rejected', reason: `Klaviyo's SDK could not write this delivery (${name})` }
  }
  return outcome ?? { kind: 'retry', reason: "Klaviyo's SDK sent nothing" }
}

async function call(
  sdk: Sdk,
  session: InstanceType<Sdk['ApiKeySession']>,
  baseUrl: string,
  delivery: Delivery,
): Promise<void> {
  if (delivery.kind === 'event') {
    const events = new sdk.EventsApi(session)
    events.basePath = baseUrl
    await events.createEvent(toEvent(delivery))
  } else {
    const profiles = new sdk.ProfilesApi(session)
    profiles.basePath = baseUrl
    await profiles.createOrUpdateProfile(toProfileUpsert(delivery))
  }
}

function toRequest({ method, url, headers, data }: SdkRequest, delivery: Delivery): PlatformRequest {
  const texts = Object.entries(headers ?? {}).filter(
    (header): header is [string, string] => typeof header[1] === 'string',
  )
  return {
    method: method ?? 'POST',
    url: url ?? '',
    // The media type axios would have added. The revision is ours: the bodies in `map.ts` are written for it.
    headers: { ...Object.fromEntries(texts), 'Content-Type': 'application/json', revision: REVISION },
    body: JSON.stringify(withUnset(data, delivery)),
    // An upsert answers with the profile; an event with 202 and nothing.
    answers: delivery.kind === 'event' ? 'nothing' : 'json',
  }
}
