/** `inkling replay --send`: the moments a replay found, written to a platform as history. */
import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import type { ParseArgsOptionsConfig } from 'node:util'
import type { Connector } from '../../connectors/connector.ts'
import { openConnectors } from '../../connectors/index.ts'
import { SettingError } from '../../connectors/setting-error.ts'
import type { Found } from '../backtest/history.ts'
import { type WriteProgress, writeHistory } from '../backtest/write-history.ts'
import { parseEnvironment } from '../config.ts'
import { invalid, type Refusable, type Source } from './backtest-input.ts'
import { EXIT, type Terminal } from './command.ts'
import type { Options } from './options.ts'
import { createProgress } from './progress.ts'
import { openKnown, type Place, sizeOf, withoutKnown } from './replay-known.ts'
import { type Account, endInWords, liveInWords, pauseInWords, planInWords, wroteInWords } from './replay-send-words.ts'
import { count } from './table.ts'

export const SEND_OPTIONS: ParseArgsOptionsConfig = {
  send: { type: 'string' },
  'dry-run': { type: 'boolean' },
  force: { type: 'boolean' },
}

export const SEND_HELP = `  --send <platform> writes the moments that would have fired there, as history: klaviyo, hubspot, braze or webhook.
                    What the service has delivered, or an earlier replay has written, is left out; traits are never
                    written. Where a platform cannot be told that an event is of the past, it is refused
  --dry-run         with --send: only says how many would be written
  --force           with --send: writes also where it starts what a new event would start`

const PLATFORMS = ['klaviyo', 'hubspot', 'braze', 'webhook'] as const

export interface Sending extends Place {
  readonly connector: Connector
}

/** @returns undefined when nothing is to be sent. */
export async function findSending(options: Options, terminal: Terminal): Promise<Refusable<Sending | undefined>> {
  const { send, force, 'dry-run': dryRun } = options
  if (send === undefined && (force ?? dryRun) !== undefined)
    return invalid(`--${force === undefined ? 'dry-run' : 'force'}: only says something with --send`)
  if (send === undefined) return { kind: 'ok', value: undefined }
  const name = PLATFORMS.find(known => known === send)
  if (name === undefined) return invalid(`--send: found ${JSON.stringify(send)}, expected ${PLATFORMS.join(', ')}`)
  const environment = parseEnvironment(terminal.environment)
  if (environment.kind === 'invalid') return invalid(environment.problems.join('\n'))
  const { connectors, dataDir } = environment.settings
  const settings = connectors[name]
  if (settings === undefined) return invalid(`--send: ${name} is not configured; "inkling check" shows what is`)
  try {
    const [connector] = await openConnectors({ [name]: settings })
    if (connector === undefined) return invalid(`--send: ${name} cannot be opened`)
    if (connector.marksHistory !== true && (force ?? dryRun) === undefined) return invalid(liveInWords(name))
    const account = createHash('sha256')
      .update(JSON.stringify([name, settings]))
      .digest('hex')
      .slice(0, 16)
    const isDryRun = dryRun === 'true'
    return { kind: 'ok', value: { connector, isDryRun, account, dataDir: resolve(terminal.folder, dataDir) } }
  } catch (error) {
    if (!(error instanceof SettingError)) throw error
    return invalid(error.message)
  }
}

/** The service decides within seconds, unless it is behind or down; a moment that is written as history starts no flow. */
const UNDECIDED_MS = 3_600_000

/** @returns until when the service has surely decided, epoch ms; undefined: it has no part in this stream. */
export function decidedUntil({ openStore }: Pick<Source, 'openStore'>, now: number): number | undefined {
  return openStore && now - UNDECIDED_MS
}

export interface SendDeps {
  readonly terminal: Pick<Terminal, 'now' | 'random' | 'status' | 'err'>
  readonly signal: AbortSignal
  /** Where what became of it is told. */
  readonly tell: (line: string) => void
}

/** @returns the exit code. */
export async function sendFound(found: Found, sending: Sending, { terminal, signal, tell }: SendDeps): Promise<number> {
  const { connector, isDryRun } = sending
  const known = openKnown(sending)
  try {
    const { lanes, there, deleted } = await withoutKnown(found.lanes, known)
    const moments = sizeOf(lanes)
    const account: Account = { platform: connector.name, isMarked: connector.marksHistory === true }
    const { unknown, recent } = found
    const plan = { moments, people: lanes.length, there, unknown, recent, withdrawn: found.withdrawn + deleted }
    if (isDryRun || moments === 0) {
      for (const line of planInWords(plan, account)) tell(line)
      return EXIT.done
    }
    const progress = createProgress(terminal)
    const onProgress = ({ settled, pause }: WriteProgress) =>
      progress.show(
        settled / moments,
        pauseInWords(pause, terminal.now()) ?? `${count(settled)} of ${count(moments)} moments`,
      )
    const wrote = await writeHistory({
      ...{ lanes, connector, onProgress, signal, now: terminal.now, random: terminal.random },
      onWritten: ids => known.written?.add(ids),
    })
    progress.clear()
    for (const line of wroteInWords(plan, wrote, account)) tell(line)
    for (const line of endInWords(wrote, account)) terminal.err(line)
    if (wrote.end.kind === 'stopped') return EXIT.stopped
    return wrote.end.kind === 'done' && wrote.refused.size === 0 ? EXIT.done : EXIT.failed
  } finally {
    known.store?.close()
    known.written?.close()
  }
}
