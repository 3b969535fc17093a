import { parseEnvironment, type Settings } from '../config.ts'
import { type Listening, listen } from '../listen.ts'
import type { LogEvent } from '../log-event.ts'
import { type Service, startService } from '../service.ts'
import { type Command, EXIT } from './command.ts'
import { loadConfig } from './load-config.ts'
import { readOptions } from './options.ts'

const HELP = `Usage: inkling serve [--config <file>]

Runs the destination until it is asked to stop (Ctrl-C). One JSON object a line on standard output says what happens.

  --config <file>   behaviour; default: inkling.config.ts here, else the defaults

Where it listens, keeps its data and finds its secrets is in the environment: PORT, HOST, DATA_DIR,
SEGMENT_SHARED_SECRET, SEGMENT_WRITE_KEYS, SIGNING_KEYS, KLAVIYO_API_KEY, HUBSPOT_ACCESS_TOKEN, BRAZE_API_KEY,
BRAZE_REST_ENDPOINT, WEBHOOK_URL, WEBHOOK_SECRET, ADMIN_TOKEN; for feedback KLAVIYO_WEBHOOK_SECRET, KLAVIYO_FEEDBACK_MINUTES,
HUBSPOT_CLIENT_SECRET, HUBSPOT_FEEDBACK_MINUTES, BRAZE_CURRENTS_TOKEN, PUBLIC_URL; for several processes KAFKA_BROKERS and
DATABASE_URL. "inkling check" explains them.`

/** Answers under way get this long when asked to stop; with what is on its way to platforms it is less than 10 s in all. */
const GRACE_MS = 4_000

export const serve: Command = async (args, terminal) => {
  const options = readOptions(args, { config: { type: 'string' } }, HELP, terminal)
  if (typeof options === 'number') return options
  const environment = parseEnvironment(terminal.environment)
  const config = await loadConfig(terminal.folder, options['config'])
  if (environment.kind === 'invalid' || config.kind === 'invalid') {
    for (const part of [environment, config])
      if (part.kind === 'invalid') for (const problem of part.problems) terminal.err(problem)
    return EXIT.failed
  }
  const { settings, warnings } = environment
  const onEvent = (event: LogEvent) =>
    terminal.out(JSON.stringify({ at: new Date(terminal.now()).toISOString(), ...event }))
  for (const about of warnings) onEvent({ kind: 'warning', about })

  let service: Service | undefined
  let listening: Listening
  try {
    service = await startService({
      settings,
      policy: config.policy,
      now: terminal.now,
      random: terminal.random,
      onEvent,
    })
    const { host, port, limits } = settings
    listening = await listen(service.app, { host, port, isProxied: limits.trustedProxies > 0 })
  } catch (error) {
    terminal.err(whyNot(error, settings))
    await service?.stop()
    return EXIT.failed
  }
  const { connectors } = service
  const { host, dataDir, scale } = settings
  onEvent({
    kind: 'started',
    url: `http://${host}:${listening.port}`,
    ...(scale === undefined && { dataDir }),
    connectors,
  })
  const lost = await Promise.race([terminal.untilAskedToStop(), service.lost.catch((error: Error) => error)])
  onEvent({ kind: 'stopping', ...(lost instanceof Error && { because: lost.message }) })
  await listening.close(GRACE_MS)
  // What cannot be closed any more is on disk as far as it was said to be.
  await service.stop().catch(error => {
    if (lost === undefined) throw error
  })
  onEvent({ kind: 'stopped' })
  return lost === undefined ? EXIT.done : EXIT.failed
}

function whyNot(error: unknown, { host, port, dataDir }: Settings): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE')
    return `${host}:${port} is already in use. Stop what listens there, or set PORT to another port.`
  if (code === 'EADDRNOTAVAIL') return `HOST ${host} is not an address of this machine.`
  if (code === 'EACCES') return `Not allowed: listening on ${host}:${port}, or writing to DATA_DIR ${dataDir}.`
  return `Inkling cannot start: ${error instanceof Error ? error.message : String(error)}`
}
