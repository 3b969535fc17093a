/**
 * A request as records of the topic, and back. A topic is ordered within a partition, and a partition is chosen by a record's
 * key: so a request is taken apart by who its messages are about. Each part is again a request of its kind.
 */

import { readJson } from '../../parse/json.ts'
import type { ParsedMessages } from '../../parse.ts'
import { elementsOf, wrapped } from '../../parse.ts'
import { CALLS, type LogEntry, type LoggedEntry, type Quarantined } from '../log.ts'

export interface TopicRecord {
  readonly key: string
  readonly value: Uint8Array
  readonly headers: Readonly<Record<string, string>>
}

/** What comes back of a record. */
export interface ReadRecord {
  readonly value: Uint8Array
  readonly headers: ReadonlyMap<string, string>
}

export interface Taken {
  readonly entry: LoggedEntry & { readonly partition: number }
  /** The message in it that was refused: its only one. */
  readonly refused?: Omit<Quarantined, 'index'>
}

/** Brokers take a megabyte by default, and one message is 32 KB at most. */
const MOST_BYTES = 500_000

/**
 * @param parsed - what was read from it already.
 * @param value - the body as JSON, where it has been read; absent: it is read here.
 */
export function toRecords(
  entry: LogEntry,
  quarantined: readonly Quarantined[],
  parsed: ParsedMessages,
  value: unknown = jsonOf(entry),
): readonly TopicRecord[] {
  const elements = elementsOf(entry.call, value)
  const headers = { call: entry.call, 'received-at': String(entry.receivedAt) }
  if (elements.length === 1 && parsed.length === 1)
    return parsed.map(({ message }) => ({ key: keyOf(message), value: entry.body, headers }))
  const parts = new Map<string, unknown[]>()
  for (const { index, message } of parsed) {
    const key = keyOf(message)
    const part = parts.get(key)
    if (part === undefined) parts.set(key, [elements[index]])
    else part.push(elements[index])
  }
  const bodyOf = (part: readonly unknown[]) => Buffer.from(JSON.stringify(wrapped(entry.call, value, part)))
  const taken = [...parts].flatMap(([key, part]) => chunks(part).map(chunk => ({ key, value: bodyOf(chunk), headers })))
  const refused = quarantined.map(({ index, messageId, reason }) => ({
    key: '',
    value: bodyOf([elements[index]]),
    headers: { ...headers, refused: JSON.stringify({ messageId, reason }) },
  }))
  return [...taken, ...refused]
}

/** @param position - one more than its offset: 0 means that nothing was taken in yet. */
export function fromRecord({ value, headers }: ReadRecord, partition: number, position: number): Taken {
  const call = CALLS.find(call => call === headers.get('call')) ?? 'webhook'
  const entry = { position, partition, call, receivedAt: Number(headers.get('received-at') ?? 0), body: value }
  const refused = headers.get('refused')
  return refused === undefined ? { entry } : { entry, refused: JSON.parse(refused) }
}

/** The anonymous id stays what it is when somebody signs in; an alias is ordered with whom it makes known. */
function keyOf({ anonymousId, userId, previousId }: ParsedMessages[number]['message']): string {
  return anonymousId ?? userId ?? previousId ?? ''
}

function jsonOf({ body }: LogEntry): unknown {
  const json = readJson(body)
  return json.kind === 'json' ? json.value : undefined
}

function chunks(elements: readonly unknown[]): readonly (readonly unknown[])[] {
  const found: unknown[][] = []
  let bytes = 0
  for (const element of elements) {
    const size = elements.length === 1 ? 0 : JSON.stringify(element).length
    const last = found.at(-1)
    bytes += size
    if (last !== undefined && bytes <= MOST_BYTES) last.push(element)
    else {
      found.push([element])
      bytes = size
    }
  }
  return found
}
