/**
 * The people of a stream: who a message is about, who turn out to be one person, and what each input does to them. Pure.
 * The same room serves the live service, which brings the profiles a batch concerns, and a replay, which holds them all;
 * so the two cannot drift apart.
 */
import { hash } from 'node:crypto'
import { step } from './engine/decide.ts'
import type { Fact, KeptFact, Known } from './engine/fact.ts'
import { type IdentityKey, identityKeys, mergeStates } from './engine/identity.ts'
import { type Input, messageInput, timerInput } from './engine/input.ts'
import type { Message } from './engine/message.ts'
import type { Policy } from './engine/policy.ts'
import { initialState, type ProfileState } from './engine/profile.ts'
import type { EventTime } from './engine/time.ts'
import type { Timer } from './engine/timer.ts'

/** What one input did to one person. */
export interface Taken {
  readonly profileId: string
  /** Before the input; where profiles were joined, already their common state. */
  readonly before: ProfileState
  readonly state: ProfileState
  readonly facts: readonly Fact[]
  /** Profiles that turned out to be this one, in order; they are gone. */
  readonly joined: readonly Joined[]
  /** Keys that from now on mean this profile. */
  readonly bound: readonly IdentityKey[]
}

export interface Joined {
  readonly from: string
  readonly fact: KeptFact
  /** What was known of the one and of the other: of two addresses, the common profile knows one. */
  readonly known: readonly [into: Known, from: Known]
}

export interface People {
  /** Brings in a person known from before, with keys that mean them; one already here stays as they are. */
  admit(id: string, state: ProfileState, keys: readonly IdentityKey[]): void
  takeMessage(message: Message): Taken
  /**
   * Fires what of theirs is due by `now`, in order and one by one: a timer may set another that is due as well, or cancel
   * it. A hundred at most; what is left is due still.
   */
  takeTimers(profileId: string, now: EventTime): readonly Taken[]
  stateOf(id: string): ProfileState | undefined
  /** Everybody, in the order they came. */
  all(): Iterable<readonly [string, ProfileState]>
  count(): number
}

/** So that no chain of timers keeps a commit waiting for long. */
const TIMERS_AT_ONCE = 100

export function createPeople(policy: Policy): People {
  const states = new Map<string, ProfileState>()
  const keys = createKeyring()
  const stateOf = (id: string) => states.get(id) ?? initialState

  const take = (profileId: string, input: Input): Pick<Taken, 'profileId' | 'before' | 'state' | 'facts'> => {
    const before = stateOf(profileId)
    const { state, facts } = step(before, input, policy)
    states.set(profileId, state)
    return { profileId, before, state, facts }
  }
  const join = (from: string, into: string, message: Message): Joined => {
    const known = [stateOf(into).known, stateOf(from).known] as const
    states.set(into, mergeStates(stateOf(into), stateOf(from), policy))
    states.delete(from)
    keys.move(from, into)
    const why = 'Visits under another id turned out to be the same person and were joined.'
    const id = `${message.messageId}:merge:${from}`
    return { from, fact: { kind: 'merged', id, at: message.timestamp, why }, known }
  }

  return {
    admit: (id, state, known) => {
      if (!states.has(id)) states.set(id, state)
      for (const key of known) keys.bind(key, id)
    },
    takeMessage: message => {
      const carried = identityKeys(message)
      const { owner, others } = chooseOwner(message, carried, keys.ownerOf, stateOf)
      const joined = others.map(other => join(other, owner, message))
      const bound = carried.filter(key => keys.bind(key, owner))
      return { ...take(owner, messageInput(message)), joined, bound }
    },
    takeTimers: (profileId, now) => {
      const taken: Taken[] = []
      while (taken.length < TIMERS_AT_ONCE) {
        const { timers, timersTaken: turn } = stateOf(profileId)
        const timer = firstDue(timers, now)
        if (timer === undefined) break
        taken.push({ ...take(profileId, timerInput(profileId, timer, { now, turn })), joined: [], bound: [] })
      }
      return taken
    },
    stateOf: id => states.get(id),
    all: () => states,
    count: () => states.size,
  }
}

function firstDue(timers: readonly Timer[], now: EventTime): Timer | undefined {
  return timers.filter(({ due }) => due <= now).toSorted((a, b) => a.due - b.due || (a.key < b.key ? -1 : 1))[0]
}

/** Which key means whom. Knows a profile's keys too, so that joining costs as much as the two have keys. */
function createKeyring() {
  const owners = new Map<IdentityKey, string>()
  const held = new Map<string, Set<IdentityKey>>()
  const heldBy = (id: string) => {
    const found = held.get(id) ?? new Set<IdentityKey>()
    held.set(id, found)
    return found
  }
  return {
    ownerOf: (key: IdentityKey) => owners.get(key),
    /** @returns whether that is news. */
    bind: (key: IdentityKey, id: string): boolean => {
      const before = owners.get(key)
      if (before === id) return false
      if (before !== undefined) held.get(before)?.delete(key)
      owners.set(key, id)
      heldBy(id).add(key)
      return true
    },
    move: (from: string, into: string): void => {
      const target = heldBy(into)
      for (const key of held.get(from) ?? []) {
        owners.set(key, into)
        target.add(key)
      }
      held.delete(from)
    },
  }
}

/**
 * The profile a message belongs to, and those that turn out to be the same person.
 *
 * An anonymousId that another signed-in person used (a shared computer) is not a reason to join the two; from now on it
 * belongs to the one who uses it. An alias says outright that two ids are one person; the former userId then goes on
 * meaning them.
 */
function chooseOwner(
  message: Message,
  keys: readonly IdentityKey[],
  ownerOf: (key: IdentityKey) => string | undefined,
  stateOf: (id: string) => ProfileState,
): { owner: string; others: readonly string[] } {
  const [strongest] = keys
  const belongs = (id: string) => {
    const { userId, forgotten } = stateOf(id).known
    if (message.type === 'alias' || message.userId === undefined) return true
    return userId === undefined ? forgotten === undefined : userId === message.userId
  }
  const found = keys.flatMap(key => {
    const id = ownerOf(key)
    return id !== undefined && (key.startsWith('u:') || belongs(id)) ? [id] : []
  })
  const [owner, ...others] = new Set(found)
  return { owner: owner ?? profileIdOf(strongest ?? 'a:'), others }
}

/** A profile's id says nothing about the person, and a replay gives the same. */
function profileIdOf(key: IdentityKey): string {
  return hash('sha256', key).slice(0, 20)
}
