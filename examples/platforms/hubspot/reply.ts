/** HubSpot's answers: JSON, and errors in its wording. */
import { randomUUID } from 'node:crypto'
import type { Answer } from '../exchange.ts'

export function json(status: number, body: unknown, headers: Answer['headers'] = {}): Answer {
  return {
    status,
    headers: { 'Content-Type': 'application/json;charset=utf-8', ...headers },
    body: JSON.stringify(body),
  }
}

/** An event's 204: accepted, with nothing to say. */
export const ACCEPTED: Answer = { status: 204, headers: {}, body: '' }

export interface Mistake {
  readonly category: string
  readonly message: string
  readonly errors?: readonly object[]
}

export function refused(status: number, { category, message, errors }: Mistake): Answer {
  return json(status, {
    status: 'error',
    message,
    correlationId: randomUUID(),
    category,
    ...(errors !== undefined && { errors }),
  })
}

export function invalid(message: string): Answer {
  return refused(400, { category: 'VALIDATION_ERROR', message })
}

export function missingScopes(scopes: readonly string[]): Answer {
  return refused(403, {
    category: 'MISSING_SCOPES',
    message: "This app hasn't been granted all required scopes to make this call.",
    errors: [
      {
        message: 'One or more of the following scopes are required.',
        context: { requiredGranularScopes: scopes },
      },
    ],
  })
}

/** The three limits by the name HubSpot gives them. */
export type RatePolicy = 'TEN_SECONDLY_ROLLING' | 'SECONDLY' | 'DAILY'

export function throttled(policyName: RatePolicy, headers: Answer['headers'] = {}): Answer {
  const body = {
    status: 'error',
    message: `You have reached your ${policyName.toLowerCase()} limit.`,
    errorType: 'RATE_LIMIT',
    correlationId: randomUUID(),
    policyName,
    groupName: 'publicapi:private-apps-api-call-limit:1',
  }
  return json(429, body, headers)
}

/** Words by status, for faults; of these only the shape is published. */
const WORDS: Readonly<Record<number, Mistake>> = {
  400: { category: 'VALIDATION_ERROR', message: 'Invalid input JSON' },
  401: { category: 'EXPIRED_AUTHENTICATION', message: 'Authentication credentials not found or expired.' },
  404: { category: 'OBJECT_NOT_FOUND', message: 'resource not found' },
  405: { category: 'VALIDATION_ERROR', message: 'Method not allowed' },
  409: { category: 'CONFLICT', message: 'Conflict' },
  413: { category: 'VALIDATION_ERROR', message: 'Payload too large' },
  415: { category: 'VALIDATION_ERROR', message: 'Unsupported media type' },
  423: { category: 'LOCKED', message: 'The record is being changed.' },
  477: { category: 'MIGRATION', message: 'The account is being moved.' },
}

/** @param retryAfterS - whole seconds. */
export function refusal(status: number, retryAfterS?: number): Answer {
  const wait: Answer['headers'] = retryAfterS === undefined ? {} : { 'Retry-After': String(retryAfterS) }
  if (status === 429) return throttled('TEN_SECONDLY_ROLLING', wait)
  if (status === 403) return missingScopes([])
  const answer = refused(status, WORDS[status] ?? { category: 'INTERNAL_ERROR', message: 'internal error' })
  return { ...answer, headers: { ...answer.headers, ...wait } }
}
