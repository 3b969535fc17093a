/**
 * Segment's runtime for a Destination Function, as documented: a context of its own with a few globals and no import. The
 * globals that ours has no use for (lodash, moment and more) are left out, which is stricter.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createContext, runInContext } from 'node:vm'
import { FUNCTION } from '../../scripts/generate-function.ts'

/** What Segment's own error types mean for the event. */
class RetryError extends Error {
  override readonly name = 'RetryError'
}
class ValidationError extends Error {
  override readonly name = 'ValidationError'
}
class InvalidEventPayload extends Error {
  override readonly name = 'InvalidEventPayload'
}
class EventNotSupported extends Error {
  override readonly name = 'EventNotSupported'
}

export interface FunctionSettings {
  readonly endpoint: string
  readonly keyId: string
  readonly secret: string
}

export interface Verdict {
  readonly status: number
  readonly errormessage?: string
}

/** What became of one call of a handler. A plain error would be a bug: Segment gives the event up. */
export type Outcome =
  | { readonly kind: 'delivered'; readonly verdicts?: readonly Verdict[] }
  | { readonly kind: 'failed'; readonly error: string; readonly message: string }

export interface SegmentFunction {
  readonly handlers: readonly string[]
  /** Calls the handler for the event's type, or the batch handler for a list, as Segment does. */
  call(events: object | readonly object[]): Promise<Outcome>
}

/** Segment's fetch is node-fetch 2. */
const fetch: (address: string, options: RequestOptions) => Promise<unknown> = createRequire(import.meta.url)(
  'node-fetch',
)

interface RequestOptions {
  readonly timeout?: number
}

/**
 * Loads the committed function into a fresh context.
 *
 * @param timeoutMs - where the function asks for a timeout, it gets this one.
 */
export function loadFunction(settings: FunctionSettings, timeoutMs?: number): SegmentFunction {
  const patience = (options: RequestOptions) =>
    options.timeout === undefined || timeoutMs === undefined ? options : { ...options, timeout: timeoutMs }
  const context = createContext({
    crypto: createRequire(import.meta.url)('node:crypto'),
    fetch: (address: string, options: RequestOptions) => fetch(address, patience(options)),
    ...{ RetryError, ValidationError, InvalidEventPayload, EventNotSupported },
  })
  runInContext(readFileSync(FUNCTION, 'utf8'), context)
  const handlers = Object.keys(context).filter(name => /^on[A-Z]/.test(name))
  return {
    handlers,
    async call(events) {
      const handler = Array.isArray(events) ? 'onBatch' : handlerFor(Reflect.get(events, 'type'))
      try {
        const verdicts = await context[handler](structuredClone(events), settings)
        return { kind: 'delivered', ...(verdicts !== undefined && { verdicts: structuredClone(verdicts) }) }
      } catch (error) {
        const { name, message } = error instanceof Error ? error : { name: 'not an error', message: String(error) }
        return { kind: 'failed', error: name, message }
      }
    },
  }
}

function handlerFor(type: unknown): string {
  const word = String(type)
  return `on${word.slice(0, 1).toUpperCase()}${word.slice(1)}`
}
