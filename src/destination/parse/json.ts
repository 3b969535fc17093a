/** Bytes to JSON, without the traps: prototype keys, bottomless nesting, messages of any size. */
import type { Fields } from '../engine/message.ts'

export type Json =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'unreadable'; readonly reason: string }

/** Deep enough for any tracking plan (the deepest captured event has 5), shallow enough for every recursive reader. */
export const MAX_DEPTH = 64

/** Whether text can hold a key `__proto__`, spelled out or with any of its letters escaped, which no library does. */
const PROTOTYPE_KEY = /__proto__|\\u00[5-7]/

/** Never throws. The reason quotes nothing of the body. */
export function readJson(body: Uint8Array): Json {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')
  try {
    const value: unknown = JSON.parse(text)
    if (PROTOTYPE_KEY.test(text)) dropPrototypeKeys(value)
    return { kind: 'json', value }
  } catch (error) {
    // The parser's own message quotes the body.
    if (error instanceof SyntaxError)
      return { kind: 'unreadable', reason: `body: found ${body.byteLength} bytes, expected JSON` }
    throw error
  }
}

/** Whether a value is a JSON object: not null, not an array. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** @returns the kind of a JSON value in words; never the value. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/**
 * What is wrong with a value's size or nesting.
 *
 * @param maxBytes - the most UTF-8 bytes the value may take as compact JSON.
 */
export function boundsBroken(value: unknown, maxBytes: number): string | undefined {
  const most = mostBytes(value, MAX_DEPTH)
  if (most === Number.POSITIVE_INFINITY)
    return `found nesting deeper than ${MAX_DEPTH} levels, expected at most ${MAX_DEPTH}`
  // The estimate is up to six times too high and costs a third of writing the JSON out, so only large values are written.
  if (most <= maxBytes) return undefined
  const bytes = Buffer.byteLength(JSON.stringify(value))
  return bytes > maxBytes ? `found ${bytes} bytes, expected at most ${maxBytes}` : undefined
}

/** @returns an upper bound of the value's JSON in bytes; Infinity when it is nested deeper than `levels`. */
function mostBytes(value: unknown, levels: number): number {
  if (typeof value === 'string') return textBytes(value)
  if (typeof value !== 'object' || value === null) return 25 // The longest number JSON.stringify writes.
  if (levels === 0) return Number.POSITIVE_INFINITY
  let bytes = 2
  if (Array.isArray(value)) for (const element of value) bytes += mostBytes(element, levels - 1) + 1
  else if (isFields(value)) for (const key in value) bytes += textBytes(key) + mostBytes(value[key], levels - 1) + 2
  return bytes
}

/** A character takes at most six bytes: an escape such as \u0007. */
function textBytes(text: string): number {
  return 6 * text.length + 2
}

/**
 * `JSON.parse` makes `__proto__` an ordinary member, which turns dangerous when someone copies members one by one. Nobody
 * measures anything under that name. Walks without recursion: nesting is not bounded yet.
 */
function dropPrototypeKeys(root: unknown): void {
  const open: unknown[] = [root]
  while (open.length > 0) {
    const value = open.pop()
    if (typeof value !== 'object' || value === null) continue
    Reflect.deleteProperty(value, '__proto__')
    for (const member of Object.values(value)) open.push(member)
  }
}
