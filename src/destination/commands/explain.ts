import { toPerson } from '../explain.ts'
import { findingHidden, hideFor } from '../find-person.ts'
import { type Command, EXIT } from './command.ts'
import { personInWords } from './explain-words.ts'
import { loadConfig } from './load-config.ts'
import { openReader } from './open-reader.ts'
import { readCommandLine } from './options.ts'

const HELP = `Usage: inkling explain <id> [--json] [--limit <n>] [--config <file>]

Tells the story of one person, most recent first: who they are, what was decided about them and why, what was withheld and
why, and what was sent where. Reads the service's data in DATA_DIR, or at DATABASE_URL, also while it runs, and changes
nothing.

  <id>              a userId, an anonymousId, an e-mail address or Inkling's own id
  --limit <n>       chapters and deliveries shown; default 100
  --json            the same as GET /api/people/:id answers
  --config <file>   behaviour; default: inkling.config.ts here, else the defaults`

/** Far more than anybody reads; what a platform has is put together from this many deliveries at most. */
const MOST = 10_000

export const explain: Command = async (args, terminal) => {
  const accepted = {
    options: { json: { type: 'boolean' }, limit: { type: 'string' }, config: { type: 'string' } },
    operands: 1,
  } as const
  const line = readCommandLine(args, accepted, HELP, terminal)
  if (typeof line === 'number') return line
  const [id = ''] = line.operands
  const limit = Number(line.options['limit'] ?? 100)
  if (!Number.isInteger(limit) || limit < 1) {
    terminal.err(`--limit: found ${JSON.stringify(line.options['limit'])}, expected a whole number from 1`)
    return EXIT.misused
  }
  const config = await loadConfig(terminal.folder, line.options['config'])
  try {
    const opened = await openReader(terminal)
    if (opened.kind === 'invalid' || config.kind === 'invalid') {
      if (opened.kind === 'invalid') terminal.err(opened.problem)
      else await opened.value.close()
      if (config.kind === 'invalid') for (const problem of config.problems) terminal.err(problem)
      return EXIT.failed
    }
    const store = opened.value
    try {
      const profile = await findingHidden(store, hideFor(terminal.environment)).person(id)
      if (profile === undefined) {
        terminal.err(
          `Nobody is known as ${JSON.stringify(id)}. It may be a userId, an anonymousId, an e-mail address or Inkling's own id, spelled exactly.`,
        )
        return EXIT.failed
      }
      const facts = await store.facts(profile.id, MOST)
      const deliveries = await store.deliveries({ profileId: profile.id }, MOST)
      const now = terminal.now()
      const person = toPerson(profile, { facts, deliveries, now, policy: config.policy })
      if (line.options['json'] === 'true') terminal.out(JSON.stringify(person, null, 2))
      else for (const text of personInWords(person, { now, limit })) terminal.out(text)
      return EXIT.done
    } finally {
      await store.close()
    }
  } catch (error) {
    terminal.err(error instanceof Error ? error.message : String(error))
    return EXIT.failed
  }
}
