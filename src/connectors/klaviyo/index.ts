/** Klaviyo through its official SDK: traits and a few events one by one, a backlog of events in bulk. */
import type { Connector, Delivery, EventDelivery, Outcome } from '../connector.ts'
import { outcomeOf, type RequestDeps } from '../request.ts'
import { inRounds } from '../rounds.ts'
import { inWaves } from '../waves.ts'
import { recordInBulk } from './bulk.ts'
import { deleteProfiles } from './deletion.ts'
import { isKnown, toEvent, toProfileUpsert, withUnset, wordsOf } from './map.ts'
import { createReads } from './read-back.ts'
import { type Account, at, exchange, openAccount } from './sdk.ts'
import { EVENTS_ALONE, type KlaviyoSettings, LIMITS, NEEDS, PROFILES_AT_ONCE } from './settings.ts'

/**
 * Loads the SDK and readies a connector. Sends nothing yet.
 *
 * @throws {SettingError} when the key or the address cannot be right.
 */
export async function createKlaviyo(settings: KlaviyoSettings, deps: RequestDeps = {}): Promise<Connector> {
  const account = await openAccount(settings, deps)
  return {
    name: 'klaviyo',
    limits: LIMITS,
    needs: NEEDS,
    marksHistory: true,
    ...(settings.readBack === true && { reads: createReads(account) }),
    deliver: batch => inRounds(batch, { lanesOf, deliverRound: round => deliverRound(account, round) }),
  }
}

const UNKNOWN: Outcome = {
  kind: 'rejected',
  reason: 'no identifier Klaviyo accepts: it needs an e-mail, an E.164 phone or a user id',
}

/** One person, and one id: a bulk request that holds an id twice is refused as a whole. */
function lanesOf({ profileId, id }: Delivery): readonly string[] {
  return [`profile ${profileId}`, `id ${id}`]
}

async function deliverRound(account: Account, round: readonly Delivery[]): Promise<readonly Outcome[]> {
  const known = round.filter(({ identifiers }) => isKnown(identifiers))
  const events = known.filter(delivery => delivery.kind === 'event')
  const others = known.filter(delivery => delivery.kind !== 'event')
  const alone = (some: readonly EventDelivery[]) => inWaves(some, EVENTS_ALONE, event => deliverOne(account, event))
  const [recorded, written] = await Promise.all([
    events.length > EVENTS_ALONE ? recordInBulk(account, events, alone) : alone(events),
    inWaves(others, PROFILES_AT_ONCE, other => deliverOne(account, other)),
  ])
  const outcomes = new Map<Delivery, Outcome | undefined>([
    ...events.map((event, place) => [event, recorded[place]] as const),
    ...others.map((other, place) => [other, written[place]] as const),
  ])
  return round.map(delivery => outcomes.get(delivery) ?? UNKNOWN)
}

const NO_JOINING: Outcome = { kind: 'rejected', reason: 'Klaviyo joins a visitor to a person by their next event' }

async function deliverOne(account: Account, delivery: Delivery): Promise<Outcome> {
  const { sdk, apiKey } = account
  if (delivery.kind === 'deletion') return deleteProfiles(account, delivery)
  if (delivery.kind === 'joining') return NO_JOINING
  const reply = await exchange(account, {
    call: session =>
      delivery.kind === 'event'
        ? at(account, new sdk.EventsApi(session)).createEvent(toEvent(delivery))
        : at(account, new sdk.ProfilesApi(session)).createOrUpdateProfile(toProfileUpsert(delivery)),
    // An upsert answers with the profile; an event with 202 and nothing.
    answers: delivery.kind === 'event' ? 'nothing' : 'json',
    finish: body => withUnset(body, delivery),
  })
  return outcomeOf(reply, { words: wordsOf, secrets: [apiKey, ...Object.values(delivery.identifiers)] })
}
