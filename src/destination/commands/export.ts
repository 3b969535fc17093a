import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { namesIn } from '../engine/identity.ts'
import { toPerson } from '../explain.ts'
import { findingHidden, hideFor } from '../find-person.ts'
import { messagesAbout } from '../parse.ts'
import { type Command, EXIT } from './command.ts'
import { loadConfig } from './load-config.ts'
import { openReader } from './open-reader.ts'
import { readCommandLine } from './options.ts'
import { createProgress } from './progress.ts'
import { count } from './table.ts'

const HELP = `Usage: inkling export <id> [--out <file>] [--config <file>]

Everything that is kept of one person, as JSON, for whoever asks what is known of them: who they are, what was decided and
why, what was sent where, and their messages in the log as they came. Reads DATA_DIR, or DATABASE_URL and KAFKA_BROKERS,
also while the service runs.

  <id>              a userId, an anonymousId, an e-mail address or Inkling's own id
  --out <file>      writes there; default: the screen
  --config <file>   behaviour; default: inkling.config.ts here, else the defaults`

const MOST = 1_000_000

export const exportPerson: Command = async (args, terminal) => {
  const accepted = { options: { out: { type: 'string' }, config: { type: 'string' } }, operands: 1 } as const
  const line = readCommandLine(args, accepted, HELP, terminal)
  if (typeof line === 'number') return line
  const [id = ''] = line.operands
  const { out, config: file } = line.options
  const config = await loadConfig(terminal.folder, file)
  const opened = await openReader(terminal)
  if (opened.kind === 'invalid' || config.kind === 'invalid') {
    if (opened.kind === 'invalid') terminal.err(opened.problem)
    else await opened.value.close()
    if (config.kind === 'invalid') for (const problem of config.problems) terminal.err(problem)
    return EXIT.failed
  }
  const store = opened.value
  const log = store.openLog()
  const progress = createProgress(terminal)
  try {
    const profile = await findingHidden(store, hideFor(terminal.environment)).person(id)
    if (profile === undefined) {
      terminal.err(
        `Nobody is known as ${JSON.stringify(id)}. It may be a userId, an anonymousId, an e-mail address or our own id.`,
      )
      return EXIT.failed
    }
    const names = new Set([...namesIn(profile.state.known), ...(await store.keysOf(profile.id))])
    const messages: unknown[] = []
    for await (const entries of log.batches) {
      for (const entry of entries) messages.push(...messagesAbout(entry, names))
      progress.show(log.progress(), `${count(messages.length)} messages`)
    }
    progress.clear()
    const facts = await store.facts(profile.id, MOST)
    const deliveries = await store.deliveries({ profileId: profile.id }, MOST)
    const person = toPerson(profile, { facts, deliveries, now: terminal.now(), policy: config.policy })
    const text = JSON.stringify({ person, state: profile.state, facts, messages }, null, 2)
    if (out === undefined) terminal.out(text)
    else {
      writeFileSync(resolve(terminal.folder, out), `${text}\n`, { mode: 0o600 })
      terminal.err(`${count(messages.length)} messages and ${count(facts.length)} decisions written to ${out}`)
    }
    return EXIT.done
  } finally {
    progress.clear()
    log.close()
    await store.close()
  }
}
