/**
 * What a change of a profile comes down to. Of a state of some kilobytes a message changes a few hundred bytes, and only
 * those are written at once. Pure.
 *
 * States share what did not change: a member, or an entry of a list, that is the same object is the same. What is looked
 * into more closely than that is chosen by what it saves: looking costs time with every message.
 */
import { initialState, type ProfileState } from '../engine/profile.ts'

/** Members, each followed by its change; what did not change is left out. */
export type Delta = readonly (string | Change)[]

/**
 * A number, a text or a boolean is the new value, `null` that there is none any more. Otherwise:
 * `{ is }`: the new value; `{ of }`: what changed of an object; `{ places }`: of a list as long as before, places and what
 * stands there now; `{ from, kept, next, rest }`: `kept` entries of the list before from the one at `from` on, then what
 * became of the next one, if `next` is there, and then `rest`.
 */
type Change =
  | string
  | number
  | boolean
  | null
  | { readonly is: unknown }
  | { readonly of: Delta }
  | { readonly places: readonly unknown[] }
  | { readonly from: number; readonly kept: number; readonly next?: Delta; readonly rest: readonly unknown[] }

type Members = Readonly<Record<string, unknown>>

const STATE_MEMBERS = Object.keys(initialState)
/** Objects of lists, which grow at their end. */
const LOOKED_INTO: ReadonlySet<string> = new Set(['views', 'pages', 'products'])

/** @returns what must be kept to make `after` of `before`; JSON carries it. */
export function deltaOf(before: ProfileState, after: ProfileState): Delta {
  return changesOf(membersOf(before), membersOf(after), STATE_MEMBERS)
}

/** @returns the state after a change. */
export function applyDelta(before: ProfileState, delta: Delta): ProfileState {
  return { ...initialState, ...before, ...changed(membersOf(before), delta) }
}

function changesOf(before: Members, after: Members, members: readonly string[]): Delta {
  const delta: (string | Change)[] = []
  for (const member of members) {
    const was = before[member]
    const is = after[member]
    if (was !== is) delta.push(member, changeOf(was, is, member))
  }
  return delta
}

function changeOf(was: unknown, is: unknown, member: string): Change {
  if (is === undefined || is === null) return null
  if (typeof is === 'number' || typeof is === 'string' || typeof is === 'boolean') return is
  if (Array.isArray(is)) return Array.isArray(was) && was.length > 0 && is.length > 0 ? listChangeOf(was, is) : { is }
  return LOOKED_INTO.has(member) && isMembers(was) && isMembers(is)
    ? { of: changesOf(was, is, Object.keys(is)) }
    : { is }
}

function listChangeOf(was: readonly unknown[], is: readonly unknown[]): Change {
  if (is.length === was.length && typeof is[0] !== 'object') {
    const places = placesOf(was, is)
    if (places.length <= is.length) return { places }
  }
  const from = was[0] === is[0] ? 0 : Math.max(0, was.indexOf(is[0], 1))
  let kept = 0
  while (kept < is.length && from + kept < was.length && was[from + kept] === is[kept]) kept += 1
  const [before, after] = [was[from + kept], is[kept]]
  // The latest of a list is often the one before, gone on.
  if (!isMembers(before) || !isMembers(after) || before['id'] !== after['id'])
    return kept === 0 ? { is } : { from, kept, rest: is.slice(kept) }
  return { from, kept, next: changesOf(before, after, Object.keys({ ...before, ...after })), rest: is.slice(kept + 1) }
}

function placesOf(was: readonly unknown[], is: readonly unknown[]): readonly unknown[] {
  const places: unknown[] = []
  for (let place = 0; place < is.length; place += 1) if (was[place] !== is[place]) places.push(place, is[place])
  return places
}

function changed(before: Members, delta: Delta): Members {
  const after: Record<string, unknown> = { ...before }
  for (let at = 0; at < delta.length; at += 2) {
    const member = String(delta[at])
    after[member] = valueAfter(before[member], delta[at + 1])
  }
  return after
}

function valueAfter(was: unknown, change: Change | undefined): unknown {
  if (change === null || change === undefined) return undefined
  if (typeof change !== 'object') return change
  if ('is' in change) return change.is
  if ('of' in change) return changed(isMembers(was) ? was : {}, change.of)
  const list: readonly unknown[] = Array.isArray(was) ? was : []
  if ('places' in change) {
    const after = [...list]
    for (let at = 0; at < change.places.length; at += 2) after[Number(change.places[at])] = change.places[at + 1]
    return after
  }
  const { from, kept, next, rest } = change
  const before = list[from + kept]
  const following = next === undefined ? [] : [changed(isMembers(before) ? before : {}, next)]
  return [...list.slice(from, from + kept), ...following, ...rest]
}

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function membersOf(state: ProfileState): Members {
  const members: { readonly [Member in keyof ProfileState]: unknown } = state
  return members
}
