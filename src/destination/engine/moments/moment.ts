/** What every moment is: something noticed in a state that just changed, with its evidence. */
import type { FlatProperties, Restraint } from '../fact.ts'
import type { Input } from '../input.ts'
import type { PageView } from '../page-view.ts'
import type { MomentPolicy, Policy } from '../policy.ts'
import type { ProfileState } from '../profile.ts'
import type { Signal } from '../signal.ts'
import type { Duration, EventTime } from '../time.ts'

/** A moment that may fire, if nothing restrains it. */
export interface Noticed {
  /** One of `MOMENTS`, or a custom one's name. */
  readonly moment: string
  /** It fires at most once per cause. */
  readonly cause: string
  readonly variant: string
  /** When the behaviour happened that it stands on. */
  readonly at: EventTime
  readonly properties: FlatProperties
  /** How long the behaviour went on that it stands on; absent for an act, which takes no time. */
  readonly lasted?: Duration
  /** A plain sentence with the numbers in it. */
  readonly why: string
  readonly policy: MomentPolicy
  /** It asks for an hour of their day itself: no hour is too quiet for it. */
  readonly namesHour?: boolean
  /** Set when the moment itself lacks something: its confirmation, or somebody to tell. */
  readonly lacking?: { readonly restraint: Restraint; readonly why: string }
}

export interface Scene {
  /** Before the input. */
  readonly before: ProfileState
  /** After it, level included. */
  readonly state: ProfileState
  readonly input: Input
  /** The page view that the summary in the input belongs to; undefined for any other input. */
  readonly page: PageView | undefined
  /** What the message says; `none` for a timer. */
  readonly signal: Signal
  readonly policy: Policy
}

export type Notice = (scene: Scene) => Noticed | undefined
