/** Plays the sessions of a data set through the engine, as `inkling replay` plays a stream, and counts what came of it. */
import type { Played } from '../../src/destination/backtest/playback.ts'
import { createPlayback } from '../../src/destination/backtest/playback.ts'
import type { KeptFact } from '../../src/destination/engine/fact.ts'
import { isKept } from '../../src/destination/engine/fact.ts'
import type { Policy } from '../../src/destination/engine/policy.ts'
import { after, DAY, type EventTime, eventTime } from '../../src/destination/engine/time.ts'
import { type DataSet, type Decision, interleave, type RealSession } from './session.ts'

/** One person's story, as far as it is counted. */
export interface Person {
  readonly messageTimes: readonly number[]
  readonly orders: readonly number[]
  /** Whether anything ever lay in their cart. */
  readonly hadCart: boolean
  readonly facts: readonly KeptFact[]
  readonly decision?: Decision
  readonly stateBytes: number
}

export interface PlayedSet {
  readonly sessions: number
  readonly messages: number
  readonly people: readonly Person[]
  /** When the last message arrived. */
  readonly last: EventTime
}

export interface PlayOptions {
  readonly data: DataSet
  readonly policy: Policy
  readonly onPlayed?: (played: Played) => void
  readonly onProgress?: (share: number, messages: number) => void
}

/** Timers fire until a day after the last message, so that the last carts are left behind too. */
export function play({ data, policy, onPlayed, onProgress }: PlayOptions): PlayedSet {
  const people = new Map<string, Writable<Person>>()
  const decisions = new Map<string, Decision>()
  const playback = createPlayback(policy, played => {
    const known = people.get(played.profileId)
    const person = known ?? { messageTimes: [], orders: [], hadCart: false, facts: [], stateBytes: 0 }
    if (known === undefined) people.set(played.profileId, person)
    note(person, played, decisions)
    onPlayed?.(played)
  })
  let begun = 0
  let messages = 0
  let last = eventTime(0)
  function* counted(): Generator<RealSession> {
    for (const session of data.sessions()) {
      const person = session.messages[0]?.userId
      if (person !== undefined && session.decision !== undefined) decisions.set(person, session.decision)
      begun += 1
      yield session
    }
  }
  for (const message of interleave(counted())) {
    last = message.receivedAt
    playback.take({ receivedAt: last, messages: [message] })
    messages += 1
    onProgress?.(begun / data.count, messages)
  }
  playback.finish(after(last, DAY))
  for (const [id, state] of playback.people.all()) {
    const person = people.get(id)
    if (person !== undefined) person.stateBytes = Buffer.byteLength(JSON.stringify(state))
  }
  return { sessions: begun, messages, people: [...people.values()], last }
}

/** While it is written. */
type Writable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] }

function note(person: Writable<Person>, { message, facts, state }: Played, decisions: Map<string, Decision>): void {
  if (message !== undefined) {
    person.messageTimes.push(message.timestamp)
    if (message.event === 'Order Completed') person.orders.push(message.timestamp)
    const decision = decisions.get(message.userId ?? '')
    if (decision !== undefined) person.decision = decision
  }
  person.hadCart ||= state.cart !== undefined
  person.facts.push(...facts.filter(isKept))
}
