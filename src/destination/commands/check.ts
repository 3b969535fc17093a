import { parseEnvironment, type Settings } from '../config.ts'
import type { MomentPolicy, Policy } from '../engine/policy.ts'
import type { Duration } from '../engine/time.ts'
import { type Command, EXIT } from './command.ts'
import { loadConfig } from './load-config.ts'
import { readOptions } from './options.ts'

const HELP = `Usage: inkling check [--config <file>]

Explains in words what the environment and the configuration say, or lists everything that is wrong with them.

  --config <file>   behaviour; default: inkling.config.ts here, else the defaults`

export const check: Command = async (args, { environment, folder, ...terminal }) => {
  const options = readOptions(args, { config: { type: 'string' } }, HELP, terminal)
  if (typeof options === 'number') return options
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

function settingsInWords({ host, port, dataDir, segment, connectors, adminToken }: Settings): readonly string[] {
  const platforms = Object.entries(connectors).flatMap(([name, settings]) =>
    settings ? [`${name} at ${settings.baseUrl}`] : [],
  )
  return [
    'Operations',
    `  Listens on http://${host}:${port} and keeps its data in ${dataDir}`,
    segment.sharedSecret === undefined
      ? '  Segment webhook: from this machine only (SEGMENT_SHARED_SECRET is not set)'
      : '  Segment webhook: signed with SEGMENT_SHARED_SECRET',
    segment.writeKeys.length === 0
      ? '  Tracking API: from this machine only (SEGMENT_WRITE_KEYS is not set)'
      : `  Tracking API: ${segment.writeKeys.length} write ${segment.writeKeys.length === 1 ? 'key' : 'keys'}`,
    adminToken === undefined
      ? '  API and readings: from this machine only (ADMIN_TOKEN is not set)'
      : '  API and readings: with ADMIN_TOKEN',
    platforms.length === 0
      ? '  Platforms: none, so the preview records what would be written and nothing leaves this machine'
      : `  Platforms: ${platforms.join(', ')}`,
  ]
}

function policyInWords({ moments, caps, levels, score, traits, consent }: Policy): readonly string[] {
  const { engagementLevel, pricingIntent, cartAbandoned } = moments
  return [
    `Score: halves every ${spoken(score.halfLife)} without activity; written again once it moved by ${traits.scoreStep}`,
    `Levels: low from ${levels.low}, medium from ${levels.medium}, high from ${levels.high} points per 30 s over five minutes; left below ${Math.round(levels.hysteresis * 100)} % of that`,
    moment(
      'Engagement Level Reached',
      engagementLevel,
      `when the level rises to ${engagementLevel.levels.join(' or ')}`,
    ),
    moment(
      'Pricing Intent Detected',
      pricingIntent,
      `after ${spoken(pricingIntent.dwell)} active on a ${pricingIntent.pageTypes.join(' or ')} page, confirmed by a second signal`,
    ),
    moment(
      'Cart Abandoned',
      cartAbandoned,
      `after ${spoken(cartAbandoned.after)} without activity and something in the cart`,
    ),
    `Caps per person: ${caps.length === 0 ? 'none' : caps.map(({ limit, within }) => `${limit} in ${spoken(within)}`).join(', ')}`,
    `Consent: ${consent.length === 0 ? 'not consulted' : `needs ${consent.join(' and ')} where the site stamps it`}`,
    `Traits are named ${traits.prefix}…`,
  ]
}

function moment(name: string, { enabled, cooldown, freshFor, capped }: MomentPolicy, when: string): string {
  if (!enabled) return `${name}: off`
  return `${name}: ${when}; at most once in ${spoken(cooldown)}, fresh for ${spoken(freshFor)}${capped ? '' : ', outside the caps'}`
}

function spoken(span: Duration): string {
  const units = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1_000, 's'],
  ] as const
  const [size, unit] = units.find(([size]) => span >= size && span % size === 0) ?? [1, 'ms']
  return `${span / size} ${unit}`
}
