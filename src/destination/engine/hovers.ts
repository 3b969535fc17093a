/**
 * How long the pointer rested on which elements of a page. Two lists, not an object with a member for each element: every
 * page has other elements, and objects of ever new shapes are slow to make and to read.
 */
import { LIST_LIMITS } from '../../browser-plugin/signals.ts'
import { amount, clip, objects, upTo } from './fields.ts'
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
  const [elements, ms]: [string[], number[]] = [[], []]
  for (const entry of entries) {
    const element = clip(entry['element'], MAX_NAME_BYTES)
    if (element !== undefined) put({ elements, ms }, element, upTo(DAY, amount(entry['ms'])))
  }
  // A list that grew has room for more; one kept for long should not.
  return { elements: elements.slice(), ms: ms.slice() }
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
  return a.elements.every((element, place) => {
    const found = b.elements.indexOf(element)
    return found !== -1 && (b.ms[found] ?? 0) >= (a.ms[place] ?? 0)
  })
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
  const isHeavier = (other: number) =>
    spent === ms[other] ? element < (elements[other] ?? '') : spent > (ms[other] ?? 0)
  while (place > 0 && isHeavier(place - 1)) place -= 1
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
