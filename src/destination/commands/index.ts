/** The commands by name; each is loaded only when it is called. */
import { type Command, EXIT, type Terminal } from './command.ts'

interface Listed {
  readonly summary: string
  readonly load: () => Promise<Command>
}

const COMMANDS: Readonly<Record<string, Listed>> = {
  serve: { summary: 'run the destination', load: async () => (await import('./serve.ts')).serve },
  check: {
    summary: 'explain the configuration, or what is wrong with it',
    load: async () => (await import('./check.ts')).check,
  },
  setup: {
    summary: 'make in a platform, or in Kafka, what must be there before the first write',
    load: async () => (await import('./setup.ts')).setup,
  },
  explain: {
    summary: 'tell the story of one person: what was decided about them, why, and what was sent',
    load: async () => (await import('./explain.ts')).explain,
  },
  replay: {
    summary: 'what would have fired under another configuration, in the stream as it was',
    load: async () => (await import('./replay.ts')).replay,
  },
  calibrate: {
    summary: 'try many values of one setting: who would be reached, and who ordered afterwards',
    load: async () => (await import('./calibrate.ts')).calibrate,
  },
  'dead-letters': {
    summary: 'what was given up: look at it, try it again, export it, put it away',
    load: async () => (await import('./dead-letters.ts')).deadLetters,
  },
  forget: {
    summary: 'forget one person, here and at every platform',
    load: async () => (await import('./forget.ts')).forget,
  },
  export: {
    summary: 'everything that is kept of one person, as JSON',
    load: async () => (await import('./export.ts')).exportPerson,
  },
  backup: {
    summary: 'copy log and store, also while the service runs',
    load: async () => (await import('./backup.ts')).backup,
  },
  migrate: {
    summary: 'copy what one machine has kept into Postgres and Kafka, for several',
    load: async () => (await import('./migrate.ts')).migrate,
  },
  demo: {
    summary: 'a demo shop, the destination and a stand-in for Klaviyo, on this machine',
    load: async () => (await import('../../../examples/demo/demo.ts')).runDemo,
  },
}

const HELP = `inkling: from what visitors do to traits and events in your e-mail platform, within seconds

Usage: inkling <command> [options]

${Object.entries(COMMANDS)
  .map(([name, { summary }]) => `  ${name.padEnd(12)} ${summary}`)
  .join('\n')}

  inkling <command> --help says more.`

export async function runCommand(args: readonly string[], terminal: Terminal): Promise<number> {
  const [name, ...rest] = args
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    terminal.out(HELP)
    return name === undefined ? EXIT.misused : EXIT.done
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (command === undefined) {
    terminal.err(
      `There is no command "${name}". The commands are ${Object.keys(COMMANDS).join(', ')}; inkling --help lists them.`,
    )
    return EXIT.misused
  }
  return (await command.load())(rest, terminal)
}
