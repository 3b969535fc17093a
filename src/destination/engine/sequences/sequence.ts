/** Sequences as data: what starts one, its steps, and what ends it. */
import type { Condition } from '../condition.ts'
import type { Duration } from '../time.ts'

/**
 * Something that happened, which may start a sequence, take it to its next step, or end it: one of `CUES`, the name of a
 * moment that fired, or the name of a track event.
 */
export type Cue = string

/** The cues that are neither a moment nor an event of their own. */
export const CUES = [
  'ordered',
  'cart_emptied',
  'form_submitted',
  'feature_first_used',
  'feature_used_again',
  'email_clicked',
  'returned',
] as const

/** Hints for the flow, which does the sending. */
export const CHANNELS = ['email', 'sms', 'push', 'in_app'] as const
export type Channel = (typeof CHANNELS)[number]

/** How much a step says: 1 reminds, 2 explains, 3 makes an offer. `by_level`: as engaged as the visit was. */
export type Content = 1 | 2 | 3 | 'by_level'

/** One of the things a step may be. */
export interface Way {
  /** Taken at once when one of these happens; empty: taken when the step is due. */
  readonly on: readonly Cue[]
  /** All must hold. */
  readonly when: readonly Condition[]
  readonly channel: Channel
  readonly content: Content
  /** The site's own word for the message, such as `tip`. */
  readonly message: string
}

export interface SequenceStep {
  /** When it is due, from the start of the sequence. The steps keep their distances also where one of them came late. */
  readonly after: Duration
  /** The first that fits is taken; if none fits when the step is due, it is passed over. */
  readonly ways: readonly Way[]
}

export interface SequencePolicy {
  /** As the events carry it. */
  readonly name: string
  readonly enabled: boolean
  readonly startOn: readonly Cue[]
  readonly leaveOn: readonly Cue[]
  readonly steps: readonly SequenceStep[]
  /** Not started again within this long of its last start. */
  readonly cooldown: Duration
  /** Somebody who is on the site is not written to: a step waits until they have been away this long. */
  readonly quiet: Duration
  /** Whether its steps use up the profile's frequency cap. */
  readonly capped: boolean
  /** A step that could not be told for this long after it was due is passed over. */
  readonly freshFor: Duration
}

export const MAX_STEPS = 3
