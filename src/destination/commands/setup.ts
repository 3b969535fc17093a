import { SettingError } from '../../connectors/setting-error.ts'
import type { Step } from '../../connectors/setup.ts'
import { parseEnvironment } from '../config.ts'
import { momentProperties } from '../engine/moments/properties.ts'
import type { Policy } from '../engine/policy.ts'
import { TRAITS } from '../engine/traits.ts'
import { type Command, EXIT, type Terminal } from './command.ts'
import { loadConfig } from './load-config.ts'
import { type CommandLine, readCommandLine } from './options.ts'
import { setUpKafka } from './setup-kafka.ts'
import { PLATFORMS, type Platform } from './setup-platforms.ts'

const NAMES = Object.keys(PLATFORMS)

const HELP = `Usage: inkling setup <platform> [--dry-run] [--config <file>]

Makes in a platform what must be there before the first write, or says what you have to do there yourself. What is there
already stays as it is. With --dry-run it only looks.

  inkling setup klaviyo   properties, metrics and, with --flows, drafts of flows
  inkling setup hubspot   properties, custom events and, with --flows, workflows that are switched off
  inkling setup braze     checks the key and prints what to allow and how to build the Canvases
  inkling setup kafka     makes the topic that several processes share

  inkling setup <platform> --help says more.`

const ACCEPTED = {
  options: {
    config: { type: 'string' },
    'dry-run': { type: 'boolean' },
    flows: { type: 'boolean' },
    profile: { type: 'string' },
  },
  operands: 1,
} as const

export const setup: Command = async (args, terminal) => {
  const named = args.find(word => !word.startsWith('-'))
  if (named === 'kafka') return setUpKafka(args, terminal)
  const platform = named !== undefined && Object.hasOwn(PLATFORMS, named) ? PLATFORMS[named] : undefined
  const line = readCommandLine(args, ACCEPTED, platform?.help ?? HELP, terminal)
  if (typeof line === 'number') return line
  if (platform === undefined) {
    terminal.err(`There is nothing to set up at "${line.operands[0]}". There are ${[...NAMES, 'kafka'].join(', ')}.`)
    return EXIT.misused
  }
  const misplaced = (['flows', 'profile'] as const).find(
    name => line.options[name] !== undefined && !platform.options.includes(name),
  )
  if (misplaced !== undefined) {
    terminal.err(`inkling setup ${named} has no --${misplaced}.\n\n${platform.help}`)
    return EXIT.misused
  }
  return setUp(platform, line, terminal)
}

async function setUp(platform: Platform, { options }: CommandLine, terminal: Terminal): Promise<number> {
  const environment = parseEnvironment(terminal.environment)
  const config = await loadConfig(terminal.folder, options['config'])
  const problems = [environment, config].flatMap(part => (part.kind === 'invalid' ? part.problems : []))
  const address = options['profile']
  if (address !== undefined && !/^[^\s@]+@[^\s@]+$/.test(address)) problems.push('--profile must be an e-mail address')
  if (environment.kind === 'invalid' || config.kind === 'invalid' || problems.length > 0)
    return failedWith(problems, terminal)
  const dryRun = options['dry-run'] === 'true'
  const deps = {
    dryRun,
    flows: options['flows'] === 'true',
    now: terminal.now,
    ...(address !== undefined && { address }),
  }
  try {
    const steps = platform.steps(environment.settings.connectors, wantedBy(config.policy), deps)
    if (steps === undefined) return failedWith([platform.missing], terminal)
    return await tell(steps, { title: platform.title, dryRun }, terminal)
  } catch (error) {
    if (!(error instanceof SettingError)) throw error
    return failedWith([error.message], terminal)
  }
}

function failedWith(problems: readonly string[], terminal: Terminal): number {
  for (const problem of problems) terminal.err(problem)
  return EXIT.failed
}

function wantedBy({ traits, customMoments }: Policy) {
  return {
    traits: TRAITS.map(({ name, type, meaning }) => ({ name: traits.prefix + name, type, meaning })),
    moments: momentProperties(customMoments),
  }
}

async function tell(
  steps: AsyncIterable<Step>,
  { title, dryRun }: { readonly title: string; readonly dryRun: boolean },
  terminal: Terminal,
): Promise<number> {
  const counts = { made: 0, missing: 0, there: 0, differs: 0, failed: 0, none: 0, told: 0 }
  const texts: string[] = []
  for await (const step of steps) {
    counts[step.kind] += 1
    if (step.kind === 'told') texts.push(step.text)
    else if (step.kind === 'differs' || step.kind === 'failed')
      terminal.err(`  ${step.kind.padEnd(8)} ${step.what}: ${step.why}`)
    else terminal.out(`  ${step.kind.padEnd(8)} ${step.what}${step.kind === 'none' ? `: ${step.why}` : ''}`)
  }
  for (const text of texts) terminal.out(`\n${text}`)
  terminal.out('')
  terminal.out(
    dryRun
      ? `Nothing was changed. ${counts.missing} missing, ${counts.there} there.`
      : `${counts.made} made, ${counts.there} there already.`,
  )
  if (counts.differs > 0) terminal.err(`${counts.differs} not as needed: see above.`)
  if (counts.failed > 0)
    terminal.err(`${title} refused something: see above. Run it again; it goes on where it stopped.`)
  return counts.differs + counts.failed > 0 ? EXIT.failed : EXIT.done
}
