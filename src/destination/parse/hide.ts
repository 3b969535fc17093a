/**
 * Anonymous ids as keyed hashes, where an operator wants it: what stands in a visitor's cookie then stands nowhere on disk, and
 * whoever has a copy of the files, but not the key, cannot tell which browser was whose. Pure.
 */
import { createHmac } from 'node:crypto'
import type { Fields } from '../engine/message.ts'
import { isFields, MAX_DEPTH } from './json.ts'
import { MAX_ID_LENGTH } from './message.ts'

/** Deterministic: the same visitor stays the same. */
export type Hide = (anonymousId: string) => string

/** 128 bits: two visitors never share one. */
const HIDDEN_LENGTH = 32
/** Shorter ones would be found inside of other words. */
const LEAST_FOUND_INSIDE = 16
/** What is nested deeper than any reader goes is refused; one level more says that it was. */
const DEEPEST = MAX_DEPTH + 1

export function createHide(key: string): Hide {
  return anonymousId => `hidden-${createHmac('sha256', key).update(anonymousId).digest('hex').slice(0, HIDDEN_LENGTH)}`
}

/**
 * Hides the anonymous id of each message of a request, wherever in the message it stands.
 *
 * @param value - a request's JSON, of any call.
 * @returns a copy, without what is nested deeper than any reader goes.
 */
export function hideAnonymousIds(value: unknown, hide: Hide): unknown {
  if (Array.isArray(value)) return value.map(element => hideInElement(element, hide))
  if (!isFields(value) || !Array.isArray(value['batch'])) return hideInElement(value, hide)
  const { batch, ...around } = value
  return { ...members(around, NOTHING, 0), batch: batch.map(element => hideInElement(element, hide)) }
}

/** Segment's Extensible Webhook wraps each event. */
function hideInElement(element: unknown, hide: Hide): unknown {
  if (!isFields(element)) return replaced(element, NOTHING, 0)
  const { json } = element
  const isWrapped = isFields(json) && Object.keys(element).length === 1
  return isWrapped ? { json: hideInMessage(json, hide) } : hideInMessage(element, hide)
}

function hideInMessage(message: Fields, hide: Hide): unknown {
  const { anonymousId, previousId, userId } = message
  const id = idIn(anonymousId)
  if (id !== undefined) {
    const hidden = hide(id)
    const copy = members(message, { id, hidden }, 0)
    // Some sites call people by what was their anonymous id: then it is their name.
    return { ...copy, anonymousId: hidden, ...(userId !== undefined && { userId }) }
  }
  // An alias may call by its former id a browser that it does not name otherwise.
  const former = idIn(previousId)
  return { ...members(message, NOTHING, 0), ...(former !== undefined && { anonymousId: hide(former) }) }
}

function idIn(found: unknown): string | undefined {
  if (Number.isSafeInteger(found)) return String(found)
  return typeof found === 'string' && found !== '' && found.length <= MAX_ID_LENGTH ? found : undefined
}

interface Replacing {
  readonly id: string | undefined
  readonly hidden: string
}

const NOTHING: Replacing = { id: undefined, hidden: '' }

function replaced(value: unknown, replacing: Replacing, depth: number): unknown {
  if (typeof value === 'string') return replacedText(value, replacing)
  if (typeof value !== 'object' || value === null) return value
  if (depth > DEEPEST) return null
  if (Array.isArray(value)) return value.map(element => replaced(element, replacing, depth + 1))
  return isFields(value) ? members(value, replacing, depth + 1) : value
}

function members(fields: Fields, replacing: Replacing, depth: number): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, replaced(value, replacing, depth)]))
}

function replacedText(text: string, { id, hidden }: Replacing): string {
  if (id === undefined) return text
  if (text === id) return hidden
  // Links between sites carry it in their query.
  return id.length >= LEAST_FOUND_INSIDE ? text.replaceAll(id, hidden) : text
}
