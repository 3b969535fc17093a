/** What the engine is told: a message, or a timer that came due. Time and ids arrive here, nowhere else. */
import type { Message } from './message.ts'
import type { EventTime } from './time.ts'
import type { Timer } from './timer.ts'

export type Input =
  | {
      readonly kind: 'message'
      readonly id: string
      /** Event time. */
      readonly at: EventTime
      /** Our clock when it was received. */
      readonly now: EventTime
      readonly message: Message
    }
  | {
      readonly kind: 'timer'
      readonly id: string
      /** When it was due. */
      readonly at: EventTime
      /** Our clock when it was looked at. */
      readonly now: EventTime
      readonly timer: Timer
    }

export function messageInput(message: Message): Input {
  return { kind: 'message', id: message.messageId, at: message.timestamp, now: message.receivedAt, message }
}

/**
 * @param turn - how many timers of the profile were taken before: a late message may set one anew for the time at which
 *   it already came due, and what it decides then must not go by the same id.
 */
export function timerInput(profileId: string, timer: Timer, { now, turn }: TimerTurn): Input {
  return { kind: 'timer', id: `timer:${profileId}:${timer.key}:${timer.due}:${turn}`, at: timer.due, now, timer }
}

interface TimerTurn {
  /** Our clock when it is looked at. */
  readonly now: EventTime
  readonly turn: number
}
