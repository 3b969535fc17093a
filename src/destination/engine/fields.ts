/** Reading members nobody has checked: a value of the wrong type counts as absent. */
import type { Fields } from './message.ts'

/** Bounds in bytes of UTF-8: together with the lengths of lists they keep a profile's state within 16 KB. */
const MAX_TEXT_BYTES = 60
const MAX_LINK_BYTES = 180
const MAX_EMAIL_BYTES = 254
/** Of one UTF-16 unit; a character of four bytes has two of them. */
const MOST_BYTES = 3
const BLANK = 0x20
const LAST_PRINTABLE = 0x7e

/** @returns the value as trimmed text, cut to 60 bytes; numbers become text; empty or other types are undefined. */
export function text(value: unknown): string | undefined {
  return clip(typeof value === 'number' && Number.isFinite(value) ? String(value) : value)
}

/** @returns the value as trimmed text cut to `bytes`, or undefined when it is no text or empty. */
export function clip(value: unknown, bytes: number = MAX_TEXT_BYTES): string | undefined {
  if (typeof value !== 'string') return undefined
  if (isPlain(value, bytes)) return value
  const whole = value.slice(0, 2 * bytes).trim()
  if (whole.length <= bytes / MOST_BYTES) return whole === '' ? undefined : whole
  let room = bytes
  let end = 0
  while (end < whole.length) {
    const code = whole.codePointAt(end) ?? 0
    room -= bytesOf(code)
    if (room < 0) break
    end += code < 0x10000 ? 1 : 2
  }
  return end === 0 ? undefined : whole.slice(0, end)
}

/** Whether it is short and of printable ASCII without blanks at its ends, as nearly all are: then there is nothing to cut. */
function isPlain(value: string, bytes: number): boolean {
  const { length } = value
  if (length === 0 || length > bytes || value.charCodeAt(0) === BLANK || value.charCodeAt(length - 1) === BLANK)
    return false
  for (let place = 0; place < length; place += 1) {
    const code = value.charCodeAt(place)
    if (code < BLANK || code > LAST_PRINTABLE) return false
  }
  return true
}

/** @returns the value as a link, or undefined: half a link leads nowhere, so a long one loses its query, or is left out. */
export function link(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined
  if (clip(value, MAX_LINK_BYTES) === value) return value
  const bare = value.split(/[?#]/, 1)[0] ?? ''
  return clip(bare, MAX_LINK_BYTES) === bare ? bare : undefined
}

/** @returns the value as it is when it could be an address or number to write to; those are never cut. */
export function contact(value: unknown): string | undefined {
  return typeof value === 'string' && value.length <= MAX_EMAIL_BYTES ? value.trim() : undefined
}

function bytesOf(code: number): number {
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
}

/** Beyond this nothing is a price, a count or a time; and sums of it stay numbers. */
const MAX_AMOUNT = 1e12

/** @returns the value as a number from 0 to a million million; numeric text counts (senders write prices as strings). */
export function amount(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  // What is written -0 is 0.
  return typeof number === 'number' && number >= 0 && number <= MAX_AMOUNT ? Math.abs(number) : undefined
}

/** @returns an amount of at most `bound`; 0 for what is none. */
export function upTo(bound: number, value: number | undefined): number {
  return Math.min(value ?? 0, bound)
}

/** @returns the value when it is an object, else `{}`. */
export function object(value: unknown): Fields {
  return isObject(value) ? value : {}
}

const NONE: readonly Fields[] = []

/** @returns up to `limit` of its entries that are objects; `[]` when it is no list. */
export function objects(value: unknown, limit: number): readonly Fields[] {
  if (!Array.isArray(value) || value.length === 0) return NONE
  const few: readonly unknown[] = value.length > limit ? value.slice(0, limit) : value
  return areObjects(few) ? few : few.filter(isObject)
}

function areObjects(values: readonly unknown[]): values is readonly Fields[] {
  for (const value of values) if (!isObject(value)) return false
  return true
}

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
