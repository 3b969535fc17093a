/** The whole face of the service as one Express app, not listening. */
import express, { type ErrorRequestHandler, type Express, type Router } from 'express'
import type { IntakeDeps } from './routes/accept.ts'
import { createIntakeRouter } from './routes/intake.ts'
import { refuse } from './routes/reply.ts'

export interface AppDeps {
  readonly intake: IntakeDeps
  /** What platforms tell. */
  readonly hooks: Router
  /** Health, metrics, console and its API. */
  readonly operations: Router
}

export function createApp(deps: AppDeps): Express {
  const app = express()
  app.disable('x-powered-by')
  app.set('etag', false)
  app.use(createIntakeRouter(deps.intake))
  app.use(deps.hooks)
  app.use(deps.operations)
  app.use((_request, response) => {
    refuse(response, 'not_found')
  })
  app.use(createErrorRoute(deps.intake))
  return app
}

/** The last resort. Express takes a function of four parameters for it. */
function createErrorRoute({ onEvent }: IntakeDeps): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    // Too late for an answer: Express then ends the connection.
    if (response.headersSent) return next(error)
    // Express marks what the sender did wrong, such as a broken escape in the path, with a 4xx status.
    const status = typeof error === 'object' && error !== null && 'status' in error ? Number(error.status) : 500
    if (status >= 400 && status < 500) {
      onEvent({ kind: 'request refused', status: refuse(response, 'bad_request'), code: 'bad_request' })
      return
    }
    onEvent({ kind: 'request failed', error })
    refuse(response, 'failed')
  }
}
