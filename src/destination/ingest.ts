/** The hot path: one load, pure steps, one commit. */
import { createHash } from 'node:crypto'
import { step } from './engine/decide.ts'
import { type Fact, isKept, type KeptFact } from './engine/fact.ts'
import { type IdentityKey, identityKeys, mergeStates } from './engine/identity.ts'
import { type Input, messageInput, timerInput } from './engine/input.ts'
import type { Message } from './engine/message.ts'
import type { Policy } from './engine/policy.ts'
import { initialState, type ProfileState } from './engine/profile.ts'
import { eventTime } from './engine/time.ts'
import type { LoggedEntry } from './intake/log.ts'
import { parseRequest } from './parse.ts'
import { type Addressee, planDeliveries, planReleases } from './plan.ts'
import type { Commit, DueTimer, Loaded, PlannedDelivery, Store } from './store/store.ts'

export interface IngestDeps {
  readonly store: Store
  readonly policy: Policy
  readonly connectors: readonly Addressee[]
}

export interface Ingested {
  readonly messages: number
  /** Messages already taken in before. */
  readonly duplicates: number
  readonly facts: readonly KeptFact[]
}

/** Takes in log entries, in order, and remembers how far it came in the same transaction. */
export async function ingestEntries(deps: IngestDeps, entries: readonly LoggedEntry[], now: number): Promise<Ingested> {
  const last = entries.at(-1)
  if (last === undefined) return { messages: 0, duplicates: 0, facts: [] }
  const messages = entries.flatMap(toMessages)
  const keys = new Set(messages.flatMap(identityKeys))
  const loaded = await deps.store.load([...keys], [...new Set(messages.map(({ messageId }) => messageId))])
  const draft = createDraft(deps, loaded)
  const taken = new Set<string>()
  for (const message of messages) {
    if (loaded.seen.has(message.messageId) || taken.has(message.messageId)) continue
    taken.add(message.messageId)
    draft.takeMessage(message)
  }
  const change = draft.toCommit(now)
  await deps.store.commit({ ...change, position: last.position, seen: [...taken] })
  return {
    messages: messages.length,
    duplicates: messages.length - taken.size,
    facts: change.facts.map(({ fact }) => fact),
  }
}

/** Takes in timers that came due. */
export async function ingestTimers(deps: IngestDeps, due: readonly DueTimer[], now: number): Promise<Ingested> {
  const draft = createDraft(deps, { profiles: new Map(), seen: new Set() })
  for (const { profile, timer } of due) {
    draft.adopt(profile.id, profile.state)
    draft.take(profile.id, timerInput(profile.id, timer, eventTime(now)))
  }
  const change = draft.toCommit(now)
  await deps.store.commit(change)
  return { messages: 0, duplicates: 0, facts: change.facts.map(({ fact }) => fact) }
}

/** The messages of one logged request by event time: senders and Segment's retries mix them up. */
function toMessages({ call, body, receivedAt, position }: LoggedEntry): readonly Message[] {
  const parsed = parseRequest(call, body, receivedAt, position)
  if (parsed.kind === 'unreadable') return []
  return parsed.messages.map(({ message }) => message).toSorted((a, b) => a.timestamp - b.timestamp)
}

/** Everything a batch changes, kept in memory until it is committed at once. */
function createDraft({ policy, connectors }: IngestDeps, loaded: Loaded) {
  const owners = new Map<IdentityKey, string>()
  /** As they were loaded, to tell which ones changed. */
  const stored = new Map<string, ProfileState>()
  const states = new Map<string, ProfileState>()
  const rebound = new Map<IdentityKey, string>()
  const facts: { profileId: string; fact: KeptFact }[] = []
  const merges: { from: string; into: string }[] = []
  const deliveries: PlannedDelivery[] = []
  const releases: Commit['releases'][number][] = []
  for (const [key, { id, state }] of loaded.profiles) {
    owners.set(key, id)
    // Two keys of one profile were read as two copies of its state: one of them counts.
    if (stored.has(id)) continue
    stored.set(id, state)
    states.set(id, state)
  }

  const stateOf = (id: string) => states.get(id) ?? initialState
  const keep = (profileId: string, decided: readonly Fact[]) => {
    for (const fact of decided.filter(isKept)) facts.push({ profileId, fact })
  }
  const take = (profileId: string, input: Input, merged = false) => {
    const before = stateOf(profileId)
    const { state, facts: decided } = step(before, input, policy)
    states.set(profileId, state)
    keep(profileId, decided)
    deliveries.push(...planDeliveries({ profileId, before, state, facts: decided }, connectors, policy))
    releases.push(...planReleases({ profileId, before, state, facts: decided }, merged, connectors))
  }
  const merge = (from: string, into: string, message: Message) => {
    states.set(into, mergeStates(stateOf(into), stateOf(from), policy))
    states.delete(from)
    merges.push({ from, into })
    for (const [key, owner] of owners) if (owner === from) owners.set(key, into)
    for (const delivery of deliveries.splice(0))
      deliveries.push(delivery.profileId === from ? { ...delivery, profileId: into } : delivery)
    for (const fact of facts) if (fact.profileId === from) fact.profileId = into
    const why = 'Visits under another id turned out to be the same person and were joined.'
    facts.push({
      profileId: into,
      fact: { kind: 'merged', id: `${message.messageId}:merge:${from}`, at: message.timestamp, why },
    })
  }

  /** Finds, makes or joins the profile a message belongs to. */
  const resolve = (message: Message): { profileId: string; merged: boolean } => {
    const keys = identityKeys(message)
    const { owner, others } = chooseOwner(message, keys, owners, stateOf)
    for (const other of others) merge(other, owner, message)
    for (const key of keys) {
      if (owners.get(key) === owner) continue
      owners.set(key, owner)
      rebound.set(key, owner)
    }
    return { profileId: owner, merged: others.length > 0 }
  }

  return {
    take,
    adopt: (id: string, state: ProfileState) => {
      if (!states.has(id)) states.set(id, state)
    },
    takeMessage: (message: Message) => {
      const { profileId, merged } = resolve(message)
      take(profileId, messageInput(message), merged)
    },
    toCommit: (now: number): Commit => ({
      now,
      facts,
      merges,
      deliveries,
      releases,
      profiles: [...states].filter(([id, state]) => stored.get(id) !== state).map(([id, state]) => ({ id, state })),
      identities: [...rebound].map(([key, id]) => ({ key, profileId: owners.get(key) ?? id })),
      seen: [],
    }),
  }
}

/**
 * The profile a message belongs to, and those that turn out to be the same person.
 *
 * An anonymousId that another signed-in person used (a shared computer) is not a reason to join the two; from now on it
 * belongs to the one who uses it. An alias says outright that two ids are one person.
 */
function chooseOwner(
  message: Message,
  keys: readonly IdentityKey[],
  owners: ReadonlyMap<IdentityKey, string>,
  stateOf: (id: string) => ProfileState,
): { owner: string; others: readonly string[] } {
  const [strongest] = keys
  const belongs = (id: string) => {
    const { userId } = stateOf(id).known
    return message.type === 'alias' || message.userId === undefined || userId === undefined || userId === message.userId
  }
  const found = keys.flatMap(key => owners.get(key) ?? [])
  const candidates = [...new Set(found)].filter(belongs)
  const [owner, ...others] = candidates
  return { owner: owner ?? profileIdOf(strongest ?? 'a:'), others }
}

/** A profile's id says nothing about the person, and a replay gives the same. */
function profileIdOf(key: IdentityKey): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 20)
}
