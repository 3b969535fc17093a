/** What an operator and the demo ask: alive, ready, who is known and what was decided about them. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { type Request, type RequestHandler, Router } from 'express'
import type { DeadLetters } from '../dead-letters.ts'
import type { PlatformState } from '../delivery/dispatch.ts'
import type { Policy } from '../engine/policy.ts'
import { toDeliveryView, toPerson } from '../explain.ts'
import { DELIVERY_STATUSES, type SharedStore } from '../store/store.ts'
import { isFromLoopback } from './authenticate.ts'
import { createDeadLettersRouter } from './dead-letters.ts'
import { createForgetRouter, type Forget } from './forget.ts'
import type { Limits } from './limits.ts'
import { refuse, sendJson, sendText } from './reply.ts'

export interface OperationsDeps {
  readonly store: SharedStore
  readonly policy: Policy
  readonly adminToken?: string
  readonly connectors: readonly string[]
  /** What is not written to which platform at present, and why. */
  readonly platforms: () => readonly PlatformState[]
  /** What has refused to keep a request a moment ago. */
  readonly refusing: () => 'disk' | 'kafka' | undefined
  readonly limits: Pick<Limits, 'isGuessing' | 'noteFailure'>
  readonly deadLetters: DeadLetters
  readonly forget: Forget
  readonly metrics: { readonly contentType: string; text(): Promise<string> }
  /** Epoch ms. */
  readonly now: () => number
  /** Log entries not yet taken in, and whether that is above the bound. */
  readonly backlog: () => { readonly entries: number; readonly overloaded: boolean }
}

const PEOPLE = 100
const CHAPTERS = 200
const DELIVERIES = 200

export function createOperationsRouter(deps: OperationsDeps): Router {
  const { store, policy, now, backlog, connectors } = deps
  const router = Router()
  router.get('/healthz', (_request, response) => sendJson(response, { status: 200, text: '{"status":"ok"}' }))
  router.get('/readyz', (_request, response) => {
    const { entries, overloaded } = backlog()
    const why = overloaded ? 'backlog' : deps.refusing()
    const body = { ready: why === undefined, ...(why !== undefined && { why }), backlog: entries, connectors }
    sendJson(response, { status: why === undefined ? 200 : 503, text: JSON.stringify(body) })
  })
  router.use(['/api', '/metrics'], createAdminGuard(deps))
  router.get('/metrics', async (_request, response) => {
    const text = await deps.metrics.text()
    sendText(response, { status: 200, text, type: deps.metrics.contentType })
  })
  router.get('/api/people', async (_request, response) => {
    const people = await store.people(PEOPLE)
    const views = people.map(profile => toPerson(profile, { facts: [], deliveries: [], now: now(), policy }))
    sendJson(response, { status: 200, text: JSON.stringify({ people: views }) })
  })
  router.get('/api/people/:id', async (request: Request<{ id: string }>, response) => {
    const profile = await store.person(request.params.id)
    if (profile === undefined) return void refuse(response, 'unknown_person')
    const facts = await store.facts(profile.id, CHAPTERS)
    const deliveries = await store.deliveries({ profileId: profile.id }, DELIVERIES)
    sendJson(response, {
      status: 200,
      text: JSON.stringify(toPerson(profile, { facts, deliveries, now: now(), policy })),
    })
  })
  router.get('/api/platforms', (_request, response) => {
    sendJson(response, { status: 200, text: JSON.stringify({ platforms: deps.platforms() }) })
  })
  router.use('/api/forget', createForgetRouter(deps.forget))
  router.use('/api/dead-letters', createDeadLettersRouter(deps.deadLetters))
  router.get('/api/deliveries', async (request, response) => {
    const status = DELIVERY_STATUSES.find(known => known === request.query['status'])
    const deliveries = await store.deliveries({ ...(status !== undefined && { status }) }, DELIVERIES)
    sendJson(response, { status: 200, text: JSON.stringify({ deliveries: deliveries.map(toDeliveryView) }) })
  })
  return router
}

/** With a token, it must be shown; without one, only this machine may ask. */
function createAdminGuard({ adminToken: token, limits, now }: OperationsDeps): RequestHandler {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return (request, response, next) => {
    if (token === undefined) return isFromLoopback(request) ? next() : void refuse(response, 'no_admin_token')
    if (limits.isGuessing(request, now())) return void refuse(response, 'too_many_failures')
    const shown = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? ''
    if (timingSafeEqual(digest(shown), digest(token))) return next()
    limits.noteFailure(request, now())
    refuse(response, 'bad_admin_token')
  }
}
