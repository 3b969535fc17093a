import { setTimeout as sleep } from 'node:timers/promises'
import { findingHidden, hideFor } from '../find-person.ts'
import { askToForget, type Forgetting } from '../forget.ts'
import { type Command, EXIT, type Terminal } from './command.ts'
import { readCommandLine } from './options.ts'
import { createProgress } from './progress.ts'
import { findPlace, type Running } from './running.ts'

const HELP = `Usage: inkling forget <id> --yes

Forgets one person: their profile, what was decided, what waits to be written, their messages in the log; and has every
platform delete them. What comes late of them is taken in no more. It cannot be undone.

  <id>              a userId, an anonymousId, an e-mail address or Inkling's own id
  --yes             does it; without it, says whom it would be

The service that runs at HOST and PORT does it, and this waits until its files are clean. Without one, it is written into
the log of DATA_DIR, and done when the service starts next. Copies made before still have them: see docs/privacy.md.`

const LOOK_MS = 200
/** Going through a large log takes minutes. */
const WAIT_MS = 3_600_000

export const forget: Command = async (args, terminal) => {
  const line = readCommandLine(args, { options: { yes: { type: 'boolean' } }, operands: 1 }, HELP, terminal)
  if (typeof line === 'number') return line
  const [id = ''] = line.operands
  const place = await findPlace(terminal)
  if (place.kind === 'invalid') {
    terminal.err(place.problem)
    return EXIT.failed
  }
  try {
    const isSure = line.options['yes'] === 'true'
    if (place.value.kind === 'running') return await throughService(place.value.running, { id, isSure }, terminal)
    const { log, dataDir, close, ...files } = place.value.files
    const store = { ...files.store, ...findingHidden(files.store, hideFor(terminal.environment)) }
    try {
      const person = await store.person(id)
      if (person === undefined) return unknown(terminal)
      if (!isSure) return unsure(person.id, terminal)
      await askToForget({ store, log, now: terminal.now }, id)
      terminal.out(`Asked. It is done when the service starts next over ${dataDir}.`)
      return EXIT.done
    } finally {
      await close()
    }
  } catch (error) {
    terminal.err(error instanceof Error ? error.message : String(error))
    return EXIT.failed
  }
}

interface Asked {
  readonly id: string
  readonly isSure: boolean
}

async function throughService({ ask }: Running, { id, isSure }: Asked, terminal: Terminal): Promise<number> {
  if (!isSure) {
    const person = (await ask(`/api/people/${encodeURIComponent(id)}`)) as { id: string }
    return unsure(person.id, terminal)
  }
  const { profile } = (await ask('/api/forget', { id })) as Forgetting
  const progress = createProgress(terminal)
  const end = terminal.now() + WAIT_MS
  while (terminal.now() < end) {
    const found = (await ask(`/api/forget/${profile}`)) as Forgetting
    if (found.state === 'done') {
      progress.clear()
      terminal.out(`Forgotten here: profile ${profile} is empty.`)
      for (const { connector, status, said } of found.platforms)
        terminal.out(`${connector}: ${status}${said === undefined ? '' : `, ${said}`}`)
      return EXIT.done
    }
    progress.show(undefined, 'going through the files…')
    await sleep(LOOK_MS)
  }
  progress.clear()
  terminal.err('It is not done after an hour; the service goes on with it. Its log says "person forgotten" at the end.')
  return EXIT.failed
}

function unsure(profile: string, terminal: Terminal): number {
  terminal.err(
    `That is profile ${profile}. "inkling explain ${profile}" tells all about them. Say --yes to forget them.`,
  )
  return EXIT.misused
}

function unknown(terminal: Terminal): number {
  terminal.err(
    'Nobody is known by this id. It may be a userId, an anonymousId, an e-mail address or our own id, spelled exactly.',
  )
  return EXIT.failed
}
