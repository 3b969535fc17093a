/** `segment-inkling/destination`: the service as a handler that mounts into any express app. */
import type { RequestListener } from 'node:http'
import { type Environment, parseEnvironment } from './config.ts'
import type { InklingConfig } from './define-config.ts'
import type { LogEvent } from './log-event.ts'
import { parsePolicy } from './parse-policy.ts'
import { refuse } from './routes/reply.ts'
import { startService } from './service.ts'

export interface DestinationDeps {
  /** Where things are kept, and the secrets: usually `process.env`. */
  readonly environment: Environment
  /** What `inkling.config.ts` exports; default: the defaults. */
  readonly config?: InklingConfig
  /** Told what happens; default: nobody. */
  readonly onEvent?: (event: LogEvent) => void
}

export interface Destination {
  /**
   * `app.use('/inkling', destination.handler)`: every route of the service, under the path it is mounted at; what is no route
   * is answered with 404. Typed as Node does it, so that a user needs no types of express; `createServer(destination.handler)`
   * serves it without one.
   */
  readonly handler: RequestListener
  /** Finishes what is in flight and closes the store. What is asked of the handler from then on is answered with 503. */
  stop(): Promise<void>
}

export const CONFIGURATION_ERROR_CODES = ['invalid_environment', 'invalid_config'] as const

/** The environment or the configuration cannot be used; the message lists everything that is wrong. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
  readonly code: (typeof CONFIGURATION_ERROR_CODES)[number]

  constructor(code: (typeof CONFIGURATION_ERROR_CODES)[number], problems: readonly string[]) {
    super(problems.join('\n'))
    this.code = code
  }
}

/**
 * Starts the destination without listening.
 *
 * @throws {ConfigurationError} listing all problems at once.
 */
export async function createDestination(deps: DestinationDeps): Promise<Destination> {
  const environment = parseEnvironment(deps.environment)
  if (environment.kind === 'invalid') throw new ConfigurationError('invalid_environment', environment.problems)
  const parsed = parsePolicy(deps.config ?? {})
  if (parsed.kind === 'invalid') throw new ConfigurationError('invalid_config', parsed.problems)
  const { settings } = environment
  const service = await startService({ settings, policy: parsed.policy, onEvent: deps.onEvent ?? (() => undefined) })
  let stopping: Promise<void> | undefined
  return {
    // A function, not an app: an Express app mounted in another takes over requests and responses of its version.
    handler: (request, response) => {
      if (stopping === undefined) service.app(request, response)
      else refuse(response, 'stopped')
    },
    stop: () => {
      stopping ??= service.stop()
      return stopping
    },
  }
}

export type { Environment, InklingConfig, LogEvent }
