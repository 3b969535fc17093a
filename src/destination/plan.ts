/** From facts to the writes they owe each platform. Pure: the same facts plan the same deliveries with the same ids. */
import { createHash } from 'node:crypto'
import type { Connector, Identifiers, Traits, Write } from '../connectors/connector.ts'
import type { Fact, FlatProperties, Known, MomentFired } from './engine/fact.ts'
import type { Policy } from './engine/policy.ts'
import type { ProfileState } from './engine/profile.ts'
import type { Taken } from './people.ts'
import type { Commit, PlannedDelivery } from './store/store.ts'

export interface Decision {
  readonly profileId: string
  readonly before: ProfileState
  readonly state: ProfileState
  readonly facts: readonly Fact[]
}

export type Addressee = Pick<Connector, 'name' | 'needs'>

/**
 * An event carries the traits its flow may read, so that it never waits behind them; without an event, changed traits
 * go by themselves. What no identifier fits yet is planned as held.
 */
export function planDeliveries(
  { profileId, state, facts }: Decision,
  connectors: readonly Addressee[],
  policy: Policy,
): readonly PlannedDelivery[] {
  const fired = facts.filter(fact => fact.kind === 'moment_fired')
  const changes = facts.filter(fact => fact.kind === 'traits_changed')
  const traits = prefixed(Object.assign({}, ...changes.map(change => change.traits)), policy)
  const lastChange = changes.at(-1)
  return connectors.flatMap(({ name: connector, needs }): readonly PlannedDelivery[] => {
    const shared = { profileId, connector, traits }
    const held = (kind: Write['kind']) =>
      !needs[kind].some(identifier => identifiersOf(state.known)[identifier] !== undefined)
    const events = fired.map(fact => ({
      ...shared,
      ...eventOf(fact),
      id: deliveryId(connector, profileId, fact.id),
      held: held('event'),
    }))
    if (events.length > 0 || lastChange === undefined) return events
    return [
      {
        ...shared,
        kind: 'traits' as const,
        id: deliveryId(connector, profileId, lastChange.id),
        time: lastChange.at,
        held: held('traits'),
      },
    ]
  })
}

/**
 * A deletion at every platform, by each set of names the person had: when it is asked for, and again when somebody turns
 * out to be a person who is to be deleted. It is never held; a platform that knows nobody by these names says so.
 */
export function planDeletions(
  { profileId, state, facts, joined }: Pick<Taken, 'profileId' | 'state' | 'facts' | 'joined'>,
  connectors: readonly Pick<Connector, 'name'>[],
): readonly PlannedDelivery[] {
  if (state.deletedAt === undefined) return []
  const cause = facts.find(({ kind }) => kind === 'deletion_asked') ?? joined.at(-1)?.fact
  if (cause === undefined) return []
  const names = [state.known, ...joined.flatMap(({ known }) => known)].map(identifiersOf)
  const distinct = new Map(names.map(({ anonymousId: _, ...named }) => [JSON.stringify(named), named]))
  // Somebody without a name was written to nowhere.
  const named = [...distinct].filter(([, identifiers]) => Object.keys(identifiers).length > 0)
  return connectors.flatMap(({ name: connector }) =>
    named.map(([key, identifiers]) => ({
      id: deliveryId(connector, profileId, `${cause.id} ${key}`),
      profileId,
      connector,
      kind: 'deletion' as const,
      identifiers,
      traits: {},
      time: state.deletedAt ?? cause.at,
      held: false,
    })),
  )
}

/** @returns the lanes of a profile whose held deliveries may go, now that more is known of the person. */
export function planReleases(
  { profileId, before, state }: Decision,
  merged: boolean,
  connectors: readonly Addressee[],
): Commit['releases'] {
  if (state.deletedAt !== undefined || (!merged && before.known === state.known)) return []
  const [was, is] = [identifiersOf(before.known), identifiersOf(state.known)]
  return connectors.flatMap(({ name: connector, needs }) =>
    (['event', 'traits'] as const)
      .filter(
        kind =>
          needs[kind].some(id => is[id] !== undefined) && (merged || !needs[kind].some(id => was[id] !== undefined)),
      )
      .map(kind => ({ profileId, connector, kind })),
  )
}

export function identifiersOf({ email, phone, userId, anonymousIds }: Known): Identifiers {
  const anonymousId = anonymousIds.at(-1)
  return {
    ...(email !== undefined && { email }),
    ...(phone !== undefined && { phone }),
    ...(userId !== undefined && { userId }),
    ...(anonymousId !== undefined && { anonymousId }),
  }
}

function eventOf(fact: MomentFired) {
  return {
    kind: 'event' as const,
    name: fact.moment,
    properties: fact.properties,
    time: fact.at,
    heldUntil: fact.freshUntil,
  }
}

function prefixed(traits: FlatProperties, policy: Policy): Traits {
  return Object.fromEntries(Object.entries(traits).map(([name, value]) => [policy.traits.prefix + name, value]))
}

/** A UUID (version 8) made of the fact the write is caused by: the idempotency key at every attempt, also in a replay. */
export function deliveryId(connector: string, profileId: string, factId: string): string {
  const hex = createHash('sha256').update(`${connector}\n${profileId}\n${factId}`).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
