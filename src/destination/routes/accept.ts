/** What webhook, signed batch and tracking API share: read, check who sends, parse, make durable, answer. */
import type { Request, Response } from 'express'
import type { SegmentSettings } from '../config.ts'
import type { Kept } from '../feedback/keep.ts'
import type { Call, LogEntry, Quarantined } from '../intake/log.ts'
import { type Hide, hideAnonymousIds } from '../parse/hide.ts'
import { readJson } from '../parse/json.ts'
import { type ParsedMessages, parseMessages } from '../parse.ts'
import type { Denial } from './authenticate.ts'
import { readBody } from './body.ts'
import type { Limits } from './limits.ts'
import { type RefusalCode, refuse } from './reply.ts'
import type { Turns } from './turns.ts'

/** What happened at the edge, for logs and counters. Never a payload, a key or an address. */
export type EdgeEvent =
  | {
      readonly kind: 'request accepted'
      readonly call: Call
      /** Messages that will be acted on. */
      readonly accepted: number
      /** Messages kept in quarantine. */
      readonly rejected: number
      readonly bytes: number
      /** From the first look at it to its being on disk, ms. */
      readonly tookMs: number
      /** The sender's place in a trace of theirs, as they say it. */
      readonly traceparent?: string
    }
  | ({ readonly kind: 'feedback taken'; readonly platform: string } & Kept)
  /** The platform tells its own id of somebody, and could not be asked who that is. */
  | { readonly kind: 'feedback not read'; readonly platform: string; readonly reason: string }
  | { readonly kind: 'request refused'; readonly status: number; readonly code: RefusalCode }
  /** The sender hung up before its body was complete. */
  | { readonly kind: 'request aborted' }
  | { readonly kind: 'append failed'; readonly error: unknown }
  /** A bug of ours; the sender got a 500. */
  | { readonly kind: 'request failed'; readonly error: unknown }

export interface IntakeDeps {
  /** Makes a request durable, and hands on what was read from it. Rejects when the disk refuses. */
  readonly append: (
    entry: LogEntry,
    quarantined: readonly Quarantined[],
    read: { readonly messages: ParsedMessages; readonly value: unknown },
  ) => Promise<unknown>
  readonly settings: SegmentSettings
  /** Epoch ms. */
  readonly now: () => number
  /** Whether the backlog is above its bound. */
  readonly overloaded: () => boolean
  readonly limits: Limits
  readonly turns: Turns
  /** Where anonymous ids are kept as hashes only. */
  readonly hide?: Hide
  readonly onEvent: (event: EdgeEvent) => void
}

/** What differs between the routes. */
export interface Entrance {
  readonly call: Call
  /** The most bytes of a body. */
  readonly maxBytes: number
  readonly whenOverloaded: RefusalCode
  /** Anybody who reads a page's source may send here: each address only so much. */
  readonly isOpen: boolean
  /** Who may not send. */
  readonly deny: (asked: Asked) => Denial
  /** Says that a request is durable, and which of its messages were refused. */
  readonly answer: (response: Response, accepted: number, rejected: readonly Quarantined[]) => void
}

export interface Asked {
  readonly request: Request
  /** The raw bytes. */
  readonly body: Uint8Array
  /** Reads the body as JSON, undefined when it is none; unsigned bytes need not be read that way. */
  readonly value: () => unknown
}

/**
 * Answers 200 once the request is durable.
 *
 * @returns whether something of it was kept: not what was refused, and not an empty batch.
 */
export async function accept(
  deps: IntakeDeps,
  entrance: Entrance,
  exchange: { request: Request; response: Response },
): Promise<boolean> {
  const { request, response } = exchange
  const refusal = (code: RefusalCode, reason?: string): false => {
    const status = refuse(response, code, reason)
    deps.onEvent({ kind: 'request refused', status, code })
    return false
  }
  const receivedAt = deps.now()
  const { limits } = deps
  if (entrance.isOpen && limits.isTooFast(request, receivedAt)) return refusal('too_fast')
  if (deps.overloaded()) return refusal(entrance.whenOverloaded)
  const room = roomFor(request, entrance.maxBytes)
  if (!limits.reserve(room)) return refusal(entrance.whenOverloaded)
  try {
    return await take(deps, entrance, { exchange, refusal, receivedAt })
  } finally {
    limits.release(room)
  }
}

/** What a body may come to in memory: as long as it says, or as it may be. */
function roomFor({ headers }: Request, maxBytes: number): number {
  const said = Number(headers['content-length'])
  return headers['content-encoding'] === undefined && said <= maxBytes ? said : maxBytes
}

async function take(
  deps: IntakeDeps,
  entrance: Entrance,
  {
    exchange: { request, response },
    refusal,
    receivedAt,
  }: {
    readonly exchange: { readonly request: Request; readonly response: Response }
    readonly refusal: (code: RefusalCode, reason?: string) => false
    readonly receivedAt: number
  },
): Promise<boolean> {
  const body = await readBody(request, entrance.maxBytes)
  if (body.kind === 'aborted') {
    deps.onEvent({ kind: 'request aborted' })
    return false
  }
  if (body.kind === 'refused') return refusal(body.code)

  const read = await deps.turns(() => readMessages({ entrance, request, body: body.bytes, receivedAt }, deps.hide))
  if (read.kind === 'refused') return refusal(read.code, read.reason)
  const { messages, rejected, value } = read
  // An empty batch holds nothing to keep.
  const isEmpty = messages.length + rejected.length === 0
  if (!isEmpty) {
    try {
      await deps.append({ call: entrance.call, receivedAt, body: read.body }, rejected, { messages, value })
    } catch (error) {
      deps.onEvent({ kind: 'append failed', error })
      return refusal('not_stored')
    }
  }
  entrance.answer(response, messages.length, rejected)
  const { traceparent } = request.headers
  deps.onEvent({
    kind: 'request accepted',
    call: entrance.call,
    accepted: messages.length,
    rejected: rejected.length,
    bytes: body.bytes.byteLength,
    tookMs: deps.now() - receivedAt,
    ...(typeof traceparent === 'string' && { traceparent }),
  })
  return !isEmpty
}

type Read =
  | {
      readonly kind: 'read'
      /** As it is kept. */
      readonly body: Uint8Array
      /** The same, read as JSON. */
      readonly value: unknown
      readonly messages: ParsedMessages
      readonly rejected: readonly Quarantined[]
    }
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly reason?: string }

interface Sent {
  readonly entrance: Entrance
  readonly request: Request
  readonly body: Uint8Array
  readonly receivedAt: number
}

/** Checks who sends, and reads what was sent. */
function readMessages({ entrance: { call, deny }, request, body, receivedAt }: Sent, hide: Hide | undefined): Read {
  const read = once(() => readJson(body))
  const value = () => {
    const json = read()
    return json.kind === 'json' ? json.value : undefined
  }
  const denial = deny({ request, body, value })
  if (denial !== undefined) return { kind: 'refused', code: denial }
  const json = read()
  if (json.kind === 'unreadable') return { kind: 'refused', code: 'not_json', reason: json.reason }
  const kept = hide === undefined ? json.value : hideAnonymousIds(json.value, hide)
  const parsed = parseMessages(kept, { call, receivedAt })
  if (parsed.kind === 'unreadable') return { kind: 'refused', code: 'not_json', reason: parsed.reason }
  const { messages, rejected } = parsed
  return {
    kind: 'read',
    body: hide === undefined ? body : Buffer.from(JSON.stringify(kept)),
    value: kept,
    messages,
    rejected,
  }
}

/** Runs `make` at the first call and remembers what it made. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
