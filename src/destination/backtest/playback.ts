/**
 * A stream played through the engine in event time: timers fire when they are due, between the messages. Pure; everybody
 * is held in memory, no message is.
 */
import type { Message } from '../engine/message.ts'
import type { Policy } from '../engine/policy.ts'
import { type EventTime, eventTime } from '../engine/time.ts'
import { createPeople, type People, type Taken } from '../people.ts'
import { createSchedule } from './schedule.ts'

/** Messages that arrived together, by event time. */
export interface Arrival {
  /** Our clock, or the exporter's, when they arrived. */
  readonly receivedAt: EventTime
  readonly messages: readonly Message[]
}

/** What one input did; `message` is absent when a timer came due. */
export interface Played extends Taken {
  readonly at: EventTime
  readonly message?: Message
}

export interface Playback {
  /** Lets what is due before it fire, then takes it in. Duplicates are the caller's to leave out. */
  take(arrival: Arrival): void
  /** Lets everything fire that is due by `until`: there are no more messages. */
  finish(until: EventTime): void
  readonly people: Pick<People, 'stateOf' | 'count' | 'all'>
}

export function createPlayback(policy: Policy, onPlayed: (played: Played) => void): Playback {
  const people = createPeople(policy)
  const schedule = createSchedule(
    ({ profileId, timer }) =>
      people.stateOf(profileId)?.timers.some(({ key, due }) => key === timer.key && due === timer.due) ?? false,
  )

  const play = (taken: Taken, at: EventTime, message?: Message) => {
    const { profileId, before, state, joined } = taken
    if (state.timers !== before.timers || joined.length > 0) {
      const known = joined.length > 0 ? [] : before.timers
      for (const timer of state.timers) if (!known.includes(timer)) schedule.add({ profileId, timer })
    }
    onPlayed({ ...taken, at, ...(message !== undefined && { message }) })
  }
  const fireBefore = (until: number) => {
    for (let due = schedule.takeBefore(until); due !== undefined; due = schedule.takeBefore(until)) {
      // Looked at the instant it is due: a replay is never late by itself.
      const taken = people.takeTimer(due.profileId, due.timer, due.timer.due)
      if (taken !== undefined) play(taken, due.timer.due)
    }
  }

  return {
    people,
    take: ({ receivedAt, messages }) => {
      // Live, what is in the log is taken in before any timer of the same instant is looked at.
      fireBefore(receivedAt)
      for (const message of messages) play(people.takeMessage(message), message.timestamp, message)
    },
    finish: until => fireBefore(eventTime(until + 1)),
  }
}
