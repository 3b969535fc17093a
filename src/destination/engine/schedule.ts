/** Which timers a profile should have after an input: one row for each kind of due work. */
import type { Input } from './input.ts'
import type { Policy } from './policy.ts'
import { isIdentified, type ProfileState } from './profile.ts'
import { after, type Duration, type EventTime } from './time.ts'
import { setTimer, type Timer, type TimerKey, timerOf } from './timer.ts'

interface Change {
  readonly before: ProfileState
  readonly state: ProfileState
  readonly input: Pick<Input, 'at'>
  readonly policy: Policy
}

/** `'keep'`: as it is; undefined: none. */
type Wanted = EventTime | 'keep' | undefined

interface Rule {
  readonly key: TimerKey
  readonly wanted: (change: Change) => Wanted
  /** Absence is what it asks for: activity puts it off by this long. */
  readonly quiet?: (policy: Policy) => Duration
}

const RULES: readonly Rule[] = [
  {
    key: 'checkout',
    quiet: ({ moments }) => moments.checkoutAbandoned.after,
    wanted: ({ before, state, input, policy }) => {
      if (state.cart?.checkoutAt === undefined) return undefined
      return state.cart !== before.cart || introduced(before, state)
        ? after(input.at, policy.moments.checkoutAbandoned.after)
        : 'keep'
    },
  },
  {
    key: 'cart',
    quiet: ({ moments }) => moments.cartAbandoned.after,
    wanted: ({ before, state, input, policy }) => {
      // Who came as far as the checkout is reminded of that instead.
      if (state.cart === undefined || (state.cart.checkoutAt !== undefined && policy.moments.checkoutAbandoned.enabled))
        return undefined
      return state.cart !== before.cart || introduced(before, state)
        ? after(input.at, policy.moments.cartAbandoned.after)
        : 'keep'
    },
  },
  {
    key: 'form',
    quiet: ({ moments }) => moments.formAbandoned.after,
    wanted: ({ before, state, input, policy }) => {
      if (state.form === undefined || state.form.state === 'submitted') return undefined
      return state.form !== before.form || introduced(before, state)
        ? after(input.at, policy.moments.formAbandoned.after)
        : 'keep'
    },
  },
  {
    key: 'exit',
    wanted: ({ before, state, policy }) => {
      const { exit } = state
      // Going to another page of the site, or out by a link, is not leaving; whatever comes after the exit takes it back.
      if (exit === undefined || exit.kind === 'internal' || exit.kind === 'reload' || exit.kind === 'outbound')
        return undefined
      if (state.lastSeen > exit.at) return undefined
      return exit !== before.exit ? after(exit.at, policy.moments.sessionExited.after) : 'keep'
    },
  },
  {
    key: 'feature',
    wanted: ({ before, state, policy }) => {
      const feature = state.features.at(-1)
      if (feature === undefined || feature.uses > 1) return undefined
      return state.features !== before.features
        ? after(feature.firstAt, policy.moments.featureAdoptionStalled.after)
        : 'keep'
    },
  },
]

export type TimerChange =
  | { readonly kind: 'set'; readonly timer: Timer }
  | { readonly kind: 'cancel'; readonly key: TimerKey }

/** @returns what to set and what to cancel, after a message. */
export function schedule(change: Change): readonly TimerChange[] {
  const changes: TimerChange[] = []
  for (const { key, wanted } of RULES) {
    const expected = wanted(change)
    if (expected === 'keep') continue
    const current = timerOf(change.state.timers, key)
    if (expected === undefined) {
      if (current !== undefined) changes.push({ kind: 'cancel', key })
      continue
    }
    // What the last message took to arrive, the next one may take as well: silence until then may be the network's.
    const due = after(expected, change.state.lag)
    if (current?.due !== due) changes.push({ kind: 'set', timer: { key, due } })
  }
  return changes
}

/**
 * A timer that asks for absence came due, but its owner did something meanwhile.
 *
 * @returns when to ask again; undefined when they were indeed away.
 */
export function putOff(state: ProfileState, timer: Timer, policy: Policy): EventTime | undefined {
  const quiet = RULES.find(({ key }) => key === timer.key)?.quiet
  const due = quiet && after(after(state.lastSeen, quiet(policy)), state.lag)
  return due !== undefined && due > timer.due ? due : undefined
}

/**
 * What somebody left behind before anybody knew who they are, and who turns out to be known: it is asked about again,
 * for the timer may have come due meanwhile and found nobody to tell.
 *
 * @returns the timers of the two as one, with those that were missing.
 */
export function askAfterJoining(
  state: ProfileState,
  others: readonly ProfileState[],
  policy: Policy,
): readonly Timer[] {
  const left = others.some(other => !isIdentified(other) && (other.cart !== undefined || other.form !== undefined))
  if (!left || !isIdentified(state)) return state.timers
  const unknown = { ...state, known: { anonymousIds: [] } }
  const changes = schedule({ before: unknown, state, input: { at: state.lastSeen }, policy })
  return changes.reduce(
    (timers, change) =>
      change.kind === 'set' && timerOf(timers, change.timer.key) === undefined
        ? setTimer(timers, change.timer)
        : timers,
    state.timers,
  )
}

/** From now on a platform could name them: what they left before is theirs too. */
function introduced(before: ProfileState, state: ProfileState): boolean {
  return isIdentified(state) && !isIdentified(before)
}
