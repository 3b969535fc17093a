/** The routes through which messages come in. */
import { Router } from 'express'
import type { IntakeDeps } from './accept.ts'
import { cors } from './cors.ts'
import { createSegmentRoute } from './segment.ts'
import { createSettingsRoute } from './settings.ts'
import { createSignedBatchRoute } from './signed-batch.ts'
import { createTrackingRoute } from './tracking.ts'

export function createIntakeRouter(deps: IntakeDeps): Router {
  const router = Router()
  router.post('/segment', createSegmentRoute(deps))
  router.post('/segment/batch', createSignedBatchRoute(deps))
  router.use('/v1', cors)
  router.post('/v1/:name', createTrackingRoute(deps))
  router.get('/v1/projects/:writeKey/settings', createSettingsRoute(deps.settings))
  return router
}
