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

export function timerInput(profileId: string, timer: Timer, now: EventTime): Input {
  return { kind: 'timer', id: `timer:${profileId}:${timer.key}:${timer.due}`, at: timer.due, now, timer }
}
