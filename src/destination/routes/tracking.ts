/** `POST /v1/*`: Segment's tracking API, for any of its libraries and for the plugin's own beacons. */
import type { RequestHandler } from 'express'
import type { Call } from '../intake/log.ts'
import { writeKeyIn } from '../parse.ts'
import { accept, type Entrance, type IntakeDeps } from './accept.ts'
import { createWriteKeyCheck } from './authenticate.ts'
import { succeed, succeedInPart } from './reply.ts'

/** Segment's documented bound on a batch, 500 KB; a single call has the same, so that its 32 KB bound can be explained. */
export const MAX_TRACKING_BYTES = 512_000

/** The documented names and the first letters that analytics.js uses. */
const CALL_BY_NAME: ReadonlyMap<string, Call> = new Map<string, Call>([
  ['track', 'track'],
  ['t', 'track'],
  ['identify', 'identify'],
  ['i', 'identify'],
  ['page', 'page'],
  ['p', 'page'],
  ['screen', 'screen'],
  ['s', 'screen'],
  ['group', 'group'],
  ['g', 'group'],
  ['alias', 'alias'],
  ['a', 'alias'],
  ['batch', 'batch'],
  ['b', 'batch'],
])

/** Mounted at a path with the parameter `name`. */
export function createTrackingRoute(deps: IntakeDeps): RequestHandler<{ name: string }> {
  const denyUnknownKey = createWriteKeyCheck(deps.settings, key => deps.limits.isKeyTooFast(key, deps.now()))
  return async (request, response, next) => {
    const { name } = request.params
    // What analytics.js measures of itself. It goes nowhere, and a refusal would be retried.
    if (name === 'm') {
      request.resume()
      return succeed(response)
    }
    const call = CALL_BY_NAME.get(name)
    if (call === undefined) return next()
    const entrance: Entrance = {
      call,
      maxBytes: MAX_TRACKING_BYTES,
      whenOverloaded: 'slow_down',
      isOpen: true,
      deny: ({ value }) => denyUnknownKey(request, () => writeKeyIn(value())),
      answer: succeedInPart,
    }
    await accept(deps, entrance, { request, response })
  }
}
