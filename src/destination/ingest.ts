/** The hot path: one load, pure steps, one commit. */
import { isKept, type KeptFact } from './engine/fact.ts'
import { type IdentityKey, identityKeys, namesIn } from './engine/identity.ts'
import type { Message } from './engine/message.ts'
import type { Policy } from './engine/policy.ts'
import type { ProfileState } from './engine/profile.ts'
import { type EventTime, eventTime } from './engine/time.ts'
import type { Arrived } from './intake/arrivals.ts'
import { giveWay } from './loop.ts'
import { createPeople, type Taken } from './people.ts'
import { type Addressee, planDeletions, planDeliveries, planJoinings, planReads, planReleases } from './plan.ts'
import type { Commit, DueTimer, Loaded, PlannedDelivery, Store, StoredProfile, WantedErasure } from './store/store.ts'

/** Some milliseconds of work. A request of 4,000 messages would keep others waiting for as long as it takes to decide. */
const MESSAGES_AT_A_STRETCH = 100

export interface IngestDeps {
  readonly store: Pick<Store, 'load' | 'commit'>
  readonly policy: Policy
  readonly connectors: readonly Addressee[]
}

export interface PlannedEvent {
  /** Of the delivery. */
  readonly id: string
  /** Of the moment. */
  readonly name: string
  readonly connector: string
  /** When it happened, epoch ms. */
  readonly time: number
}

export interface Ingested {
  readonly messages: number
  /** Messages already taken in before. */
  readonly duplicates: number
  readonly facts: readonly KeptFact[]
  /** Moments on their way to a platform. */
  readonly events: readonly PlannedEvent[]
  /** Whether somebody is to be forgotten by it. */
  readonly forgets: boolean
  /** When the latest of the messages happened, epoch ms. */
  readonly latest?: number
  /** Settles once all of it is on disk; rejects when the disk refuses. What follows may be decided before. */
  readonly committed: Promise<void>
}

const NOTHING_INGESTED: Ingested = {
  ...{ messages: 0, duplicates: 0, facts: [], events: [], forgets: false },
  committed: Promise.resolve(),
}

function eventsIn(deliveries: readonly PlannedDelivery[]): readonly PlannedEvent[] {
  return deliveries.flatMap(({ id, kind, name, connector, time }) =>
    kind === 'event' && name !== undefined ? [{ id, name, connector, time }] : [],
  )
}

/** Takes in log entries, in order, and remembers how far it came in the same transaction. */
export async function ingestEntries(deps: IngestDeps, entries: readonly Arrived[], now: number): Promise<Ingested> {
  const last = entries.at(-1)
  if (last === undefined) return NOTHING_INGESTED
  const messages = entries.flatMap(entry => entry.messages)
  const keys = new Set(messages.flatMap(identityKeys))
  const loaded = await deps.store.load([...keys], [...new Set(messages.map(({ messageId }) => messageId))])
  const draft = createDraft(deps, loaded)
  const taken = new Set<string>()
  const late: WantedErasure[] = []
  for (const [index, message] of messages.entries()) {
    // Nobody else writes profiles, so what was loaded stays true meanwhile.
    if (index % MESSAGES_AT_A_STRETCH === MESSAGES_AT_A_STRETCH - 1) await giveWay()
    const isRepeated = loaded.seen.has(message.messageId) || taken.has(message.messageId)
    if (!isRepeated) taken.add(message.messageId)
    const gone = isRepeated ? deletedIn(loaded, message) : deletedBefore(draft.takeMessage(message))
    // It is in the log as well, whether it is taken in or not.
    if (gone !== undefined) {
      const at = positionOf(entries, index)
      late.push({ profileId: gone, names: namesOf(message), after: at - 1, last: at })
    }
  }
  const change = draft.toCommit(now)
  const deleted = change.profiles.filter(
    ({ state }) => state.deletedAt !== undefined && namesIn(state.known).length > 0,
  )
  const erasures = [...deleted.map(({ id }) => ({ profileId: id, after: 0, last: last.position })), ...late]
  return {
    messages: messages.length,
    duplicates: messages.length - taken.size,
    facts: change.facts.map(({ fact }) => fact),
    events: eventsIn(change.deliveries),
    forgets: erasures.length > 0,
    ...(messages.length > 0 && { latest: Math.max(...messages.map(({ timestamp }) => timestamp)) }),
    committed: deps.store.commit({ ...change, position: last.position, seen: [...taken], erasures }),
  }
}

function deletedBefore({ profileId, before }: Taken): string | undefined {
  return before.deletedAt === undefined ? undefined : profileId
}

/** @returns whom a message names that was deleted before. */
function deletedIn({ profiles }: Loaded, message: Message): string | undefined {
  const named = identityKeys(message).map(key => profiles.get(key))
  return named.find(profile => profile?.state.deletedAt !== undefined)?.id
}

function positionOf(entries: readonly Arrived[], index: number): number {
  let left = index
  for (const { position, messages } of entries) {
    if (left < messages.length) return position
    left -= messages.length
  }
  throw new Error('there is no such message')
}

/** The names that a message carries. */
function namesOf({ userId, anonymousId, previousId, traits, context }: Message): readonly string[] {
  const emails = [traits['email'], context.traits['email']].filter(found => typeof found === 'string')
  return [userId, anonymousId, previousId, ...emails].filter(name => name !== undefined)
}

/** Takes in timers that came due, with whatever else is due by then for the same people. */
export async function ingestTimers(deps: IngestDeps, due: readonly DueTimer[], now: number): Promise<Ingested> {
  const draft = createDraft(deps, { profiles: new Map(), seen: new Set() })
  for (const { profile } of due) draft.takeTimers(profile, eventTime(now))
  const change = draft.toCommit(now)
  const facts = change.facts.map(({ fact }) => fact)
  const events = eventsIn(change.deliveries)
  return { ...NOTHING_INGESTED, facts, events, committed: deps.store.commit(change) }
}

/** Everything a batch changes, kept in memory until it is committed at once. */
function createDraft({ policy, connectors }: IngestDeps, loaded: Loaded) {
  const people = createPeople(policy)
  /** As they were loaded, to tell which ones changed. */
  const stored = new Map<string, ProfileState>()
  const rebound = new Map<IdentityKey, string>()
  const facts: { profileId: string; fact: KeptFact }[] = []
  const merges: { from: string; into: string }[] = []
  const deliveries: PlannedDelivery[] = []
  const releases: Commit['releases'][number][] = []
  for (const [key, { id, state }] of loaded.profiles) {
    // Two keys of one profile were read as two copies of its state: one of them counts.
    if (!stored.has(id)) stored.set(id, state)
    people.admit(id, stored.get(id) ?? state, [key])
  }

  const move = (from: string, into: string) => {
    merges.push({ from, into })
    for (const [key, id] of rebound) if (id === from) rebound.set(key, into)
    for (const [index, delivery] of deliveries.entries())
      if (delivery.profileId === from) deliveries[index] = { ...delivery, profileId: into }
    for (const fact of facts) if (fact.profileId === from) fact.profileId = into
  }
  const record = (taken: Taken) => {
    const { profileId } = taken
    for (const { from, fact } of taken.joined) {
      move(from, profileId)
      facts.push({ profileId, fact })
    }
    for (const key of taken.bound) rebound.set(key, profileId)
    for (const fact of taken.facts.filter(isKept)) facts.push({ profileId, fact })
    deliveries.push(...planJoinings(taken, connectors))
    deliveries.push(...planDeliveries(taken, connectors, policy), ...planDeletions(taken, connectors))
    releases.push(...planReleases(taken, taken.joined.length > 0, connectors))
  }

  return {
    takeMessage: (message: Message): Taken => {
      const taken = people.takeMessage(message)
      record(taken)
      return taken
    },
    takeTimers: ({ id, state }: StoredProfile, now: EventTime) => {
      people.admit(id, state, [])
      for (const taken of people.takeTimers(id, now)) record(taken)
    },
    toCommit: (now: number): Commit => {
      const profiles = [...people.all()]
        .filter(([id, state]) => stored.get(id) !== state)
        .map(([id, state]) => ({ id, state }))
      return {
        now,
        facts,
        merges,
        deliveries,
        releases,
        profiles,
        reads: profiles.flatMap(profile => planReads(profile, connectors)),
        identities: [...rebound].map(([key, profileId]) => ({ key, profileId })),
        seen: [],
      }
    },
  }
}
