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

  const play = (taken: Taken, message?: Message) => {
    const { profileId, before, state, joined } = taken
    if (state.timers !== before.timers || joined.length > 0) {
      const known = joined.length > 0 ? [] : before.timers
      for (const timer of state.timers) if (!known.includes(timer)) schedule.add({ profileId, timer })
    }
    onPlayed({ ...taken, ...(message !== undefined && { message }) })
  }
  let clock = eventTime(0)
  const fireBefore = (until: number) => {
    for (let due = schedule.takeBefore(until); due !== undefined; due = schedule.takeBefore(until)) {
      // Looked at the instant it is due, or at once if a late message set it for a time that was over: a replay adds no
      // lateness of its own, and keeps that of the stream.
      const now = eventTime(Math.max(due.timer.due, clock))
      for (const taken of people.takeTimers(due.profileId, now)) play(taken)
    }
  }

  return {
    people,
    take: ({ receivedAt, messages }) => {
      // Live, whatever has arrived by an instant is taken in before the timers of that instant are looked at.
      if (receivedAt > clock) fireBefore(receivedAt)
      clock = eventTime(Math.max(clock, receivedAt))
      for (const message of messages) play(people.takeMessage(message), message)
    },
    finish: until => fireBefore(eventTime(until + 1)),
  }
}
