/** The one place where a connector speaks HTTP: one attempt, bounded in time and size, its answer as a value. */
import type { Outcome } from './connector.ts'
import { isThrottling, meaningOf } from './status.ts'

/** Long enough for a platform under load (Klaviyo's slowest answers take seconds), short enough to free the lane. */
const DEFAULT_TIMEOUT_MS = 10_000
/** The largest answer we cause is one profile of at most 100 KB; ten times that is no answer to us. */
const MAX_REPLY_BYTES = 1_048_576
/** A platform may ask for a day; an operator who has fixed the cause should not wait longer than this. */
const MAX_RETRY_AFTER_MS = 3_600_000
/** Room for two sentences; some platforms answer with pages of hints. */
const MAX_REASON_LENGTH = 300
/** Shorter identifiers occur inside ordinary words, so cutting them out would only garble the reason. */
const MIN_SECRET_LENGTH = 4

export interface RequestDeps {
  /** Default the global one. */
  readonly fetch?: typeof fetch
  /** For one attempt, from connecting to the last byte, ms. Default 10,000. */
  readonly timeoutMs?: number
  /** Epoch ms, for a `Retry-After` given as a date. Default the real clock. */
  readonly now?: () => number
  /** Asked before every attempt. Default: it may. */
  readonly mayCall?: () => boolean
  /** Told of every attempt once it has ended. Default: nobody. */
  readonly onCall?: (call: Call) => void
}

/** An attempt that has ended, as whoever keeps to the platform's limits sees it. */
export interface Call {
  readonly path: string
  /** The answer's header of that name; null when there is none, or no answer. */
  readonly header: (name: string) => string | null
}

export interface PlatformRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** Absent for a request that only reads. */
  readonly body?: string
  /** What a success carries: a body, nothing at all, or whatever the receiver likes, but for a web page. */
  readonly answers: 'json' | 'nothing' | 'anything'
  /** Where the platform says how long to wait, beside `Retry-After`. Names in lower case. */
  readonly waitHeaders?: {
    /** A delay in whole seconds. */
    readonly seconds: string
    /** The UTC second at which the limit's window ends; it comes with every answer and counts when one is throttled. */
    readonly epochSeconds: string
  }
}

/** One attempt's end. */
export type Reply =
  | { readonly kind: 'answered'; readonly status: number; readonly body: ReplyBody; readonly afterMs?: number }
  /** No whole answer came. Unless the request cannot have arrived, nobody knows whether the platform acted on it. */
  | { readonly kind: 'unanswered'; readonly reason: string; readonly mayHaveArrived: boolean }

/** What stood in an answer. `page` is anything else where JSON was due, a web page as a rule. */
type ReplyBody =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'empty' }
  /** Plain words, where anything may be answered. */
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'page' }

export interface Reading {
  /** Finds the platform's own words in its error body. */
  readonly words: (body: unknown) => string | undefined
  /** Never to appear in a reason: the key, the person's identifiers. */
  readonly secrets: readonly string[]
}

/** Makes one attempt. Never throws and never tries again: when to, the dispatcher decides. */
export async function send(request: PlatformRequest, deps: RequestDeps = {}): Promise<Reply> {
  const { timeoutMs = DEFAULT_TIMEOUT_MS, now = Date.now } = deps
  if (deps.mayCall?.() === false)
    return { kind: 'unanswered', reason: 'this process was away, and another one sends it', mayHaveArrived: false }
  let header: Call['header'] = () => null
  try {
    const { method, headers, body } = request
    const signal = AbortSignal.timeout(timeoutMs)
    const asked = { method, headers, signal, redirect: 'manual' as const, ...(body !== undefined && { body }) }
    const response = await (deps.fetch ?? fetch)(request.url, asked)
    header = name => response.headers.get(name)
    const text = await boundedText(response)
    if (text === undefined) {
      const reason = `the answer was larger than ${MAX_REPLY_BYTES} bytes`
      return { kind: 'unanswered', reason, mayHaveArrived: true }
    }
    const afterMs = waitAskedBy(response, request, now())
    const answered = {
      kind: 'answered',
      status: response.status,
      body: bodyOf(text, request, response.status),
    } as const
    return afterMs === undefined ? answered : { ...answered, afterMs }
  } catch (error) {
    return { kind: 'unanswered', reason: whyUnanswered(error, timeoutMs), mayHaveArrived: !neverConnected(error) }
  } finally {
    deps.onCall?.({ path: URL.parse(request.url)?.pathname ?? '', header })
  }
}

/** @returns the JSON an answer carries, or undefined where it carries none. */
export function jsonOf(reply: Reply): unknown {
  return reply.kind === 'answered' && reply.body.kind === 'json' ? reply.body.value : undefined
}

/** @returns what became of the delivery, by the status table; the reason is the platform's words without secrets. */
export function outcomeOf(reply: Reply, { words, secrets }: Reading): Outcome {
  if (reply.kind === 'unanswered') return { kind: 'retry', reason: reply.reason }
  const { status, afterMs } = reply
  const kind = meaningOf(status, reply.body.kind === 'page')
  if (kind === 'delivered') return { kind }
  const reason = toReason(`${status} ${saidIn(reply.body, words)}`.trim(), secrets)
  if (kind !== 'retry') return { kind, reason }
  const wait = afterMs === undefined ? {} : { afterMs }
  return isThrottling(status, afterMs) ? { kind, reason, ...wait, throttled: true } : { kind, reason, ...wait }
}

/** @returns a platform's words as they may be kept and shown: without secrets and addresses, and not too long. */
export function toReason(words: string, secrets: readonly string[]): string {
  return clip(withoutSecrets(words, secrets))
}

async function boundedText(response: Response): Promise<string | undefined> {
  const decoder = new TextDecoder()
  let bytes = 0
  let text = ''
  // Leaving the loop early cancels the body, which closes the connection.
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > MAX_REPLY_BYTES) return undefined
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

/** The type a page is sent with tells nothing: much that answers "ok" calls that HTML. */
const PAGE = /^\s*<(!doctype|html)/i

function bodyOf(text: string, request: PlatformRequest, status: number): ReplyBody {
  const success = status >= 200 && status <= 299
  if (text.trim() === '') return success && request.answers === 'json' ? { kind: 'page' } : { kind: 'empty' }
  try {
    return { kind: 'json', value: JSON.parse(text) }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return request.answers === 'anything' && !PAGE.test(text) ? { kind: 'text', value: text } : { kind: 'page' }
  }
}

function saidIn(body: ReplyBody, words: Reading['words']): string {
  if (body.kind === 'page') return 'something other than JSON came back'
  return body.kind === 'empty' ? '' : (words(body.value) ?? '')
}

function waitAskedBy({ headers, status }: Response, { waitHeaders }: PlatformRequest, now: number): number | undefined {
  const standard = retryAfter(headers.get('retry-after'), now)
  if (standard !== undefined || waitHeaders === undefined) return standard
  const delay = wholeSeconds(headers.get(waitHeaders.seconds))
  if (delay !== undefined) return bounded(delay)
  const end = status === 429 ? wholeSeconds(headers.get(waitHeaders.epochSeconds)) : undefined
  return end === undefined ? undefined : bounded(end - now)
}

/** @returns ms. */
function wholeSeconds(header: string | null): number | undefined {
  return header !== null && /^\d+$/.test(header) ? Number(header) * 1000 : undefined
}

function bounded(ms: number): number {
  return Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS)
}

/**
 * @param header - delay in whole seconds or an HTTP date (RFC 9110, 10.2.3).
 * @returns ms to wait, 0 to one hour; absent when the header is, or makes no sense.
 */
function retryAfter(header: string | null, now: number): number | undefined {
  if (header === null || header === '') return undefined
  const ms = wholeSeconds(header) ?? Date.parse(header) - now
  return Number.isNaN(ms) ? undefined : bounded(ms)
}

/** Only names and system codes: the message of a failed `fetch` may quote a header, and so the key. */
function whyUnanswered(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return 'the request failed'
  if (error.name === 'TimeoutError') return `no whole answer within ${timeoutMs} ms`
  return `the connection failed (${systemCode(error.cause) ?? error.name})`
}

/** Ways to fail before a byte of the request has left. */
const NEVER_CONNECTED = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']

function neverConnected(error: unknown): boolean {
  return error instanceof Error && NEVER_CONNECTED.includes(systemCode(error.cause) ?? '')
}

function systemCode(cause: unknown): string | undefined {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  return typeof code === 'string' && /^[A-Z0-9_]+$/.test(code) ? code : undefined
}

function withoutSecrets(reason: string, secrets: readonly string[]): string {
  const known = secrets
    .filter(secret => secret.length >= MIN_SECRET_LENGTH)
    .reduce((text, secret) => text.replaceAll(secret, '[removed]'), reason)
  return known.replace(/[^\s"'<>()]+@[^\s"'<>()]+/g, '[removed]')
}

function clip(reason: string): string {
  return reason.length > MAX_REASON_LENGTH ? `${reason.slice(0, MAX_REASON_LENGTH - 1)}…` : reason
}
