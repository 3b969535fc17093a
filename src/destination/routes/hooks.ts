/** `POST /hooks/:platform`: what platforms tell of the e-mails they sent. */
import { type Request, type Response, Router } from 'express'
import type { Heard, Hook, SignedRequest, Verdict } from '../../connectors/feedback.ts'
import type { Kept } from '../feedback/keep.ts'
import { readJson } from '../parse/json.ts'
import { type EdgeEvent, once } from './accept.ts'
import { readBody } from './body.ts'
import { hostOf, protocolOf } from './forwarded.ts'
import { type RefusalCode, refuse, succeed } from './reply.ts'

export interface HooksDeps {
  /** Those with a secret. */
  readonly hooks: readonly Hook[]
  /** Where platforms reach this service; absent: as each request says. */
  readonly publicUrl?: string
  /** Makes it durable; rejects when it cannot. */
  readonly keep: (platform: string, heard: readonly Heard[]) => Promise<Kept>
  /** Epoch ms; read once per request. */
  readonly now: () => number
  /** Whether the backlog is above its bound. */
  readonly overloaded: () => boolean
  readonly onEvent: (event: EdgeEvent) => void
}

/** Klaviyo sends up to 1,000 events at once, each of a few kilobytes. Braze, told that it is too much, sends less. */
export const MAX_HOOK_BYTES = 5_000_000

const DENIALS: Readonly<Record<Exclude<Verdict, 'genuine'>, RefusalCode>> = {
  unsigned: 'hook_unsigned',
  forged: 'hook_forged',
  stale: 'hook_stale',
}

/** The platforms there may be a webhook of: the others are no routes. */
const PLATFORMS = ['klaviyo', 'hubspot', 'braze']

export function createHooksRouter(deps: HooksDeps): Router {
  const router = Router()
  router.post('/hooks/:platform', (request: Request<{ platform: string }>, response, next) => {
    const { platform } = request.params
    if (!PLATFORMS.includes(platform)) return next()
    return take(deps, platform, { request, response })
  })
  return router
}

/** Answers 200 once what it tells of known people is durable. */
async function take(
  deps: HooksDeps,
  platform: string,
  { request, response }: { readonly request: Request<{ platform: string }>; readonly response: Response },
): Promise<void> {
  const refusal = (code: RefusalCode, reason?: string): void => {
    const status = refuse(response, code, reason)
    deps.onEvent({ kind: 'request refused', status, code })
  }
  const now = deps.now()
  const hook = deps.hooks.find(known => known.platform === platform)
  if (hook === undefined) return refusal('hook_off')
  // All three send again after a 503.
  if (deps.overloaded()) return refusal('overloaded')
  const body = await readBody(request, MAX_HOOK_BYTES)
  if (body.kind === 'aborted') return deps.onEvent({ kind: 'request aborted' })
  if (body.kind === 'refused') return refusal(body.code)

  const read = once(() => readJson(body.bytes))
  const json = () => {
    const found = read()
    return found.kind === 'json' ? found.value : undefined
  }
  const verdict = hook.verify({ ...signed(request, deps.publicUrl), body: body.bytes, json, now })
  if (verdict !== 'genuine') return refusal(DENIALS[verdict])
  const value = read()
  if (value.kind === 'unreadable') return refusal('hook_unreadable', value.reason)
  const reading = await hook.read(value.value)
  if (reading.kind === 'unreadable') return refusal('hook_unreadable', reading.reason)
  if (reading.kind !== 'heard') {
    deps.onEvent({ kind: 'feedback not read', platform, reason: reading.reason })
    return refusal('hook_unresolved')
  }
  try {
    const kept = await deps.keep(platform, reading.heard)
    succeed(response)
    deps.onEvent({ kind: 'feedback taken', platform, ...kept })
  } catch (error) {
    deps.onEvent({ kind: 'append failed', error })
    refusal('not_stored')
  }
}

function signed(
  request: Request<{ platform: string }>,
  publicUrl: string | undefined,
): Pick<SignedRequest, 'method' | 'url' | 'header'> {
  const url =
    publicUrl === undefined
      ? `${protocolOf(request)}://${hostOf(request)}${request.originalUrl}`
      : `${publicUrl}${request.url}`
  const header = (name: string) => {
    const found = request.headers[name]
    return typeof found === 'string' ? found : undefined
  }
  return { method: request.method, url, header }
}
