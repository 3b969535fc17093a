/** Delivery -> the body of a request, its signature, and the receiver's words. Pure. */
import { createHmac } from 'node:crypto'
import type { DeletionDelivery, Delivery, IdentifierKind, Identifiers } from '../connector.ts'
import { isMembers } from '../members.ts'
import { SIGNATURE_VERSION } from './settings.ts'

/** @returns JSON, the same at every attempt. A `null` says that a trait is cleared, or that a property has no value. */
export function toBody(delivery: Exclude<Delivery, { kind: 'joining' }>): string {
  const { id, kind } = delivery
  const time = new Date(delivery.time).toISOString()
  const identifiers = toNames(delivery.identifiers)
  switch (kind) {
    case 'event':
      return JSON.stringify({
        ...{ id, kind, name: delivery.name, time, identifiers },
        ...{ properties: delivery.properties, traits: delivery.traits },
        ...(delivery.replayed && { replayed: true }),
      })
    case 'traits':
      return JSON.stringify({ id, kind, time, identifiers, traits: delivery.traits })
    case 'deletion':
      return JSON.stringify({ id, kind, time, identifiers })
    default:
      return delivery satisfies never
  }
}

/** @returns by which names the receiver was told to delete somebody. */
export function deletionNote({ identifiers }: DeletionDelivery): string {
  const names = WORDS_FOR.filter(([kind]) => identifiers[kind] !== undefined).map(([, words]) => words)
  return `took the deletion by ${names.join(', ')}`
}

/** @param timestamp - epoch seconds of this attempt, so that a request that was listened to is worthless soon. */
export function signatureOf(secret: string, timestamp: number, body: string): string {
  const digest = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')
  return `${SIGNATURE_VERSION}=${digest}`
}

const WORDS_FOR: readonly (readonly [IdentifierKind, string])[] = [
  ['email', 'e-mail address'],
  ['phone', 'phone number'],
  ['userId', 'user id'],
  ['anonymousId', 'anonymous id'],
]

/** Where receivers put their words, tried in this order. */
const WORDS = ['message', 'error', 'detail', 'reason'] as const

/** @returns the receiver's own words: its text, a usual member of its JSON, or else the JSON. */
export function wordsOf(body: unknown): string {
  if (typeof body === 'string') return body.trim()
  const said = isMembers(body) ? WORDS.map(name => body[name]).find(words => typeof words === 'string') : undefined
  return typeof said === 'string' ? said : JSON.stringify(body)
}

function toNames({ email, phone, userId, anonymousId }: Identifiers): Readonly<Record<string, string>> {
  return {
    ...(email !== undefined && { email }),
    ...(phone !== undefined && { phone }),
    ...(userId !== undefined && { user_id: userId }),
    ...(anonymousId !== undefined && { anonymous_id: anonymousId }),
  }
}
