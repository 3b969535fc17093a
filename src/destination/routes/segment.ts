/** `POST /segment`: what Segment's webhook destinations send. */
import type { RequestHandler } from 'express'
import { accept, type Entrance, type IntakeDeps } from './accept.ts'
import { denyUnsigned } from './authenticate.ts'
import { succeedInPart } from './reply.ts'

/** Segment's batches: 4 MB by its framework's default, and room for the wrapping. */
export const MAX_WEBHOOK_BYTES = 5_000_000

export function createSegmentRoute(deps: IntakeDeps): RequestHandler {
  const entrance: Entrance = {
    call: 'webhook',
    maxBytes: MAX_WEBHOOK_BYTES,
    // Segment tries again for four hours after a 5xx.
    whenOverloaded: 'overloaded',
    isOpen: false,
    deny: ({ request, body }) => denyUnsigned(request, body, deps.settings),
    answer: succeedInPart,
  }
  return async (request, response) => {
    await accept(deps, entrance, { request, response })
  }
}
