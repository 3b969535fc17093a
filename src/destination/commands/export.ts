import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { namesIn } from '../engine/identity.ts'
import { toPerson } from '../explain.ts'
import { findingHidden, hideFor } from '../find-person.ts'
import { openSqliteLogToRead } from '../intake/sqlite.ts'
import { messagesAbout } from '../parse.ts'
import { openSqliteReader } from '../store/sqlite-reader.ts'
import { findDataFolder } from './backtest-input.ts'
import { type Command, EXIT } from './command.ts'
import { loadConfig } from './load-config.ts'
import { readCommandLine } from './options.ts'
import { createProgress } from './progress.ts'
import { count } from './table.ts'

const HELP = `Usage: inkling export <id> [--out <file>] [--config <file>]

Everything that is kept of one person, as JSON, for whoever asks what is known of them: who they are, what was decided and
why, what was sent where, and their messages in the log as they came. Reads DATA_DIR, also while the service runs.

  <id>              a userId, an anonymousId, an e-mail address or Inkling's own id
  --out <file>      writes there; default: the screen
  --config <file>   behaviour; default: inkling.config.ts here, else the defaults`

const MOST = 1_000_000
const ENTRIES_AT_ONCE = 200

export const exportPerson: Command = async (args, terminal) => {
  const accepted = { options: { out: { type: 'string' }, config: { type: 'string' } }, operands: 1 } as const
  const line = readCommandLine(args, accepted, HELP, terminal)
  if (typeof line === 'number') return line
  const [id = ''] = line.operands
  const { out, config: file } = line.options
  const folder = findDataFolder(terminal.environment, terminal.folder)
  const config = await loadConfig(terminal.folder, file)
  if (folder.kind === 'invalid' || config.kind === 'invalid') {
    if (folder.kind === 'invalid') terminal.err(folder.problem)
    if (config.kind === 'invalid') for (const problem of config.problems) terminal.err(problem)
    return EXIT.failed
  }
  const store = openSqliteReader(`${folder.value}/store.db`)
  const log = openSqliteLogToRead(`${folder.value}/log.db`)
  const progress = createProgress(terminal)
  try {
    const profile = await findingHidden(store, hideFor(terminal.environment)).person(id)
    if (profile === undefined) {
      terminal.err(
        `Nobody is known as ${JSON.stringify(id)}. It may be a userId, an anonymousId, an e-mail address or our own id.`,
      )
      return EXIT.failed
    }
    const names = new Set([...namesIn(profile.state.known), ...store.keysOf(profile.id)])
    const messages: unknown[] = []
    for (let position = 0, head = log.head(); position < head; ) {
      const entries = await log.read(position, ENTRIES_AT_ONCE)
      for (const entry of entries) messages.push(...messagesAbout(entry, names))
      position = entries.at(-1)?.position ?? head
      progress.show(position / head, `${count(messages.length)} messages`)
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
    store.close()
    log.close()
  }
}
