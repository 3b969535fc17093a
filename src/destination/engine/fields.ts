/** Reading members nobody has checked: a value of the wrong type counts as absent. */
import type { Fields } from './message.ts'

/** Long enough for any name, URL or id we keep; it bounds a profile's state. */
const MAX_TEXT = 300

/** @returns the member as trimmed text of at most 300 characters; numbers become text; empty or other types are undefined. */
export function text(fields: Fields, name: string): string | undefined {
  const value = fields[name]
  if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  if (typeof value !== 'string') return undefined
  const trimmed = value.trim().slice(0, MAX_TEXT)
  return trimmed === '' ? undefined : trimmed
}

/** @returns the member as a finite number ≥ 0; numeric text counts (senders write prices as strings). */
export function amount(fields: Fields, name: string): number | undefined {
  const value = fields[name]
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : undefined
}

/** @returns the member when it is an object, else `{}`. */
export function object(fields: Fields, name: string): Fields {
  const value = fields[name]
  return isObject(value) ? value : {}
}

/** @returns up to `limit` of the member's entries that are objects; `[]` when it is no list. */
export function objects(fields: Fields, name: string, limit: number): readonly Fields[] {
  const value = fields[name]
  if (!Array.isArray(value)) return []
  return value.slice(0, limit).filter(isObject)
}

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
