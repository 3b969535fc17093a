/**
 * Trait values as they were last handed to the outbox: a list, each value at the place of its name. As an object with
 * names it was a tenth of a state, and took longer to compare and to copy than all else that traits need.
 */
import type { FlatProperties } from './fact.ts'

/** A new one is added at the end: states that are stored keep the places of the others. */
export const TRAIT_NAMES = [
  'score',
  'level',
  'trend',
  'intent',
  'hint',
  'hint_reason',
  'top_interest',
  'last_product',
  'last_product_name',
  'last_product_url',
  'last_product_price',
  'last_viewed_at',
  'cart_value',
  'cart_item_count',
  'cart_last_item',
  'last_page',
  'time_spent_s',
  'send_window',
  'best_send_hour',
  'local_hour',
  'device',
  'missed_moment',
  'missed_at',
] as const
export type TraitName = (typeof TRAIT_NAMES)[number]

export type TraitValue = FlatProperties[string]

export type Written = readonly TraitValue[]

/** JSON has no word for undefined in a list, and no trait is an empty text. */
const NEVER = ''

/**
 * Those that are times. They are kept in ms since the epoch and told as ISO 8601: to compare two of them as texts, one would
 * have to be made for every message, in half a microsecond.
 */
const TIMES: readonly TraitName[] = ['last_viewed_at', 'missed_at']

const PLACES: ReadonlyMap<string, number> = new Map(TRAIT_NAMES.map((name, place) => [name, place]))
const ARE_TIMES: readonly boolean[] = TRAIT_NAMES.map(name => TIMES.includes(name))

export const NOTHING_WRITTEN: Written = TRAIT_NAMES.map(() => NEVER)

export function placeOf(name: TraitName): number {
  return TRAIT_NAMES.indexOf(name)
}

/** @returns `null` once it was cleared; undefined when it was never written. */
export function writtenAt(written: Written, place: number): TraitValue | undefined {
  const value = written[place]
  return value === NEVER ? undefined : value
}

/** @returns a kept value as a platform gets it. */
export function told(value: TraitValue, place: number): TraitValue {
  return ARE_TIMES[place] && typeof value === 'number' ? new Date(value).toISOString() : value
}

/** @returns the values with these, as a platform got them, in place of the ones before. */
export function write(written: Written, traits: FlatProperties): Written {
  // A state that was stored before a trait was added has a shorter list.
  const values = [...written, ...NOTHING_WRITTEN.slice(written.length)]
  for (const name in traits) {
    const place = PLACES.get(name)
    if (place === undefined) continue
    const value = traits[name] ?? null
    values[place] = ARE_TIMES[place] && value !== null ? Date.parse(String(value)) : value
  }
  return values
}

/** @returns unprefixed names to values, as a platform got them, of all that were ever written. */
export function writtenTraits(written: Written): FlatProperties {
  const traits: Record<string, TraitValue> = {}
  for (const [place, name] of TRAIT_NAMES.entries()) {
    const value = writtenAt(written, place)
    if (value !== undefined) traits[name] = told(value, place)
  }
  return traits
}
