/** One Segment call, as any library or Segment itself spells it, to a `Message`. */
import {
  type Fields,
  MESSAGE_TYPES,
  type Message,
  type MessageContext,
  type MessageType,
  PERMISSION_READ,
} from '../engine/message.ts'
import { eventTime } from '../engine/time.ts'
import { boundsBroken, isFields, kindOf } from './json.ts'
import { type Arrival, happenedAt } from './time.ts'

/** Segment's own bound on one event. */
export const MAX_MESSAGE_BYTES = 32_768
/** Segment allows 100; a plugin's page view id with its sequence number needs room. */
export const MAX_MESSAGE_ID_LENGTH = 200
/** Klaviyo takes no longer one. */
export const MAX_ID_LENGTH = 255

/** What the request says about each of its messages. */
export interface Envelope extends Arrival {
  /** Whether the service itself wrote it. */
  readonly ours: boolean
  /** The type that the path names; undefined where each message names its own. */
  readonly type: MessageType | undefined
  /** Lies beneath the message's own context. */
  readonly context: Fields | undefined
  /** For a message without a messageId. */
  readonly fallbackId: (index: number) => string
}

export type ParsedMessage =
  | { readonly kind: 'message'; readonly message: Message }
  | { readonly kind: 'rejected'; readonly messageId?: string; readonly reason: string }

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** Never throws. The reason names every mistake, by path and kind, and repeats no value. */
export function parseMessage(call: unknown, index: number, envelope: Envelope): ParsedMessage {
  if (!isFields(call)) return { kind: 'rejected', reason: `message: found ${kindOf(call)}, expected an object` }
  const unbounded = boundsBroken(call, MAX_MESSAGE_BYTES)
  if (unbounded !== undefined) return rejected(call, [`message: ${unbounded}`])

  const wrongs: string[] = []
  const type = typeOf(call, envelope, wrongs)
  const messageId = messageIdOf(call.messageId, wrongs)
  const userId = idOf(call.userId ?? call.user_id, 'userId', wrongs)
  const anonymousId = idOf(call.anonymousId, 'anonymousId', wrongs)
  const previousId = type === 'alias' ? idOf(call.previousId, 'previousId', wrongs) : undefined
  const event = type === 'track' ? eventOf(call.event, envelope, wrongs) : undefined
  const properties = fieldsOf(call.properties, 'properties', wrongs)
  const traits = fieldsOf(call.traits, 'traits', wrongs)
  if (wrongs.length === 0 && userId === undefined && anonymousId === undefined && previousId === undefined) {
    wrongs.push('userId, anonymousId: found neither, expected at least one')
  }
  if (type === undefined || wrongs.length > 0) return rejected(call, wrongs)

  const message: Writable<Message> = {
    type,
    messageId: messageId ?? envelope.fallbackId(index),
    properties,
    traits,
    context: contextOf(call, type, envelope),
    timestamp: happenedAt(call, envelope),
    receivedAt: eventTime(envelope.receivedAt),
  }
  if (userId !== undefined) message.userId = userId
  if (anonymousId !== undefined) message.anonymousId = anonymousId
  if (previousId !== undefined) message.previousId = previousId
  if (event !== undefined) message.event = event
  const name = call.name
  if ((type === 'page' || type === 'screen') && typeof name === 'string' && name !== '') message.name = name
  return { kind: 'message', message }
}

function rejected(call: Fields, wrongs: readonly string[]): ParsedMessage {
  const reason = wrongs.join('; ')
  const messageId = call.messageId
  if (typeof messageId !== 'string' || messageId.length > MAX_MESSAGE_ID_LENGTH) return { kind: 'rejected', reason }
  return { kind: 'rejected', messageId: messageId.toWellFormed(), reason }
}

function typeOf(call: Fields, envelope: Envelope, wrongs: string[]): MessageType | undefined {
  if (envelope.type !== undefined) return envelope.type
  const found = call.type
  const type = MESSAGE_TYPES.find(known => known === found)
  if (type === 'delete' && !envelope.throughSegment) {
    // A write key stands in every page's source: it must not be able to delete people.
    wrongs.push('type: found a deletion, expected it on the webhook or in a signed batch')
    return undefined
  }
  if (type === undefined) {
    const what = typeof found === 'string' ? 'an unknown name' : kindOf(found)
    wrongs.push(`type: found ${what}, expected one of ${MESSAGE_TYPES.join(', ')}`)
  }
  return type
}

function messageIdOf(found: unknown, wrongs: string[]): string | undefined {
  if (found === undefined || found === null || found === '') return undefined
  if (typeof found !== 'string') {
    wrongs.push(`messageId: found ${kindOf(found)}, expected a string`)
  } else if (found.length > MAX_MESSAGE_ID_LENGTH) {
    wrongs.push(`messageId: found ${found.length} characters, expected at most ${MAX_MESSAGE_ID_LENGTH}`)
  } else if (/^log-\d+-\d+$/.test(found)) {
    // Guessable ids: a sender using one could make somebody else's message look like a duplicate.
    wrongs.push('messageId: found the form reserved for messages without one, expected any other')
  } else {
    return found.toWellFormed()
  }
  return undefined
}

/** Whole numbers are taken too: databases number people, and not every library turns that into text. */
function idOf(found: unknown, path: string, wrongs: string[]): string | undefined {
  if (found === undefined || found === null || found === '') return undefined
  if (typeof found === 'string' && found.length <= MAX_ID_LENGTH) return found.toWellFormed()
  if (Number.isSafeInteger(found)) return String(found)
  const what = typeof found === 'string' ? `${found.length} characters` : kindOf(found)
  wrongs.push(`${path}: found ${what}, expected a string of at most ${MAX_ID_LENGTH} characters or a whole number`)
  return undefined
}

function eventOf(found: unknown, { ours }: Envelope, wrongs: string[]): string | undefined {
  if (found === PERMISSION_READ && !ours) {
    // Whoever may send events must not be able to undo what a platform said.
    wrongs.push('event: found a name that is reserved for what is read back, expected any other')
    return undefined
  }
  if (typeof found === 'string' && found !== '') return found.toWellFormed()
  wrongs.push(`event: found ${found === '' ? 'an empty string' : kindOf(found)}, expected the event's name`)
  return undefined
}

/** PHP writes an empty object as `[]`. */
function fieldsOf(found: unknown, path: string, wrongs: string[]): Fields {
  if (isFields(found)) return found
  const empty = found === undefined || found === null || (Array.isArray(found) && found.length === 0)
  if (!empty) wrongs.push(`${path}: found ${kindOf(found)}, expected an object`)
  return {}
}

/** Deletions carry `null` or an array as their context; whatever is not an object counts as empty. */
function contextOf(call: Fields, type: MessageType, envelope: Envelope): MessageContext {
  const own = asFields(call.context)
  const context = envelope.context === undefined ? own : { ...envelope.context, ...own }
  const parsed: Writable<MessageContext> = {
    page: pageOf(asFields(context.page), type === 'page' ? asFields(call.properties) : {}),
    traits: asFields(context.traits),
  }
  const campaign = asFields(context.campaign)
  const timeZone = context.timezone
  const userAgent = context.userAgent ?? context.user_agent
  const preferences = asFields(context.consent).categoryPreferences
  const { source, name } = campaign
  if (typeof source === 'string' || typeof name === 'string') {
    parsed.campaign = { ...(typeof source === 'string' && { source }), ...(typeof name === 'string' && { name }) }
  }
  if (typeof timeZone === 'string' && timeZone !== '') parsed.timeZone = timeZone
  if (typeof userAgent === 'string' && userAgent !== '') parsed.userAgent = userAgent
  // Only a plain `true` is consent.
  if (isFields(preferences)) {
    parsed.consent = Object.fromEntries(
      Object.entries(preferences).map(([category, given]) => [category, given === true]),
    )
  }
  return parsed
}

/** Server libraries put a page call's address into its properties alone. */
function pageOf(page: Fields, properties: Fields): MessageContext['page'] {
  const parsed: Writable<MessageContext['page']> = {}
  for (const name of ['url', 'path', 'title', 'referrer'] as const) {
    const found = page[name] ?? properties[name]
    if (typeof found === 'string' && found !== '') parsed[name] = found
  }
  return parsed
}

function asFields(value: unknown): Fields {
  return isFields(value) ? value : {}
}
