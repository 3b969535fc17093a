import type { FeedbackWays } from '../../connectors/feedback.ts'
import { type BrazeSettings, parseEnvironment, type Settings } from '../config.ts'
import { configSchema } from '../config-schema.ts'
import { type Command, EXIT } from './command.ts'
import { loadConfig } from './load-config.ts'
import { readOptions } from './options.ts'
import { policyInWords } from './policy-words.ts'

const HELP = `Usage: inkling check [--config <file>]
       inkling check --schema

Explains in words what the environment and the configuration say, or lists everything that is wrong with them.

  --config <file>   behaviour; default: inkling.config.ts here, else the defaults
  --schema          print the JSON Schema of the configuration, for editors, and check nothing`

export const check: Command = async (args, { environment, folder, ...terminal }) => {
  const options = readOptions(args, { config: { type: 'string' }, schema: { type: 'boolean' } }, HELP, terminal)
  if (typeof options === 'number') return options
  if (options['schema'] === 'true') {
    terminal.out(JSON.stringify(configSchema(), null, 2))
    return EXIT.done
  }
  const operations = parseEnvironment(environment)
  const config = await loadConfig(folder, options['config'])
  if (operations.kind === 'ok') {
    for (const line of settingsInWords(operations.settings)) terminal.out(line)
    for (const warning of operations.warnings) terminal.out(`  Warning: ${warning}`)
  } else {
    terminal.err('The environment cannot be used:')
    for (const problem of operations.problems) terminal.err(`  ${problem}`)
  }
  if (config.kind === 'ok') {
    terminal.out('')
    terminal.out(
      config.file === undefined
        ? 'Behaviour: the defaults (there is no inkling.config.ts here)'
        : `Behaviour, from ${config.file}`,
    )
    for (const line of policyInWords(config.policy)) terminal.out(`  ${line}`)
  } else {
    terminal.err('The configuration cannot be used:')
    for (const problem of config.problems) terminal.err(`  ${problem}`)
  }
  return operations.kind === 'ok' && config.kind === 'ok' ? EXIT.done : EXIT.failed
}

function settingsInWords({
  host,
  port,
  dataDir,
  segment,
  connectors,
  feedback,
  adminToken,
  scale,
}: Settings): readonly string[] {
  const platforms = Object.entries(connectors).flatMap(([name, settings]) =>
    settings ? [`${name} at ${'url' in settings ? hiddenPath(settings.url) : settings.baseUrl}`] : [],
  )
  return [
    'Operations',
    `  Listens on http://${host}:${port} and ${keptInWords(dataDir, scale)}`,
    segment.sharedSecret === undefined
      ? '  Segment webhook: from this machine only (SEGMENT_SHARED_SECRET is not set)'
      : '  Segment webhook: signed with SEGMENT_SHARED_SECRET',
    segment.writeKeys.length === 0
      ? '  Tracking API: from this machine only (SEGMENT_WRITE_KEYS is not set)'
      : `  Tracking API: ${segment.writeKeys.length} write ${segment.writeKeys.length === 1 ? 'key' : 'keys'}`,
    segment.signingKeys === undefined
      ? '  Signed batches: from this machine only (SIGNING_KEYS is not set)'
      : `  Signed batches: with ${segment.signingKeys.map(({ id }) => id).join(' or ')} (SIGNING_KEYS)`,
    adminToken === undefined
      ? '  API and readings: from this machine only (ADMIN_TOKEN is not set)'
      : '  API and readings: with ADMIN_TOKEN',
    platforms.length === 0
      ? '  Platforms: none, so the preview records what would be written and nothing leaves this machine'
      : `  Platforms: ${platforms.join(', ')}`,
    feedbackInWords(feedback),
    ...(connectors.braze === undefined
      ? []
      : [unansweredInWords(connectors.braze), anonymousInWords(connectors.braze)]),
    ...readBackInWords(connectors),
    ...(connectors.hubspot === undefined
      ? []
      : ['  HubSpot takes only properties and events that are there: "inkling setup hubspot" makes what is missing']),
  ]
}

function keptInWords(dataDir: string, scale: Settings['scale']): string {
  if (scale === undefined) return `keeps its data in ${dataDir}`
  const { kafka, databaseUrl } = scale
  const { host, pathname } = new URL(databaseUrl)
  return `shares the topic ${kafka.topic} at ${kafka.brokers.join(', ')} and the database ${pathname.slice(1)} at ${host}`
}

/** The path of a webhook is as good as a key. */
function hiddenPath(url: string): string {
  return `${new URL(url).origin}/…`
}

/** What comes back from the platforms, and by which way. */
function feedbackInWords({ publicUrl = '', ...platforms }: Settings['feedback']): string {
  const ways = Object.entries(platforms).flatMap(([name, { hookSecret, everyMs }]: [string, FeedbackWays]) => [
    ...(hookSecret === undefined ? [] : [`${name} tells it at ${publicUrl}/hooks/${name}`]),
    ...(everyMs === undefined ? [] : [`${name} is asked every ${everyMs / 60_000} min`]),
  ])
  if (ways.length === 0) return '  Feedback: none, so nobody here learns of an unsubscription at a platform'
  return `  Feedback of opens, clicks, unsubscriptions, complaints and bounces: ${ways.join('; ')}`
}

function readBackInWords(connectors: Settings['connectors']): readonly string[] {
  const read = Object.entries(connectors).flatMap(([name, settings]) =>
    settings && 'readBack' in settings ? [name] : [],
  )
  if (Object.keys(connectors).length === 0) return []
  return read.length === 0
    ? ['  Read back: nothing (READ_BACK is not set), so consent and value at the platforms are not known']
    : [`  Read back: consent and value, from ${read.join(', ')}, at most once a day for each person (READ_BACK)`]
}

function anonymousInWords({ anonymousVisitors }: BrazeSettings): string {
  const fate = {
    wait: 'wait until they have a user id, an e-mail address or a phone number',
    alias: 'become alias-only profiles, and are joined to the person once there is a user id',
  }
  return `  Visitors without a name ${fate[anonymousVisitors]} at Braze (BRAZE_ANONYMOUS_VISITORS)`
}

function unansweredInWords({ unansweredEvents }: BrazeSettings): string {
  const fate = {
    retry: 'is sent again, and may count twice there: let the Canvas keep people from re-entering',
    drop: 'is not sent again, and may be lost',
  }
  return `  An event that Braze does not answer ${fate[unansweredEvents]} (BRAZE_UNANSWERED_EVENTS)`
}
