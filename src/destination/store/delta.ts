/**
 * What a change of a profile comes down to: the members that are new, and of a list only its new end. Of a state of some
 * kilobytes a message changes a few hundred bytes, and only those are written at once. Pure.
 *
 * States share what did not change: a member, or an entry of a list, that is the same object is the same.
 */
import { initialState, type ProfileState } from '../engine/profile.ts'

/** Member → its new value; `null` where there is none any more; of a list a `Tail`. What did not change is left out. */
export type Delta = Readonly<Record<string, unknown>>

/** A list is `kept` entries of the one before, from the one at `from` on, and then `rest`. */
interface Tail {
  readonly from: number
  readonly kept: number
  readonly rest: readonly unknown[]
}

/** @returns what must be kept to make `after` of `before`; JSON carries it. */
export function deltaOf(before: ProfileState, after: ProfileState): Delta {
  const delta: Record<string, unknown> = {}
  for (const member in after) {
    const [was, is]: readonly unknown[] = [valueOf(before, member), valueOf(after, member)]
    if (was !== is) delta[member] = Array.isArray(is) ? tailOf(Array.isArray(was) ? was : [], is) : (is ?? null)
  }
  return delta
}

/** @returns the state after a change. */
export function applyDelta(before: ProfileState, delta: Delta): ProfileState {
  const after: Record<string, unknown> = { ...before }
  for (const [member, change] of Object.entries(delta)) {
    const was = valueOf(before, member)
    after[member] = isTail(change) ? listOf(Array.isArray(was) ? was : [], change) : (change ?? undefined)
  }
  return Object.assign({ ...initialState }, after)
}

function valueOf(state: ProfileState, member: string): unknown {
  return Object.hasOwn(state, member) ? state[member as keyof ProfileState] : undefined
}

function tailOf(was: readonly unknown[], is: readonly unknown[]): Tail {
  const from = is.length === 0 ? -1 : was.indexOf(is[0])
  if (from === -1) return { from: 0, kept: 0, rest: is }
  let kept = 1
  while (kept < is.length && from + kept < was.length && was[from + kept] === is[kept]) kept += 1
  return { from, kept, rest: is.slice(kept) }
}

function listOf(was: readonly unknown[], { from, kept, rest }: Tail): readonly unknown[] {
  return [...was.slice(from, from + kept), ...rest]
}

/** No member of a state is an object with a list called `rest`. */
function isTail(change: unknown): change is Tail {
  return typeof change === 'object' && change !== null && 'rest' in change && 'kept' in change && 'from' in change
}
