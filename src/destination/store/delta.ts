/**
 * What a change of a profile comes down to. Of a state of some kilobytes a message changes a few hundred bytes, and only
 * those are written at once. Pure.
 *
 * States share what did not change: a member, or an entry of a list, that is the same object is the same.
 */
import { initialState, type ProfileState } from '../engine/profile.ts'

/** Member → its change; what did not change is left out. */
export type Delta = Readonly<Record<string, Change>>

/**
 * A number, a text or a boolean is the new value, `null` that there is none any more. Otherwise:
 * `{ is }`: the new value; `{ of }`: what changed of an object, or of a list as long as before; `{ from, kept, rest }`: a list, which is `kept` entries of
 * the one before from the one at `from` on, then what became of the next one, if `next` is there, and then `rest`.
 */
type Change = string | number | boolean | null | { readonly is: unknown } | { readonly of: Delta } | ListChange

interface ListChange {
  readonly from: number
  readonly kept: number
  readonly next?: Change
  readonly rest: readonly unknown[]
}

type Members = Readonly<Record<string, unknown>>

/** @returns what must be kept to make `after` of `before`; JSON carries it. */
export function deltaOf(before: ProfileState, after: ProfileState): Delta {
  return changesOf(before, after)
}

/** @returns the state after a change. */
export function applyDelta(before: ProfileState, delta: Delta): ProfileState {
  return { ...initialState, ...before, ...changed({ ...before }, delta) }
}

/** By member, or by place. */
function changesOf<T extends object>(before: T, after: T): Delta {
  const delta: Record<string, Change> = {}
  for (const member in after) {
    const was: unknown = before[member]
    const is: unknown = after[member]
    if (was !== is) delta[member] = changeOf(was, is)
  }
  for (const member in before) if (after[member] === undefined && before[member] !== undefined) delta[member] = null
  return delta
}

function changeOf(was: unknown, is: unknown): Change {
  if (is === undefined || is === null) return null
  if (typeof is === 'number' || typeof is === 'string' || typeof is === 'boolean') return is
  if (Array.isArray(is)) return Array.isArray(was) ? listChangeOf(was, is) : { is }
  return isMembers(was) && isMembers(is) ? { of: changesOf(was, is) } : { is }
}

function listChangeOf(was: readonly unknown[], is: readonly unknown[]): Change {
  const from = is.length === 0 ? -1 : was.indexOf(is[0])
  if (is.length === was.length && from <= 0) return { of: changesOf(was, is) }
  const start = from === -1 ? 0 : from
  let kept = 0
  while (kept < is.length && start + kept < was.length && was[start + kept] === is[kept]) kept += 1
  const [before, after] = [was[start + kept], is[kept]]
  // The latest of a list is often the one before, gone on.
  if (isMembers(before) && isMembers(after))
    return { from: start, kept, next: changeOf(before, after), rest: is.slice(kept + 1) }
  return kept === 0 ? { is } : { from: start, kept, rest: is.slice(kept) }
}

function changed(before: Members, delta: Delta): Members {
  const after: Record<string, unknown> = { ...before }
  for (const [member, change] of Object.entries(delta)) after[member] = valueAfter(before[member], change)
  return after
}

function valueAfter(was: unknown, change: Change): unknown {
  if (change === null) return undefined
  if (typeof change !== 'object') return change
  if ('is' in change) return change.is
  if ('of' in change)
    return Array.isArray(was) ? entriesAfter(was, change.of) : changed(isMembers(was) ? was : {}, change.of)
  const { from, kept, next, rest } = change
  const list = Array.isArray(was) ? was : []
  const following = next === undefined ? [] : [valueAfter(list[from + kept], next)]
  return [...list.slice(from, from + kept), ...following, ...rest]
}

/** Of a list, JSON has a null where there is nothing. */
function entriesAfter(was: readonly unknown[], delta: Delta): readonly unknown[] {
  const after = [...was]
  for (const [index, change] of Object.entries(delta))
    after[Number(index)] = valueAfter(was[Number(index)], change) ?? null
  return after
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
