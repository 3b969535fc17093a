/** Reading members nobody has checked: a value of the wrong type counts as absent. */
import type { Fields } from './message.ts'

/** Bounds in bytes of UTF-8: together with the lengths of lists they keep a profile's state within 16 KB. */
const MAX_TEXT_BYTES = 60
const MAX_LINK_BYTES = 180
const MAX_EMAIL_BYTES = 254

/** @returns the member as trimmed text, cut to 60 bytes; numbers become text; empty or other types are undefined. */
export function text(fields: Fields, name: string): string | undefined {
  const value = fields[name]
  return clip(typeof value === 'number' && Number.isFinite(value) ? String(value) : value)
}

/** @returns the value as trimmed text cut to `bytes`, or undefined when it is no text or empty. */
export function clip(value: unknown, bytes: number = MAX_TEXT_BYTES): string | undefined {
  if (typeof value !== 'string') return undefined
  let room = bytes
  let kept = ''
  for (const character of value.slice(0, 2 * bytes).trim()) {
    room -= bytesOf(character)
    if (room < 0) break
    kept += character
  }
  return kept === '' ? undefined : kept
}

/** @returns the value as a link, or undefined: half a link leads nowhere, so a long one loses its query, or is left out. */
export function link(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined
  const bare = value.split(/[?#]/, 1)[0] ?? ''
  return [value, bare].find(whole => clip(whole, MAX_LINK_BYTES) === whole)
}

/** @returns the member as it is when it could be an address or number to write to; those are never cut. */
export function contact(fields: Fields, name: string): string | undefined {
  const value = fields[name]
  return typeof value === 'string' && value.length <= MAX_EMAIL_BYTES ? value.trim() : undefined
}

function bytesOf(character: string): number {
  const code = character.codePointAt(0) ?? 0
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
}

/** Larger than any price, and small enough that sums and products of such numbers are still numbers. */
const MAX_AMOUNT = 1e12

/** @returns the member as a number from 0 to 10¹²; numeric text counts (senders write prices as strings). */
export function amount(fields: Fields, name: string): number | undefined {
  const value = fields[name]
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof number !== 'number' || !Number.isFinite(number) || number < 0) return undefined
  // What is written -0 is 0.
  return Math.min(Math.abs(number), MAX_AMOUNT)
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
