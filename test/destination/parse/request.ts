/** Requests for the parser, written as what they carry. */
import type { Message } from '../../../src/destination/engine/message.ts'
import type { Call } from '../../../src/destination/intake/log.ts'
import { type ParsedRequest, parseRequest } from '../../../src/destination/parse.ts'

/** 2026-11-21T00:51:42.900Z: shortly after the captured requests were sent. */
export const RECEIVED_AT = 1_795_222_302_900

export function parsed(call: Call, body: unknown, position?: number): ParsedRequest & { kind: 'parsed' } {
  const request = parseRequest(call, Buffer.from(JSON.stringify(body)), RECEIVED_AT, position)
  if (request.kind === 'unreadable') throw new Error(request.reason)
  return request
}

/** The only message of a request that has one. */
export function message(call: Call, body: unknown, position?: number): Message {
  const { messages, rejected } = parsed(call, body, position)
  const [first] = messages
  if (first === undefined || messages.length > 1) throw new Error(JSON.stringify({ messages, rejected }))
  return first.message
}

/** Why the only message of a request is refused. */
export function reason(call: Call, body: unknown): string {
  const { messages, rejected } = parsed(call, body)
  const [first] = rejected
  if (first === undefined || messages.length > 0) throw new Error(JSON.stringify({ messages, rejected }))
  return first.reason
}

export function unreadable(call: Call, body: string | Uint8Array): string | undefined {
  const request = parseRequest(call, typeof body === 'string' ? Buffer.from(body) : body, RECEIVED_AT)
  return request.kind === 'unreadable' ? request.reason : undefined
}

export const TRACK = { type: 'track', event: 'Product Viewed', userId: 'u-1', messageId: 'm-1' } as const
