/** `POST /segment/batch`: batches of the catalog's cloud destination, its function, or a sender of one's own. */
import type { RequestHandler } from 'express'
import { accept, type Entrance, type IntakeDeps } from './accept.ts'
import { isFromLoopback } from './authenticate.ts'
import { checkSignature, type Proof } from './batch-signature.ts'
import { createReplayGuard, type ReplayGuard } from './replay-guard.ts'
import { type RefusalCode, succeedEach } from './reply.ts'
import { MAX_WEBHOOK_BYTES } from './segment.ts'

const REPEATS: Readonly<Record<'repeated' | 'full', RefusalCode>> = {
  repeated: 'batch_repeated',
  full: 'replay_guard_full',
}

export function createSignedBatchRoute(deps: IntakeDeps, guard: ReplayGuard = createReplayGuard()): RequestHandler {
  const { signingKeys } = deps.settings
  return async (request, response) => {
    let taken: Proof | undefined
    const deny: Entrance['deny'] = ({ body }) => {
      if (signingKeys === undefined) return isFromLoopback(request) ? undefined : 'no_signing_keys'
      // Read again: while a slow body came in, the guard may have forgotten what was recent when the request began.
      const now = deps.now()
      const checked = checkSignature({ headers: request.headers, body }, signingKeys, now)
      if (checked.kind === 'refused') return checked.code
      const verdict = guard.take(checked.proof, now)
      if (verdict !== 'taken') return REPEATS[verdict]
      taken = checked.proof
      return undefined
    }
    let kept = false
    try {
      const entrance: Entrance = {
        call: 'signed_batch',
        maxBytes: MAX_WEBHOOK_BYTES,
        // Segment tries again after a 5xx, and so does whoever reads Retry-After.
        whenOverloaded: 'overloaded',
        isOpen: false,
        deny,
        answer: succeedEach,
      }
      kept = await accept(deps, entrance, { request, response })
    } finally {
      // An empty batch tests a connection: nothing is kept, so it may be repeated within a second.
      if (taken !== undefined && !kept) guard.release(taken)
    }
  }
}
