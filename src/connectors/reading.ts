/** Reading the members of events that nobody has checked. */
import type { Feedback, FeedbackKind, Heard, Recipient } from './feedback.ts'

/** What a platform's event seems to say; what is missing is undefined. */
export interface Seen {
  readonly id: string | undefined
  readonly kind: FeedbackKind
  /** Epoch ms. */
  readonly at: number | undefined
  readonly recipient: { readonly [K in keyof Recipient]: string | undefined }
  readonly subject?: string | undefined
  readonly campaignId?: string | undefined
  readonly campaignName?: string | undefined
  readonly link?: string | undefined
}

/** Longer than any subject or name; links beyond it are no links anybody reads. */
const MAX_TEXT = 1_000
/** Ids of the platforms have at most 36 characters. It becomes a part of a message id of at most 200. */
const ID = /^[\w.:+=/-]{1,100}$/
/** No user id or e-mail address is longer. */
const MAX_NAME = 255

/** A number is taken too: HubSpot numbers its events. */
export function idIn(value: unknown): string | undefined {
  const id = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value
  return typeof id === 'string' && ID.test(id) ? id : undefined
}

/** Text that names somebody: never cut, for a part of it names somebody else. */
export function nameIn(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= MAX_NAME ? value : undefined
}

export function textIn(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, MAX_TEXT).toWellFormed() : undefined
}

/** @returns epoch ms of a number or a text of digits, times `unit`; undefined when it is no time a clock shows. */
export function timeIn(value: unknown, unit: number): number | undefined {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value
  if (typeof number !== 'number' || !(number > 0)) return undefined
  const ms = number * unit
  return ms < MAX_TIME_MS ? ms : undefined
}
/** The year 2200: anything later is another unit. */
const MAX_TIME_MS = 7_258_118_400_000

/** Some platforms write booleans as text. */
export function isTrue(value: unknown): boolean {
  return value === true || (typeof value === 'string' && value.toLowerCase() === 'true')
}

/** @returns feedback, if it says which event it was, when, and whom it is about. */
export function toHeard({ id, kind, at, recipient, ...about }: Seen): Heard {
  const person = known(recipient)
  if (id === undefined || at === undefined || Object.keys(person).length === 0)
    return { kind: 'ignored', why: 'incomplete' }
  const feedback: Feedback = { id, kind, at, recipient: person, ...known(about) }
  return { kind: 'feedback', feedback }
}

function known<T extends Readonly<Record<string, string | undefined>>>(members: T): { [K in keyof T]?: string } {
  const result: { [K in keyof T]?: string } = {}
  for (const name in members) {
    const value = members[name]
    if (value !== undefined) result[name] = value
  }
  return result
}
