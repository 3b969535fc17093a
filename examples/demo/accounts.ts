/** The three accounts as one list of people, each with what every platform has of them. */
import type { BrazeStandIn } from '../platforms/braze.ts'
import type { HubspotStandIn } from '../platforms/hubspot.ts'
import type { KlaviyoStandIn } from '../platforms/klaviyo.ts'
import { type Accounts, type LivePerson, type LiveProfile, PLATFORMS } from './feed.ts'

export interface StandIns {
  readonly klaviyo: Pick<KlaviyoStandIn, 'profiles' | 'events' | 'onChange'>
  readonly hubspot: Pick<HubspotStandIn, 'contacts' | 'events' | 'definitions' | 'onChange'>
  readonly braze: Pick<BrazeStandIn, 'profiles' | 'events' | 'onChange'>
}

/** One profile, and whose it is. */
interface Found {
  /** Absent for somebody without an address and a user id: nobody could tell whom the other platforms call what. */
  readonly name: string | undefined
  readonly profile: LiveProfile
  /** Epoch ms; absent where the platform does not say. */
  readonly since: number | undefined
  readonly changedAt: number
}

/** As many people as a visitor of the demo could tell apart; one page reload never carries more. */
const SHOWN = 12

export function toAccounts(standIns: StandIns): Accounts {
  const found = [...inKlaviyo(standIns.klaviyo), ...inHubspot(standIns.hubspot), ...inBraze(standIns.braze)]
  const named = found.filter(({ name }) => name !== undefined)
  return [...Map.groupBy(named, ({ name = '' }) => name)]
    .toSorted(([, a], [, b]) => lastChange(b) - lastChange(a))
    .slice(0, SHOWN)
    .map(([name, theirs]) => toPerson(name, theirs))
}

export function personNamed(accounts: Accounts, name: string): LivePerson | undefined {
  return accounts.find(person => person.name === name)
}

/** Calls `listener` after every change at any of them. @returns how to stop it. */
export function onChangeOf({ klaviyo, hubspot, braze }: StandIns, listener: () => void): () => void {
  const stops = [klaviyo, hubspot, braze].map(({ onChange }) => onChange(listener))
  return () => {
    for (const stop of stops) stop()
  }
}

function toPerson(name: string, theirs: readonly Found[]): LivePerson {
  const since = theirs.flatMap(found => (found.since === undefined ? [] : [found.since]))
  const profiles = theirs.map(({ profile }) => profile)
  return { name, ...(since.length > 0 && { knownSince: Math.min(...since) }), profiles }
}

function lastChange(found: readonly Found[]): number {
  return Math.max(...found.map(({ changedAt }) => changedAt))
}

function inKlaviyo(standIn: StandIns['klaviyo']): readonly Found[] {
  return standIn.profiles().map(({ id, email, phoneNumber, externalId, anonymousIds, properties, ...times }) => ({
    name: email ?? externalId,
    since: times.createdAt,
    changedAt: times.updatedAt,
    profile: {
      platform: PLATFORMS[0],
      identifiers: present([
        ['email', email],
        ['phone_number', phoneNumber],
        ['external_id', externalId],
        ['anonymous_id', anonymousIds.at(-1)],
        ['profile id', id],
      ]),
      properties,
      events: standIn.events(id).map(({ uniqueId, metric, time, receivedAt, properties: told }) => ({
        deliveryId: uniqueId,
        name: metric,
        time: Date.parse(time),
        receivedAt,
        properties: told,
      })),
    },
  }))
}

function inHubspot(standIn: StandIns['hubspot']): readonly Found[] {
  const labels = new Map(standIn.definitions().map(({ name, label }) => [name, label]))
  return standIn.contacts().map(({ id, email, properties: { email: _address, ...properties }, ...times }) => ({
    name: email,
    since: times.createdAt,
    changedAt: times.updatedAt,
    profile: {
      platform: PLATFORMS[1],
      identifiers: present([
        ['email', email],
        ['record id', id],
      ]),
      properties,
      events: standIn
        .events()
        .filter(event => event.email === email)
        .map(({ name, occurredAt, receivedAt, uuid, properties: told }) => ({
          ...(uuid !== undefined && { deliveryId: uuid }),
          name: labels.get(name) ?? name,
          time: occurredAt,
          receivedAt,
          properties: told,
        })),
    },
  }))
}

function inBraze(standIn: StandIns['braze']): readonly Found[] {
  return standIn.profiles().map(({ id, email, phone, externalId, attributes }) => {
    const events = standIn.events(id).map(({ name, time, receivedAt, properties }) => ({
      name,
      time: Date.parse(time),
      receivedAt,
      properties,
    }))
    return {
      name: email ?? externalId,
      since: events[0]?.receivedAt,
      changedAt: events.at(-1)?.receivedAt ?? 0,
      profile: {
        platform: PLATFORMS[2],
        identifiers: present([
          ['external_id', externalId],
          ['email', email],
          ['phone', phone],
          ['braze_id', id],
        ]),
        properties: attributes,
        events,
      },
    }
  })
}

function present(
  identifiers: readonly (readonly [string, string | undefined])[],
): readonly (readonly [string, string])[] {
  return identifiers.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
}
