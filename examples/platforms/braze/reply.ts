/** Braze's answers and headers. */
import type { Answer } from '../exchange.ts'
import type { RateVerdict } from '../rate-windows.ts'
import type { ObjectError, TrackInput } from './input.ts'

/** Contracts by requests tell their window with every answer; those by monthly active users only how long to wait. */
export type Plan = 'requests' | 'active-users'

/** The key's message is published; of the others only that there is one. */
const MESSAGES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Invalid API Key',
  403: 'The API key has no permission for this endpoint',
  404: 'Not found',
  405: 'Method not allowed',
  413: 'Request too large',
  429: 'Rate limit exceeded',
  500: 'Internal server error',
  503: 'Service unavailable',
}

/** A call that was taken, if only in part. */
export function processed({ attributes, events, errors }: TrackInput, headers: Answer['headers']): Answer {
  const body = {
    message: 'success',
    ...(attributes.length === 0 ? {} : { attributes_processed: attributes.length }),
    ...(events.length === 0 ? {} : { events_processed: events.length }),
    ...(errors.length === 0 ? {} : { errors }),
  }
  return json(201, body, headers)
}

/** Users that were asked for. */
export function exportedAs(body: object, headers: Answer['headers']): Answer {
  return json(201, body, headers)
}

/** An identification that was taken: how many profiles were named, whether or not they were there. */
export function identified(count: number, headers: Answer['headers']): Answer {
  return json(201, { aliases_processed: count, message: 'success' }, headers)
}

/** A deletion that was taken: how many of the named users there are. */
export function deleted(count: number, headers: Answer['headers']): Answer {
  return json(201, { deleted: count, message: 'success' }, headers)
}

/** A call of which nothing was taken. */
export function refused(
  status: number,
  message: string = MESSAGES[status] ?? 'Error',
  errors: readonly ObjectError[] = [],
): Answer {
  return json(status, { message, errors })
}

/** @param retryAfterS - whole seconds. */
export function refusal(plan: Plan, now: number, retryAfterS: number): Answer {
  const headers =
    plan === 'requests'
      ? rateHeaders({ limit: 3_000, remaining: 0, resetS: retryAfterS }, now)
      : { 'X-Ratelimit-Retry-After': String(retryAfterS) }
  return json(429, { message: MESSAGES[429] }, headers)
}

export function rateHeaders(
  { limit, remaining, resetS }: Pick<RateVerdict, 'limit' | 'remaining' | 'resetS'>,
  now: number,
): Answer['headers'] {
  return {
    'X-RateLimit-Limit': String(limit),
    'X-RateLimit-Remaining': String(remaining),
    'X-RateLimit-Reset': String(Math.floor(now / 1000) + resetS),
  }
}

function json(status: number, body: unknown, headers: Answer['headers'] = {}): Answer {
  return { status, headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(body) }
}
