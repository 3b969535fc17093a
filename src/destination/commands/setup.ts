import { type Step, setUpHubspot } from '../../connectors/hubspot/setup.ts'
import { SettingError } from '../../connectors/setting-error.ts'
import { parseEnvironment } from '../config.ts'
import { momentProperties } from '../engine/moments/properties.ts'
import type { Policy } from '../engine/policy.ts'
import { TRAITS } from '../engine/traits.ts'
import { type Command, EXIT, type Terminal } from './command.ts'
import { loadConfig } from './load-config.ts'
import { readCommandLine } from './options.ts'

const HELP = `Usage: inkling setup hubspot [--dry-run] [--config <file>]

Makes in your HubSpot account what must be there before the first write: a property group, a contact property for each
trait, two for each moment (when it last came, what it carried), and a custom event for each moment, those of your own
included. What is there already stays as it is, so it may be run as often as you like: again after an update, and after
adding a moment of your own.

  --dry-run         only look, and say what is missing
  --config <file>   behaviour; default: inkling.config.ts here, else the defaults

It needs HUBSPOT_ACCESS_TOKEN, the token of a private app; docs/hubspot.md says with which scopes.`

const NO_EVENTS = `
This account has no custom events: they need an Enterprise subscription of any hub, and a token with the scope
behavioral_events.event_definitions.read_write. What happens instead: traits arrive as they do everywhere. A moment is
written on the contact, such as Cart Abandoned in inkling_cart_abandoned_at and inkling_cart_abandoned_details, and a
workflow (Professional) can start whenever the former changes. docs/hubspot.md shows how.`

export const setup: Command = async (args, terminal) => {
  const accepted = { options: { config: { type: 'string' }, 'dry-run': { type: 'boolean' } }, operands: 1 } as const
  const line = readCommandLine(args, accepted, HELP, terminal)
  if (typeof line === 'number') return line
  const [platform] = line.operands
  if (platform !== 'hubspot') {
    terminal.err(`There is nothing to set up at "${platform}". Only hubspot wants it: inkling setup hubspot`)
    return EXIT.misused
  }
  const environment = parseEnvironment(terminal.environment)
  const config = await loadConfig(terminal.folder, line.options['config'])
  const problems = [environment, config].flatMap(part => (part.kind === 'invalid' ? part.problems : []))
  const settings = environment.kind === 'ok' ? environment.settings.connectors.hubspot : undefined
  if (problems.length === 0 && settings === undefined)
    problems.push('HUBSPOT_ACCESS_TOKEN is not set: it is the access token of a private app of the account')
  if (config.kind === 'invalid' || settings === undefined || problems.length > 0) {
    for (const problem of problems) terminal.err(problem)
    return EXIT.failed
  }
  const dryRun = line.options['dry-run'] === 'true'
  try {
    return await tell(setUpHubspot(settings, wantedBy(config.policy), { dryRun, now: terminal.now }), dryRun, terminal)
  } catch (error) {
    if (!(error instanceof SettingError)) throw error
    terminal.err(error.message)
    return EXIT.failed
  }
}

function wantedBy({ traits, customMoments }: Policy) {
  return {
    traits: TRAITS.map(({ name, type, meaning }) => ({ name: traits.prefix + name, type, meaning })),
    moments: momentProperties(customMoments),
  }
}

async function tell(steps: AsyncIterable<Step>, dryRun: boolean, terminal: Terminal): Promise<number> {
  const counts = { made: 0, missing: 0, there: 0, differs: 0, failed: 0, 'no events': 0 }
  for await (const step of steps) {
    counts[step.kind] += 1
    if (step.kind === 'no events') terminal.out(`  none     custom events: ${step.why}`)
    else if (step.kind === 'differs' || step.kind === 'failed')
      terminal.err(`  ${step.kind.padEnd(8)} ${step.what}: ${step.why}`)
    else terminal.out(`  ${step.kind.padEnd(8)} ${step.what}`)
  }
  if (counts['no events'] > 0) terminal.out(NO_EVENTS)
  terminal.out('')
  terminal.out(
    dryRun
      ? `Nothing was changed. ${counts.missing} missing, ${counts.there} there.`
      : `${counts.made} made, ${counts.there} there already.`,
  )
  if (counts.differs > 0) terminal.err(`${counts.differs} not as needed: see above. Writes to them are refused.`)
  if (counts.failed > 0)
    terminal.err('HubSpot refused something: see above. Run it again; it goes on where it stopped.')
  return counts.differs + counts.failed > 0 ? EXIT.failed : EXIT.done
}
