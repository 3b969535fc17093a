/** Klaviyo through its official SDK. */
import type { Connector, Delivery, Outcome, Write } from '../connector.ts'
import { inLanes } from '../lanes.ts'
import { outcomeOf, type RequestDeps } from '../request.ts'
import { checkedKey, checkedUrl } from '../setting-error.ts'
import { deleteProfiles } from './deletion.ts'
import { isKnown, toEvent, toProfileUpsert, withUnset, wordsOf } from './map.ts'
import { createReads } from './read-back.ts'
import { type Account, type Exchange, exchange } from './sdk.ts'
import { DEFAULT_BASE_URL, type KlaviyoSettings, LIMITS, NEEDS } from './settings.ts'

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
    ...(settings.readBack === true && { reads: createReads(account) }),
    deliver: batch => inLanes(batch, delivery => deliverOne(account, delivery)),
  }
}

const NO_JOINING: Outcome = { kind: 'rejected', reason: 'Klaviyo joins a visitor to a person by their next event' }

async function deliverOne(account: Account, delivery: Delivery): Promise<Outcome> {
  if (!isKnown(delivery.identifiers)) {
    return {
      kind: 'rejected',
      reason: 'no identifier Klaviyo accepts: it needs an e-mail, an E.164 phone or a user id',
    }
  }
  if (delivery.kind === 'deletion') return deleteProfiles(account, delivery)
  if (delivery.kind === 'joining') return NO_JOINING
  const reply = await exchange(account, {
    call: session => write(account, session, delivery),
    // An upsert answers with the profile; an event with 202 and nothing.
    answers: delivery.kind === 'event' ? 'nothing' : 'json',
    finish: body => withUnset(body, delivery),
  })
  return outcomeOf(reply, { words: wordsOf, secrets: [account.apiKey, ...Object.values(delivery.identifiers)] })
}

async function write(
  { sdk, baseUrl }: Account,
  session: Parameters<Exchange['call']>[0],
  delivery: Write,
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
