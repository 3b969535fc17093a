/** HubSpot through its official SDK: contacts in batches, then the events of those that are written, one by one. */
import type { Connector, DeletionDelivery, Delivery, EventDelivery, Outcome, Write } from '../connector.ts'
import type { RequestDeps } from '../request.ts'
import { inRounds } from '../rounds.ts'
import { inWaves } from '../waves.ts'
import { readReply, upsertContacts } from './contacts.ts'
import { createDefinitionLookup, type DefinitionLookup } from './definitions.ts'
import { deleteContacts } from './deletion.ts'
import { emailOf, eventNameOf, toOccurrence } from './map.ts'
import { createReads } from './read-back.ts'
import { type Account, openAccount } from './sdk.ts'
import { EVENTS_AT_ONCE, type HubspotSettings, LIMITS, NEEDS } from './settings.ts'

/**
 * Loads the SDK and readies a connector. Sends nothing yet.
 *
 * @throws {SettingError} when the token or the address cannot be right.
 */
export async function createHubspot(settings: HubspotSettings, deps: RequestDeps = {}): Promise<Connector> {
  const account = await openAccount(settings, deps)
  const definitions = createDefinitionLookup(account, deps.now ?? Date.now)
  return {
    name: 'hubspot',
    limits: LIMITS,
    needs: NEEDS,
    ...(settings.readBack === true && { reads: createReads(account) }),
    deliver: batch =>
      inRounds(batch, { lanesOf, deliverRound: round => deliverRound({ account, definitions }, round) }),
  }
}

interface Platform {
  readonly account: Account
  readonly definitions: DefinitionLookup
}

const UNKNOWN: Outcome = { kind: 'rejected', reason: 'no identifier HubSpot accepts: it needs an e-mail address' }

const NO_JOINING: Outcome = { kind: 'rejected', reason: 'HubSpot keeps nobody without an e-mail address' }

/** One person, and one address: HubSpot refuses a batch that names a contact twice. */
function lanesOf(delivery: Delivery): readonly string[] {
  return [`profile ${delivery.profileId}`, `email ${emailOf(delivery)}`]
}

async function deliverRound(platform: Platform, round: readonly Delivery[]): Promise<readonly Outcome[]> {
  const known = round.filter(delivery => emailOf(delivery) !== undefined)
  const writes = known.filter((delivery): delivery is Write => delivery.kind === 'event' || delivery.kind === 'traits')
  const deletions = known.filter((delivery): delivery is DeletionDelivery => delivery.kind === 'deletion')
  // What the contact holds is today's: a moment of the past does not touch it.
  const present = writes.filter(delivery => !isPast(delivery))
  // The contact comes first: an event of somebody HubSpot does not know yet starts no workflow.
  const made = [
    ...(await upsertContacts(platform.account, present)),
    ...(await deleteContacts(platform.account, deletions)),
  ]
  const outcomes = new Map<Delivery, Outcome>(
    [...present, ...deletions].map((delivery, place) => [delivery, made[place] ?? UNKNOWN]),
  )
  const events = writes.filter(
    (delivery): delivery is EventDelivery =>
      delivery.kind === 'event' && (isPast(delivery) || outcomes.get(delivery)?.kind === 'delivered'),
  )
  const sent = await inWaves(events, EVENTS_AT_ONCE, event => sendEvent(platform, event))
  for (const [place, event] of events.entries()) outcomes.set(event, sent[place] ?? UNKNOWN)
  return round.map(delivery => outcomes.get(delivery) ?? (delivery.kind === 'joining' ? NO_JOINING : UNKNOWN))
}

function isPast(delivery: Delivery): boolean {
  return delivery.kind === 'event' && delivery.replayed === true
}

async function sendEvent({ account, definitions }: Platform, delivery: EventDelivery): Promise<Outcome> {
  const name = eventNameOf(delivery.name)
  const found = await definitions.find(name)
  switch (found.kind) {
    case 'defined': {
      const reply = await account.sendEvent(toOccurrence(delivery, found.eventName))
      // The same `uuid` again: an earlier attempt, whose answer was lost, had arrived.
      if (reply.kind === 'answered' && reply.status === 409) return { kind: 'delivered' }
      return readReply(account, reply, [delivery])
    }
    case 'undefined':
      return { kind: 'rejected', reason: `the account has no event ${name}: run "inkling setup hubspot"` }
    case 'unavailable':
      if (isPast(delivery))
        return { kind: 'rejected', reason: 'the account has no custom events, and a contact has no place for the past' }
      // No custom events in this account: the moment stands in the contact's properties, written just now.
      return { kind: 'delivered' }
    case 'failed': {
      const outcome = readReply(account, found.reply, [delivery])
      return outcome.kind === 'delivered' || outcome.kind === 'rejected'
        ? { kind: 'retry', reason: 'HubSpot did not tell which events it knows' }
        : outcome
    }
    default:
      return found satisfies never
  }
}
