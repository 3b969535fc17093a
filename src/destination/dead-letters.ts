/**
 * What was given up and kept: messages that could not be read, and deliveries that a platform refused for good. Tried again
 * as they were, by whoever has put right what was wrong.
 */
import { hintFor } from './delivery/hint.ts'
import type { Call, LogEntry, LoggedEntry, Quarantined } from './intake/log.ts'
import type { QuarantinedEntry, SqliteLog } from './intake/sqlite.ts'
import { elementsIn, parseRequest } from './parse.ts'
import type { DeliveryRecord, Store } from './store/store.ts'

export const DEAD_LETTER_KINDS = ['deliveries', 'messages'] as const
export type DeadLetterKind = (typeof DEAD_LETTER_KINDS)[number]

export interface DeadLetter {
  /** Of a delivery its own; of a message its request's place in the log and its own in the request, such as `12.0`. */
  readonly id: string
  readonly kind: DeadLetterKind
  /** When it was given up, or came in; ISO 8601. */
  readonly at: string
  /** In the platform's words, or what was wrong, where, and what was expected. */
  readonly reason: string
  /** What to do about it. */
  readonly hint?: string
  readonly connector?: string
  /** A delivery's kind and name, or the kind of call a message came with. */
  readonly what: string
  /** What was to be written, or the message as it came. */
  readonly content: unknown
}

export interface Chosen {
  readonly kind: DeadLetterKind
  readonly connector?: string
  /** Absent: all. */
  readonly ids?: readonly string[]
}

/** What became of those that were chosen. */
export interface Retried {
  readonly retried: number
  readonly refused: readonly { readonly id: string; readonly why: string }[]
}

export interface DeadLetters {
  /** Newest first. */
  list(chosen: Chosen, limit: number): Promise<readonly DeadLetter[]>
  retry(chosen: Chosen): Promise<Retried>
  /** @returns how many were put away. */
  discard(chosen: Chosen): Promise<number>
}

/** Messages that were refused, and kept. */
export interface Quarantine {
  /** Newest first. */
  list(limit: number): Promise<readonly RefusedMessage[]>
}

export interface RefusedMessage {
  readonly id: string
  readonly reason: string
  /** Epoch ms. */
  readonly receivedAt: number
  /** @returns undefined when its request is not there any more. */
  content(): Promise<Content | undefined>
  /** Takes it out. */
  release(): Promise<void>
}

/** A message as it came, and the request it came with. */
export interface Content {
  readonly entry: LogEntry
  readonly element: unknown
}

export interface DeadLettersDeps {
  readonly quarantine: Quarantine
  readonly store: Pick<Store, 'deliveries' | 'retryDead' | 'discardDead'>
  readonly append: (entry: LogEntry, quarantined: readonly Quarantined[]) => Promise<unknown>
  /** Epoch ms. */
  readonly now: () => number
}

/** At once: more are asked for again. */
const MOST = 100_000

export function createDeadLetters({ quarantine, store, append, now }: DeadLettersDeps): DeadLetters {
  const deliveries = async ({ connector, ids }: Chosen, limit: number) => {
    const wanted = ids && new Set(ids)
    const found = await store.deliveries(
      { status: 'dead' },
      wanted === undefined && connector === undefined ? limit : MOST,
    )
    const fits = (one: DeliveryRecord) =>
      (connector === undefined || one.connector === connector) && (wanted?.has(one.id) ?? true)
    return found.filter(fits).slice(0, limit)
  }
  const messages = async ({ ids }: Chosen, limit: number) => {
    const wanted = ids && new Set(ids)
    const found = await quarantine.list(wanted === undefined ? limit : MOST)
    return found.filter(({ id }) => wanted?.has(id) ?? true).slice(0, limit)
  }
  /** @returns why not; undefined when it is in the log again. */
  const retryMessage = async (refused: RefusedMessage): Promise<string | undefined> => {
    const content = await refused.content()
    if (content === undefined) return 'its request is not in the log any more'
    const entry = alone(content, refused.id)
    const parsed = parseRequest(entry.call, entry.body, entry.receivedAt)
    if (parsed.kind === 'unreadable') return parsed.reason
    const [rejected] = parsed.rejected
    if (rejected !== undefined) return rejected.reason
    await append(entry, [])
    await refused.release()
    return undefined
  }
  return {
    list: async (chosen, limit) => {
      if (chosen.kind === 'deliveries') return (await deliveries(chosen, limit)).map(ofDelivery)
      const found = await messages(chosen, limit)
      const letters: DeadLetter[] = []
      for (const one of found) letters.push(ofMessage(one, await one.content()))
      return letters
    },
    retry: async chosen => {
      if (chosen.kind === 'deliveries') {
        const ids = (await deliveries(chosen, MOST)).map(({ id }) => id)
        const refused = await store.retryDead(ids, now())
        return { retried: ids.length - refused.length, refused }
      }
      const refused: { id: string; why: string }[] = []
      let retried = 0
      for (const one of (await messages(chosen, MOST)).toReversed()) {
        const why = await retryMessage(one)
        if (why === undefined) retried += 1
        else refused.push({ id: one.id, why })
      }
      return { retried, refused }
    },
    discard: async chosen => {
      if (chosen.kind === 'deliveries') {
        const ids = (await deliveries(chosen, MOST)).map(({ id }) => id)
        await store.discardDead(ids, now())
        return ids.length
      }
      const found = await messages(chosen, MOST)
      for (const one of found) await one.release()
      return found.length
    },
  }
}

export function quarantineOf(log: Pick<SqliteLog, 'quarantine' | 'read' | 'release'>): Quarantine {
  /** Thousands may be of one request, which stand together: it is read once. */
  let last: { readonly entry: LoggedEntry; readonly elements: readonly unknown[] } | undefined
  const contentOf = async ({ position, index }: QuarantinedEntry): Promise<Content | undefined> => {
    if (last?.entry.position !== position) {
      const [entry] = await log.read(position - 1, 1)
      if (entry?.position !== position) return undefined
      last = { entry, elements: elementsIn(entry) }
    }
    return { entry: last.entry, element: last.elements[index] }
  }
  return {
    list: async limit => {
      last = undefined
      return (await log.quarantine(limit)).map(one => ({
        id: `${one.position}.${one.index}`,
        ...{ reason: one.reason, receivedAt: one.receivedAt },
        content: () => contentOf(one),
        release: () => log.release(one.position, one.index),
      }))
    },
  }
}

/** The message by itself, as a request that may do what the one it came with could. */
export function alone({ entry, element }: Content, id: string): LogEntry {
  const { call, receivedAt } = entry
  // With an id, whatever is done twice counts once.
  const message =
    isObject(element) && !('messageId' in element)
      ? { messageId: `retried-${id.replace('.', '-')}`, ...element }
      : element
  const bodies: Partial<Record<Call, unknown>> = {
    webhook: [message],
    read_back: [message],
    signed_batch: { batch: [message] },
    batch: { batch: [message] },
  }
  return { call, receivedAt, body: Buffer.from(JSON.stringify(bodies[call] ?? message)) }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function ofDelivery(record: DeliveryRecord): DeadLetter {
  const { id, connector, kind, name, reason = '', settledAt, plannedAt, properties, traits } = record
  const hint = hintFor(record)
  return {
    ...{ id, kind: 'deliveries' as const, connector, reason },
    at: new Date(settledAt ?? plannedAt).toISOString(),
    what: name === undefined ? kind : `${kind} ${name}`,
    ...(hint !== undefined && { hint }),
    content: { ...(properties !== undefined && { properties }), traits },
  }
}

function ofMessage(quarantined: RefusedMessage, found: Content | undefined): DeadLetter {
  return {
    ...{ id: quarantined.id, kind: 'messages' as const, reason: quarantined.reason },
    at: new Date(quarantined.receivedAt).toISOString(),
    what: found?.entry.call ?? 'no longer in the log',
    content: found?.element ?? null,
  }
}
