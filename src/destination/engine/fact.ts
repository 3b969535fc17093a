/** What the engine decided. Facts fold into the state (`evolve`); the ones worth explaining are kept. */
import type { Product } from './cart.ts'
import type { Level } from './level.ts'
import type { SequenceRun } from './sequences/run.ts'
import type { ExitKind, FormProgress, Silence } from './signal.ts'
import type { EventTime } from './time.ts'
import type { Timer, TimerKey } from './timer.ts'
import type { Points } from './window.ts'

/** The moments, by the name their event carries. */
export const MOMENTS = [
  'Engagement Level Reached',
  'Pricing Intent Detected',
  'Content Deep Dive Detected',
  'Repeat Product Interest Detected',
  'Comparison Detected',
  'Hesitation Detected',
  'Cart Abandoned',
  'Checkout Abandoned',
  'Form Abandoned',
  'Session Exited',
  'Content Downloaded',
  'Feature Adoption Stalled',
  'Re-engaged',
  'Sequence Step Due',
] as const
export type MomentName = (typeof MOMENTS)[number]

/** Flat and snake_case, as platforms read them. */
export type FlatProperties = Readonly<Record<string, string | number | boolean | null>>

/** Why a moment that was noticed did not become an event. */
export const RESTRAINTS = [
  'silenced',
  'just_ordered',
  'fleeting',
  'unconfirmed',
  'stale',
  'repeated',
  'cooling_down',
  'capped',
  'no_consent',
  'automated',
  'unidentified',
  'quiet_hours',
] as const
export type Restraint = (typeof RESTRAINTS)[number]

/** What is known of the person apart from behaviour; absent members are unknown. */
export interface Known {
  readonly email?: string
  /** Addresses they had before, latest last, at most two: where a platform may still have them, should they be deleted. */
  readonly formerEmails?: readonly string[]
  readonly phone?: string
  readonly userId?: string
  /** Latest last, at most two. */
  readonly anonymousIds: readonly string[]
  /** Their names were taken away: whoever comes with another name is somebody else. */
  readonly forgotten?: true
}

export interface Order {
  readonly at: EventTime
  readonly value?: number
}

/** An act worth so much that whatever fired before it may rest. */
export interface HighValue {
  readonly event: string
  readonly at: EventTime
}

export interface Feature {
  readonly name: string
  readonly firstAt: EventTime
  readonly uses: number
}

/** The form last worked on. */
export interface FormSeen extends FormProgress {
  readonly at: EventTime
  /** Its page view. */
  readonly cause: string
  readonly url: string
}

export interface LastPage {
  readonly url: string | undefined
  readonly title: string | undefined
  readonly at: EventTime
}

export interface LastProduct extends Product {
  readonly at: EventTime
}

export interface Silenced {
  readonly silence: Silence
  readonly at: EventTime
}

/** A platform that lets no marketing e-mail reach them. */
export interface Barred {
  readonly platform: string
  readonly reason: string | undefined
  readonly at: EventTime
}

/** How a page was last left. */
export interface ExitSeen {
  readonly kind: ExitKind
  readonly at: EventTime
  readonly cause: string
}

interface FactBase {
  /** `${input id}:${n}`: the same whenever the same input meets the same state. */
  readonly id: string
  readonly at: EventTime
}

export interface MomentFired extends FactBase {
  readonly kind: 'moment_fired'
  /** One of `MOMENTS`, or a custom one's name. */
  readonly moment: string
  /** What may fire this moment only once: a page view, a cart, a level. */
  readonly cause: string
  /** Moments of one variant cool down together. */
  readonly variant: string
  readonly properties: FlatProperties
  /** A plain sentence with the numbers in it. */
  readonly why: string
  readonly capped: boolean
  /** Still worth an event until then, if the person becomes known only later. */
  readonly freshUntil: EventTime
}

export interface MomentWithheld extends FactBase {
  readonly kind: 'moment_withheld'
  /** One of `MOMENTS`, or a custom one's name. */
  readonly moment: string
  readonly cause: string
  readonly restraint: Restraint
  readonly why: string
  /** Nothing but its lateness held it back: worth telling, for a flow that does not mind. */
  readonly missed?: true
}

/** A moment that came too late to fire. */
export interface Missed {
  readonly moment: string
  /** When it happened. */
  readonly at: EventTime
}

/** A sequence started, took a step, waits, or is over: its run as it now is. */
export interface SequenceMoved extends FactBase {
  readonly kind: 'sequence_moved'
  readonly run: SequenceRun
  readonly why: string
}

/** Somebody is to be deleted: behaviour is forgotten at once, and nothing is taken in about them any more. */
export interface DeletionAsked extends FactBase {
  readonly kind: 'deletion_asked'
  readonly why: string
}

export type Fact =
  /** A message was taken in: what it says is in the state before anything is decided. */
  | (FactBase & { readonly kind: 'observed'; readonly earned: Points })
  | (FactBase & {
      readonly kind: 'level_changed'
      readonly from: Level
      readonly to: Level
      readonly average: number
      readonly why: string
    })
  | MomentFired
  | MomentWithheld
  | SequenceMoved
  | (FactBase & { readonly kind: 'traits_changed'; readonly traits: FlatProperties })
  | (FactBase & { readonly kind: 'timer_set'; readonly timer: Timer })
  | (FactBase & { readonly kind: 'timer_cancelled'; readonly key: TimerKey })
  | (FactBase & { readonly kind: 'merged'; readonly why: string })
  | DeletionAsked

/** Facts kept to explain a decision; the others only carry the state forward. */
export type KeptFact = Extract<
  Fact,
  { kind: 'level_changed' | 'moment_fired' | 'moment_withheld' | 'sequence_moved' | 'merged' | 'deletion_asked' }
>

export function isKept(fact: Fact): fact is KeptFact {
  switch (fact.kind) {
    case 'level_changed':
    case 'moment_fired':
    case 'moment_withheld':
    case 'sequence_moved':
    case 'merged':
    case 'deletion_asked':
      return true
    case 'observed':
    case 'traits_changed':
    case 'timer_set':
    case 'timer_cancelled':
      return false
    default:
      return fact satisfies never
  }
}
