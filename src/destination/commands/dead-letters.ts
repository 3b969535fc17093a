import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import {
  type Chosen,
  createDeadLetters,
  DEAD_LETTER_KINDS,
  type DeadLetter,
  type DeadLetters,
  quarantineOf,
  type Retried,
} from '../dead-letters.ts'
import { type Command, EXIT, type Terminal } from './command.ts'
import { type Options, readCommandLine } from './options.ts'
import { findPlace, type Place, type Running } from './running.ts'
import { clock, count, table } from './table.ts'

const HELP = `Usage: inkling dead-letters [list | retry | export | discard] [options]

What was given up and kept: deliveries that a platform refused for good, and messages that could not be read. Put right
what was wrong, then try them again. Asks the service that runs at HOST and PORT; when none does, works on DATA_DIR itself.

  list              what there is, newest first (the default)
  retry             tries them once more: deliveries under the same ids, so that nothing counts twice
  export            all of it, one JSON object a line
  discard           puts them away for good

  --kind <kind>     deliveries (default) or messages
  --connector <name>
                    only those of one platform
  --id <ids>        only these, separated by commas
  --all             retry and discard want either --id, --connector or this
  --limit <n>       as many at most in list and export; default 100
  --out <file>      where export writes; default: the screen`

const VERBS = ['list', 'retry', 'export', 'discard'] as const
type Verb = (typeof VERBS)[number]

const OPTIONS = {
  kind: { type: 'string' },
  connector: { type: 'string' },
  id: { type: 'string' },
  all: { type: 'boolean' },
  limit: { type: 'string' },
  out: { type: 'string' },
} as const

export const deadLetters: Command = async (args, terminal) => {
  const [first = 'list', ...rest] = args
  const given = first.startsWith('-') ? ['list', ...args] : [first, ...rest]
  const line = readCommandLine(given, { options: OPTIONS, operands: 1 }, HELP, terminal)
  if (typeof line === 'number') return line
  const verb = VERBS.find(known => known === line.operands[0])
  const asked = verb === undefined ? `There is no "${line.operands[0]}"` : readChoice(verb, line.options)
  if (verb === undefined || typeof asked === 'string') {
    terminal.err(`${asked}\n\n${HELP}`)
    return EXIT.misused
  }
  const place = await findPlace(terminal)
  if (place.kind === 'invalid') {
    terminal.err(place.problem)
    return EXIT.failed
  }
  const opened = open(place.value, terminal)
  try {
    return await perform(opened.letters, { verb, ...asked }, terminal)
  } catch (error) {
    terminal.err(error instanceof Error ? error.message : String(error))
    return EXIT.failed
  } finally {
    await opened.close()
  }
}

interface Asked {
  readonly chosen: Chosen
  readonly limit: number
  readonly out: string | undefined
}

/** @returns what is wrong, in words. */
function readChoice(verb: Verb, options: Options): Asked | string {
  const { kind: found = 'deliveries', connector, id, limit = '100', out } = options
  const kind = DEAD_LETTER_KINDS.find(known => known === found)
  if (kind === undefined) return `--kind: found ${JSON.stringify(found)}, expected ${DEAD_LETTER_KINDS.join(' or ')}`
  if (!/^[1-9]\d{0,4}$/.test(limit))
    return `--limit: found ${JSON.stringify(limit)}, expected a whole number from 1 to 99999`
  const ids = id?.split(',').map(each => each.trim())
  const isWide = ids === undefined && connector === undefined && options['all'] !== 'true'
  if ((verb === 'retry' || verb === 'discard') && isWide)
    return `${verb}: found neither --id, --connector nor --all, expected one of them`
  const chosen = { kind, ...(connector !== undefined && { connector }), ...(ids !== undefined && { ids }) }
  return { chosen, limit: Number(limit), out }
}

function open(place: Place, { now }: Terminal): { readonly letters: DeadLetters; close(): Promise<void> } {
  if (place.kind === 'running') return { letters: throughService(place.running), close: async () => undefined }
  const { log, store, close } = place.files
  return { letters: createDeadLetters({ quarantine: quarantineOf(log), store, append: log.append, now }), close }
}

/** The same, asked of the service. */
function throughService({ ask }: Running): DeadLetters {
  return {
    list: async ({ kind, connector, ids }, limit) => {
      const query = new URLSearchParams({ kind, limit: String(ids === undefined ? Math.min(limit, 10_000) : 10_000) })
      if (connector !== undefined) query.set('connector', connector)
      const { dead_letters: found } = (await ask(`/api/dead-letters?${query}`)) as {
        dead_letters: readonly DeadLetter[]
      }
      return found.filter(({ id }) => ids?.includes(id) ?? true).slice(0, limit)
    },
    retry: async chosen => (await ask('/api/dead-letters/retry', chosen)) as Retried,
    discard: async chosen => ((await ask('/api/dead-letters/discard', chosen)) as { discarded: number }).discarded,
  }
}

async function perform(
  letters: DeadLetters,
  { verb, chosen, limit, out }: Asked & { readonly verb: Verb },
  terminal: Terminal,
): Promise<number> {
  switch (verb) {
    case 'list':
      for (const line of inWords(await letters.list(chosen, limit), chosen)) terminal.out(line)
      return EXIT.done
    case 'export': {
      const lines = (await letters.list(chosen, limit)).map(letter => JSON.stringify(letter))
      if (out === undefined) for (const line of lines) terminal.out(line)
      else {
        writeFileSync(resolve(terminal.folder, out), lines.map(line => `${line}\n`).join(''))
        terminal.err(`${count(lines.length)} written to ${out}`)
      }
      return EXIT.done
    }
    case 'retry': {
      const { retried, refused } = await letters.retry(chosen)
      terminal.out(`${count(retried)} are tried again.`)
      for (const { id, why } of refused) terminal.out(`Not ${id}: ${why}`)
      return refused.length > 0 ? EXIT.failed : EXIT.done
    }
    case 'discard':
      terminal.out(`${count(await letters.discard(chosen))} put away.`)
      return EXIT.done
    default:
      return verb satisfies never
  }
}

function inWords(found: readonly DeadLetter[], { kind }: Chosen): readonly string[] {
  if (found.length === 0) return [kind === 'deliveries' ? 'No delivery was given up.' : 'No message is in quarantine.']
  const columns = ['when (UTC)', 'id', kind === 'deliveries' ? 'platform' : 'came by', 'what', 'why'].map(title => ({
    title,
  }))
  const rows = found.map(({ at, id, connector, what, reason }) => [
    ...[clock(Date.parse(at)), id, connector ?? what, connector === undefined ? 'message' : what, oneLine(reason)],
  ])
  const hints = [...new Set(found.flatMap(({ hint }) => (hint === undefined ? [] : [hint])))]
  return [...table(columns, rows), ...(hints.length > 0 ? ['', ...hints] : [])]
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').slice(0, 160)
}
