/** From facts to the writes they owe each platform. Pure: the same facts plan the same deliveries with the same ids. */
import { hash } from 'node:crypto'
import type { Connector, IdentifierKind, Identifiers, Reads, Traits, Write } from '../connectors/connector.ts'
import type { Fact, FlatProperties, Known, MomentFired } from './engine/fact.ts'
import type { Policy } from './engine/policy.ts'
import type { ProfileState } from './engine/profile.ts'
import type { Taken } from './people.ts'
import type { Commit, PlannedDelivery, StoredProfile } from './store/store.ts'

export interface Decision {
  readonly profileId: string
  readonly before: ProfileState
  readonly state: ProfileState
  readonly facts: readonly Fact[]
}

export type Addressee = Pick<Connector, 'name' | 'needs' | 'joins'> & { readonly reads?: Pick<Reads, 'needs'> }

/**
 * An event carries the traits its flow may read, so that it never waits behind them; without an event, changed traits
 * go by themselves. What no identifier fits yet is planned as held.
 */
export function planDeliveries(
  { profileId, state, facts }: Decision,
  connectors: readonly Addressee[],
  policy: Policy,
): readonly PlannedDelivery[] {
  // Most messages change nothing that is told.
  if (!facts.some(isTold)) return []
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

function isTold({ kind }: Fact): boolean {
  return kind === 'moment_fired' || kind === 'traits_changed'
}

/**
 * A deletion at every platform, by each set of names the person had: when it is asked for, and again when somebody turns
 * out to be a person who is to be deleted. It is never held; a platform that knows nobody by these names says so.
 */
export function planDeletions(
  { profileId, state, facts, joined }: Pick<Taken, 'profileId' | 'state' | 'facts' | 'joined'>,
  connectors: readonly Addressee[],
): readonly PlannedDelivery[] {
  if (state.deletedAt === undefined) return []
  const cause = facts.find(({ kind }) => kind === 'deletion_asked') ?? joined.at(-1)?.fact
  if (cause === undefined) return []
  const known = [state.known, ...joined.flatMap(each => each.known)]
  const former = known.flatMap(({ formerEmails = [] }) => formerEmails.map(email => ({ email })))
  const named = [...known.map(identifiersOf).map(({ anonymousId: _, ...names }) => names), ...former]
  const anonymous = known.flatMap(({ anonymousIds }) => anonymousIds.map(anonymousId => ({ anonymousId })))
  return connectors.flatMap(({ name: connector, needs }) =>
    // Only some platforms keep people who have no name yet.
    distinct(needs.traits.includes('anonymousId') ? [...named, ...anonymous] : named).map(([key, identifiers]) => ({
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

/** @returns the sets of names that are not empty, each once, with a key that tells it apart. */
function distinct(names: readonly Identifiers[]): readonly (readonly [string, Identifiers])[] {
  const keyed = new Map(names.map(each => [JSON.stringify(each), each]))
  return [...keyed].filter(([, each]) => Object.keys(each).length > 0)
}

/**
 * What a platform may keep under names from before the person had the one it joins by: under an address or an anonymous id,
 * of this profile or of one that turned out to be it. Whether anything was written of them, the store knows.
 */
export function planJoinings(
  { profileId, before, state, facts, joined }: Taken,
  connectors: readonly Addressee[],
): readonly PlannedDelivery[] {
  const cause = joined.at(-1)?.fact ?? facts[0]
  if (state.deletedAt !== undefined || cause === undefined) return []
  const own = joined[0]?.known[0] ?? before.known
  const profiles = [
    { profileId, known: own },
    ...joined.map(({ from, known }) => ({ profileId: from, known: known[1] })),
  ]
  return connectors.flatMap(({ name: connector, joins }) => {
    if (joins === undefined || identifiersOf(state.known)[joins.into] === undefined) return []
    const former = profiles
      .filter(({ known }) => identifiersOf(known)[joins.into] === undefined)
      .map(({ profileId: id, known }) => ({ profileId: id, names: namesOf(known).filter(isOf(joins.from)) }))
      .filter(({ names }) => names.length > 0)
    if (former.length === 0) return []
    const joining = { former, settleMs: joins.settleMs }
    const id = deliveryId(connector, profileId, `joining by ${cause.id}`)
    return [{ id, profileId, connector, kind: 'joining' as const, joining, traits: {}, time: cause.at, held: false }]
  })
}

function isOf(kinds: readonly IdentifierKind[]) {
  return (name: Identifiers): boolean => kinds.some(kind => name[kind] !== undefined)
}

/** Each by itself. */
function namesOf({ email, phone, anonymousIds }: Known): readonly Identifiers[] {
  return [
    ...(email === undefined ? [] : [{ email }]),
    ...(phone === undefined ? [] : [{ phone }]),
    ...anonymousIds.map(anonymousId => ({ anonymousId })),
  ]
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

/** @returns the platforms that can be asked about somebody who has just done something or become known. */
export function planReads(
  { id, state }: StoredProfile,
  connectors: readonly Addressee[],
): NonNullable<Commit['reads']> {
  if (state.deletedAt !== undefined) return []
  const identifiers = identifiersOf(state.known)
  return connectors.flatMap(({ name: connector, reads }) =>
    reads?.needs.some(kind => identifiers[kind] !== undefined) === true ? [{ profileId: id, connector }] : [],
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
  const named: Record<string, Traits[string]> = {}
  for (const name in traits) named[policy.traits.prefix + name] = traits[name] ?? null
  return named
}

/** A UUID (version 8) made of the fact the write is caused by: the idempotency key at every attempt, also in a replay. */
export function deliveryId(connector: string, profileId: string, factId: string): string {
  const hex = hash('sha256', `${connector}\n${profileId}\n${factId}`)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
