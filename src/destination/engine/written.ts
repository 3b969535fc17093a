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
] as const
export type TraitName = (typeof TRAIT_NAMES)[number]

export type TraitValue = FlatProperties[string]

export type Written = readonly TraitValue[]

/** JSON has no word for undefined in a list, and no trait is an empty text. */
const NEVER = ''

const PLACES: ReadonlyMap<string, number> = new Map(TRAIT_NAMES.map((name, place) => [name, place]))

export const NOTHING_WRITTEN: Written = TRAIT_NAMES.map(() => NEVER)

export function placeOf(name: TraitName): number {
  return TRAIT_NAMES.indexOf(name)
}

/** @returns `null` once it was cleared; undefined when it was never written. */
export function writtenAt(written: Written, place: number): TraitValue | undefined {
  const value = written[place]
  return value === NEVER ? undefined : value
}

/** @returns the values with these in place of the ones before. */
export function write(written: Written, traits: FlatProperties): Written {
  const values = [...written]
  for (const name in traits) {
    const place = PLACES.get(name)
    if (place !== undefined) values[place] = traits[name] ?? null
  }
  return values
}

/** @returns unprefixed names to values, of all that were ever written. */
export function writtenTraits(written: Written): FlatProperties {
  const entries = TRAIT_NAMES.map((name, place) => [name, writtenAt(written, place)] as const)
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}
