/**
 * How long the pointer rested on which elements of a page. Two lists, not an object with a member for each element: every
 * page has other elements, and objects of ever new shapes are slow to make and to read.
 */
import { LIST_LIMITS } from '../../browser-plugin/signals.ts'
import { amount, clip, objects, upTo } from './fields.ts'
import type { Fields } from './message.ts'
import { DAY } from './time.ts'

/** The six heaviest, the heaviest first; ties stand by name. */
export interface Hovers {
  readonly elements: readonly string[]
  /** Of the element at the same place. */
  readonly ms: readonly number[]
}

export const NO_HOVERS: Hovers = { elements: [], ms: [] }

/** Beyond these, hovers weigh little and the sum of a page view is capped anyway. */
const MAX_HOVERS = 6
const MAX_NAME_BYTES = 48

/** Reads the hovers of a summary; what is malformed is left out. */
export function toHovers(value: unknown): Hovers {
  const entries = objects(value, LIST_LIMITS.hovers)
  if (entries.length === 0) return NO_HOVERS
  const told = { elements: entries.map(elementOf), ms: entries.map(msOf) }
  if (isInOrder(told)) return told
  const [elements, ms]: [string[], number[]] = [[], []]
  for (const [place, element] of told.elements.entries())
    if (element !== undefined) put({ elements, ms }, element, told.ms[place] ?? 0)
  // A list that grew has room for more; one kept for long should not.
  return { elements: elements.slice(), ms: ms.slice() }
}

function elementOf(entry: Fields): string | undefined {
  return clip(entry['element'], MAX_NAME_BYTES)
}

function msOf(entry: Fields): number {
  return upTo(DAY, amount(entry['ms']))
}

/** The plugin tells them as they are kept, and then they can be kept as they are told. */
function isInOrder(told: { elements: readonly (string | undefined)[]; ms: readonly number[] }): told is Hovers {
  const { elements, ms } = told
  if (elements.length > MAX_HOVERS) return false
  for (let place = 0; place < elements.length; place += 1) {
    const element = elements[place]
    if (element === undefined || elements.indexOf(element) !== place) return false
    const heavier = ms[place - 1] ?? DAY
    const spent = ms[place] ?? 0
    if (place > 0 && (spent > heavier || (spent === heavier && element < (elements[place - 1] ?? '')))) return false
  }
  return true
}

/** The longer hover on each element. */
export function mergeHovers(a: Hovers, b: Hovers): Hovers {
  // The later totals of a page view hold the earlier ones, nearly always.
  if (holds(b, a)) return b
  const merged = { elements: [...a.elements], ms: [...a.ms] }
  for (const [place, element] of b.elements.entries()) put(merged, element, b.ms[place] ?? 0)
  return merged
}

function holds(b: Hovers, a: Hovers): boolean {
  for (let place = 0; place < a.elements.length; place += 1) {
    const element = a.elements[place] ?? ''
    const found = b.elements[place] === element ? place : b.elements.indexOf(element)
    if (found === -1 || (b.ms[found] ?? 0) < (a.ms[place] ?? 0)) return false
  }
  return true
}

interface Draft {
  readonly elements: string[]
  readonly ms: number[]
}

/** Puts a hover where it belongs; of two on one element the longer one stays. */
function put({ elements, ms }: Draft, element: string, spent: number): void {
  const known = elements.indexOf(element)
  if (known !== -1) {
    if ((ms[known] ?? 0) >= spent) return
    elements.splice(known, 1)
    ms.splice(known, 1)
  }
  let place = elements.length
  while (place > 0) {
    const before = ms[place - 1] ?? 0
    if (spent < before || (spent === before && element >= (elements[place - 1] ?? ''))) break
    place -= 1
  }
  if (place === MAX_HOVERS) return
  if (place === elements.length) {
    // Summaries tell the heaviest first.
    elements.push(element)
    ms.push(spent)
    return
  }
  elements.splice(place, 0, element)
  ms.splice(place, 0, spent)
  elements.length = Math.min(elements.length, MAX_HOVERS)
  ms.length = elements.length
}
