/**
 * From a request's bytes to messages. With `parse/`, the only place that knows Segment's wire. Pure and deterministic, so
 * that ingest reads from the log exactly what the edge has accepted.
 */
import type { Fields, Message } from './engine/message.ts'
import type { Arrived } from './intake/arrivals.ts'
import type { Call, LoggedEntry, Quarantined } from './intake/log.ts'
import { boundsBroken, isFields, kindOf, readJson } from './parse/json.ts'
import { type Envelope, MAX_MESSAGE_BYTES, parseMessage } from './parse/message.ts'

export type ParsedMessages = readonly { readonly index: number; readonly message: Message }[]

export type ParsedRequest =
  | {
      readonly kind: 'parsed'
      readonly messages: ParsedMessages
      readonly rejected: readonly Quarantined[]
    }
  | { readonly kind: 'unreadable'; readonly reason: string }

/** Segment's documented bound on a batch sent to the tracking API. */
const MAX_BATCH_MESSAGES = 2_500
/** Segment sends at most 4,000; the rest is slack. Without a bound, 5 MB of `1,1,1` would be 2.5 million rejections. */
const MAX_WEBHOOK_MESSAGES = 10_000
/** Begins the placeholder of a message without an id. */
const UNLOGGED = 'unlogged'
/** The calls whose messages come from Segment, or from a sender who may do all that Segment may. Each names its own type. */
const SIGNED: readonly Call[] = ['webhook', 'signed_batch']

/**
 * Reads the messages of one request.
 *
 * @param call - what kind of request the body came with.
 * @param receivedAt - epoch ms on our clock; no message is later.
 * @param position - the request's place in the log, from which a message without an id gets one. Before the request has a
 *   place, such messages get a placeholder that must not be kept.
 * @returns every message or the reason it is refused, or why the body as a whole cannot be read. Never throws.
 */
export function parseRequest(
  call: Call,
  body: Uint8Array,
  receivedAt: number,
  position?: number | string,
): ParsedRequest {
  const json = readJson(body)
  if (json.kind === 'unreadable') return json
  return parseMessages(json.value, { call, receivedAt, ...(position !== undefined && { position }) })
}

/** The messages of one logged request by event time. */
export function messagesOf({ call, body, receivedAt, position, partition }: LoggedEntry): readonly Message[] {
  const place = partition === undefined ? position : `${partition}-${position}`
  const parsed = parseRequest(call, body, receivedAt, place)
  return parsed.kind === 'unreadable' ? [] : byEventTime(parsed.messages)
}

export function arrivedIn(entry: LoggedEntry): Arrived {
  return { position: entry.position, messages: messagesOf(entry) }
}

/**
 * What arrived with a request that was parsed before it had a place in the log.
 *
 * @returns undefined when a message gets its id from that place: then it has to be read again.
 */
export function arrivedAt(position: number, parsed: ParsedMessages): Arrived | undefined {
  if (parsed.some(({ message }) => message.messageId.startsWith(UNLOGGED))) return undefined
  return { position, messages: byEventTime(parsed) }
}

/** Senders and Segment's retries mix them up. */
function byEventTime(parsed: ParsedMessages): readonly Message[] {
  return parsed.map(({ message }) => message).sort((a, b) => a.timestamp - b.timestamp)
}

/** As `parseRequest`, for a body that has been read as JSON already. */
export function parseMessages(
  value: unknown,
  request: { readonly call: Call; readonly receivedAt: number; readonly position?: number | string },
): ParsedRequest {
  const opened = open(request.call, value)
  if (opened.kind === 'unreadable') return opened
  const place = request.position === undefined ? UNLOGGED : `log-${request.position}`
  const envelope: Envelope = {
    receivedAt: request.receivedAt,
    throughSegment: SIGNED.includes(request.call),
    ours: request.call === 'read_back',
    sentAt: opened.sentAt,
    type: typeOf(request.call),
    context: opened.context,
    fallbackId: index => `${place}-${index}`,
  }
  const messages: { index: number; message: Message }[] = []
  const rejected: Quarantined[] = []
  for (const [index, element] of opened.elements.entries()) {
    const parsed = parseMessage(element, index, envelope)
    if (parsed.kind === 'message') messages.push({ index, message: parsed.message })
    else if (parsed.messageId === undefined) rejected.push({ index, reason: parsed.reason })
    else rejected.push({ index, messageId: parsed.messageId, reason: parsed.reason })
  }
  return { kind: 'parsed', messages, rejected }
}

/** The elements of a logged request as they came, each at its index. */
export function elementsIn({ call, body }: Pick<LoggedEntry, 'call' | 'body'>): readonly unknown[] {
  const json = readJson(body)
  return json.kind === 'json' ? elementsOf(call, json.value) : []
}

/** As `elementsIn`, for a body that has been read as JSON already. */
export function elementsOf(call: Call, value: unknown): readonly unknown[] {
  const opened = open(call, value)
  return opened.kind === 'opened' ? opened.elements : []
}

/** Some elements of a request as a request of its kind, with what the one they came in says of all of them. */
export function wrapped(call: Call, value: unknown, elements: readonly unknown[]): unknown {
  const request = rewrapped(call, elements)
  if (call !== 'batch' || !isFields(request) || !isFields(value)) return request
  const { sentAt, context } = value
  return { ...request, ...(sentAt !== undefined && { sentAt }), ...(context !== undefined && { context }) }
}

/** Stands for a message that was taken away: the others keep their places. It is refused like any other unknown type. */
const FORGOTTEN = { type: 'forgotten' } as const

/**
 * A logged request without the messages of somebody who is forgotten.
 *
 * @param names - user ids, anonymous ids and addresses.
 * @returns the new body; undefined when there is nothing of them in it.
 */
export function withoutMessagesOf(
  { call, body }: Pick<LoggedEntry, 'call' | 'body'>,
  names: ReadonlySet<string>,
): Uint8Array | undefined {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  // Most requests are of others, and are not read any further. JSON may write a name another way: then it has a backslash.
  const mayHold = bytes.includes('\\') || [...names].some(name => bytes.includes(name) || holdsLowered(bytes, name))
  if (!mayHold) return undefined
  const elements = elementsIn({ call, body })
  if (!elements.some(element => isOf(element, names))) return undefined
  const left = elements.map(element => (isOf(element, names) ? FORGOTTEN : element))
  return Buffer.from(JSON.stringify(rewrapped(call, left)))
}

/** @returns the messages of a logged request that are about somebody, as they came. */
export function messagesAbout(entry: LoggedEntry, names: ReadonlySet<string>): readonly unknown[] {
  return elementsIn(entry).filter(element => isOf(element, names))
}

/** Addresses are known in lower case. */
function holdsLowered(bytes: Buffer, name: string): boolean {
  return name.includes('@') && bytes.toString('latin1').toLowerCase().includes(name)
}

function rewrapped(call: Call, elements: readonly unknown[]): unknown {
  switch (call) {
    case 'webhook':
    case 'read_back':
      return elements
    case 'signed_batch':
    case 'batch':
      return { batch: elements }
    default:
      return elements[0]
  }
}

function isOf(element: unknown, names: ReadonlySet<string>): boolean {
  if (!isFields(element)) return false
  const traits = [
    element['traits'],
    isFields(element['context']) ? element['context']['traits'] : undefined,
    element['properties'],
  ]
  const contacts = traits.filter(isFields).flatMap(({ email, phone }) => [email, phone])
  const ids = [element['userId'], element['user_id'], element['anonymousId'], element['previousId'], ...contacts]
  return ids.some(
    id =>
      (typeof id === 'string' || typeof id === 'number') &&
      (names.has(String(id)) || names.has(String(id).toLowerCase())),
  )
}

/** @returns the write key a tracking call names in its body, on the envelope or on its first message. */
export function writeKeyIn(value: unknown): string | undefined {
  if (!isFields(value)) return undefined
  if (typeof value.writeKey === 'string') return value.writeKey
  const first: unknown = Array.isArray(value.batch) ? value.batch[0] : undefined
  return isFields(first) && typeof first.writeKey === 'string' ? first.writeKey : undefined
}

/** @returns the type of all messages of a call; undefined where each names its own. */
function typeOf(call: Call): Envelope['type'] {
  return call === 'webhook' || call === 'signed_batch' || call === 'batch' || call === 'read_back' ? undefined : call
}

type Opened =
  | {
      readonly kind: 'opened'
      readonly elements: readonly unknown[]
      readonly sentAt?: unknown
      readonly context: Fields | undefined
    }
  | { readonly kind: 'unreadable'; readonly reason: string }

function open(call: Call, value: unknown): Opened {
  switch (call) {
    case 'webhook':
    case 'read_back':
      return openWebhook(value)
    case 'signed_batch':
      return openSignedBatch(value)
    case 'batch':
      return openBatch(value)
    default:
      if (!isFields(value)) return unreadable('body', kindOf(value), 'an object')
      return { kind: 'opened', elements: [value], context: undefined }
  }
}

function openWebhook(value: unknown): Opened {
  if (isFields(value)) return { kind: 'opened', elements: [unwrapped(value)], context: undefined }
  if (!Array.isArray(value)) return unreadable('body', kindOf(value), 'an object or an array')
  const opened = openEvents('body', value)
  return opened.kind === 'opened' ? { ...opened, elements: opened.elements.map(unwrapped) } : opened
}

/** What Segment says of each event stands in the event; there is nothing around the batch. */
function openSignedBatch(value: unknown): Opened {
  if (!isFields(value)) return unreadable('body', kindOf(value), 'an object with a batch')
  const batch: unknown = value.batch
  return Array.isArray(batch) ? openEvents('batch', batch) : unreadable('batch', kindOf(batch), 'an array')
}

function openEvents(path: string, elements: readonly unknown[]): Opened {
  if (elements.length > MAX_WEBHOOK_MESSAGES)
    return unreadable(path, `${elements.length} messages`, `at most ${MAX_WEBHOOK_MESSAGES}`)
  return { kind: 'opened', elements, context: undefined }
}

function openBatch(value: unknown): Opened {
  if (!isFields(value)) return unreadable('body', kindOf(value), 'an object with a batch')
  const batch: unknown = value.batch
  if (!Array.isArray(batch)) return unreadable('batch', kindOf(batch), 'an array')
  if (batch.length > MAX_BATCH_MESSAGES)
    return unreadable('batch', `${batch.length} messages`, `at most ${MAX_BATCH_MESSAGES}`)
  const context = isFields(value.context) ? value.context : undefined
  const unbounded = boundsBroken(context, MAX_MESSAGE_BYTES)
  if (unbounded !== undefined) return { kind: 'unreadable', reason: `context: ${unbounded}` }
  return { kind: 'opened', elements: batch, sentAt: value.sentAt, context }
}

/** Segment's Extensible Webhook wraps each event of a batch as `{"json": event}`. */
function unwrapped(element: unknown): unknown {
  if (!isFields(element) || !('json' in element)) return element
  return Object.keys(element).length === 1 ? element.json : element
}

function unreadable(path: string, found: string, expected: string): Opened {
  return { kind: 'unreadable', reason: `${path}: found ${found}, expected ${expected}` }
}
