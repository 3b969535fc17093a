/** What `replay` and `calibrate` have in common: which stream, which span of time, which file to write to. */
import { createReadStream, existsSync, statSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { addAbortSignal } from 'node:stream'
import type { ParseArgsOptionsConfig } from 'node:util'
import { streamJsonl } from '../backtest/jsonl.ts'
import type { Ran } from '../backtest/run.ts'
import { streamLog } from '../backtest/stored-log.ts'
import type { Stream } from '../backtest/stream.ts'
import type { Period } from '../backtest/tally.ts'
import { parseEnvironment } from '../config.ts'
import { openSqliteLogToRead } from '../intake/sqlite.ts'
import { toEpochMs } from '../parse/time.ts'
import { openSqliteReader } from '../store/sqlite-reader.ts'
import type { StoreReader } from '../store/store.ts'
import type { Terminal } from './command.ts'
import type { Options } from './options.ts'
import { clock, count } from './table.ts'

export const INPUT_OPTIONS: ParseArgsOptionsConfig = {
  input: { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  config: { type: 'string' },
  format: { type: 'string' },
  out: { type: 'string' },
}

export const INPUT_HELP = `  --input <file>    an exported stream instead of the service's own: one Segment message a line (JSONL), also
                    gzipped, in the order they arrived; - reads standard input
  --from, --to <when>
                    a date or time such as 2026-03-01 or 2026-03-01T18:00+01:00 (without an offset: UTC), or how long
                    ago, such as 7d or 12h
  --config <file>   the configuration to try; default: inkling.config.ts here, else the defaults`

export const OUTPUT_HELP = `  --format <form>   table (default), csv or json
  --out <file>      writes there instead of to the screen`

export type Refusable<T> =
  | { readonly kind: 'ok'; readonly value: T }
  | { readonly kind: 'invalid'; readonly problem: string }

const FORMATS = ['table', 'csv', 'json'] as const
export type Format = (typeof FORMATS)[number]

export interface Request {
  readonly period: Period
  readonly format: Format
  /** An absolute path. */
  readonly out: string | undefined
}

/** Reads the options both commands have. */
export function readRequest(options: Options, { folder, now }: Pick<Terminal, 'folder' | 'now'>): Refusable<Request> {
  const when = (name: string, otherwise: number): number => {
    const text = options[name]
    return text === undefined ? otherwise : (parseWhen(text, now()) ?? Number.NaN)
  }
  const period = { from: when('from', 0), to: when('to', Number.MAX_SAFE_INTEGER) }
  for (const [name, time] of Object.entries(period))
    if (Number.isNaN(time))
      return invalid(
        `--${name}: found ${JSON.stringify(options[name])}, expected a date or time such as 2026-03-01, or how long ago, such as 7d`,
      )
  if (period.from >= period.to) return invalid('--from: found a time that is not before --to')
  const format = FORMATS.find(known => known === (options['format'] ?? 'table'))
  if (format === undefined)
    return invalid(`--format: found ${JSON.stringify(options['format'])}, expected ${FORMATS.join(', ')}`)
  const out = options['out'] === undefined ? undefined : resolve(folder, options['out'])
  // Found out now, not after the work.
  if (out !== undefined && !existsSync(dirname(out))) return invalid(`--out: there is no folder ${dirname(out)}`)
  return { kind: 'ok', value: { period, format, out } }
}

const AGO = /^(\d+(?:\.\d+)?)(m|h|d)$/
const AGO_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const

function parseWhen(text: string, now: number): number | undefined {
  const [, amount, unit] = AGO.exec(text) ?? []
  if (amount === undefined || (unit !== 'm' && unit !== 'h' && unit !== 'd')) return toEpochMs(text)
  return now - Number(amount) * AGO_MS[unit]
}

export interface Source {
  /** Where the stream comes from, in words. */
  readonly words: string
  /** Opens it anew each time; standard input only once. */
  readonly open: () => Stream
  readonly again: boolean
  /** When timers stop firing, epoch ms; absent: with the last message. */
  readonly until?: number
  /** What the service decided; absent for an exported stream. Closing it is the caller's. */
  readonly openStore?: () => StoreReader
}

export async function findSource(
  options: Options,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Refusable<Source>> {
  const { input } = options
  if (input === undefined) return findService(terminal)
  if (input === '-') {
    const open = () => streamJsonl({ chunks: addAbortSignal(signal, terminal.stdin()), now: terminal.now() })
    return { kind: 'ok', value: { words: 'standard input', open, again: false } }
  }
  const path = resolve(terminal.folder, input)
  const found = existsSync(path) ? statSync(path) : undefined
  if (!found?.isFile()) return invalid(`--input: there is no file ${path}`)
  const open = () => streamJsonl({ chunks: createReadStream(path, { signal }), bytes: found.size, now: terminal.now() })
  return { kind: 'ok', value: { words: input, open, again: true } }
}

async function findService({ environment, folder, now }: Terminal): Promise<Refusable<Source>> {
  const parsed = parseEnvironment(environment)
  const scale = parsed.kind === 'ok' ? parsed.settings.scale : undefined
  if (scale !== undefined) {
    const { streamTopic } = await import('../backtest/topic.ts')
    const { kafka } = scale
    const words = `the topic ${kafka.topic}`
    return { kind: 'ok', value: { words, open: () => streamTopic(kafka, now), again: true, until: now() } }
  }
  const found = findDataFolder(environment, folder)
  if (found.kind === 'invalid') return found
  const { value: dataDir } = found
  return {
    kind: 'ok',
    value: {
      words: `the log in ${dataDir}`,
      open: () => streamLog(openSqliteLogToRead(`${dataDir}/log.db`)),
      openStore: () => openSqliteReader(`${dataDir}/store.db`),
      again: true,
      until: now(),
    },
  }
}

/** The folder the service keeps its data in, with both files in it. */
export function findDataFolder(environment: Terminal['environment'], folder: string): Refusable<string> {
  const parsed = parseEnvironment(environment)
  if (parsed.kind === 'invalid') return invalid(parsed.problems.join('\n'))
  if (parsed.settings.scale !== undefined)
    return invalid(
      'DATABASE_URL and KAFKA_BROKERS are set: what is kept is not in a folder. docs/scaling.md says which command does what there.',
    )
  const dataDir = resolve(folder, parsed.settings.dataDir)
  if (!existsSync(dataDir))
    return invalid(`There is no data folder ${dataDir}. Set DATA_DIR to where "inkling serve" keeps its data.`)
  const missing = ['log.db', 'store.db'].filter(name => !existsSync(`${dataDir}/${name}`))
  if (missing.length > 0)
    return invalid(
      `${dataDir} holds no ${missing.join(' and no ')}: the service has not run there. Set DATA_DIR to where it keeps its data.`,
    )
  return { kind: 'ok', value: dataDir }
}

/** Prints a report, or writes it where `--out` says. */
export function printOrSave(text: string, out: string | undefined, terminal: Pick<Terminal, 'out' | 'err'>): void {
  if (out === undefined) terminal.out(text)
  else {
    writeFileSync(out, `${text}\n`)
    terminal.err(`Written to ${out}`)
  }
}

/** What an operator should know about how the stream was read. */
export function streamRemarks({ passedOver, examples, backwards, messages, kind }: Ran): readonly string[] {
  const remarks: string[] = []
  if (kind === 'ran' && messages === 0) remarks.push('The stream holds no message.')
  if (passedOver > 0) {
    remarks.push(`${count(passedOver)} ${passedOver === 1 ? 'line was' : 'lines were'} passed over:`)
    remarks.push(...examples.map(({ place, reason }) => `  ${place}: ${reason}`))
    if (passedOver > examples.length) remarks.push(`  and ${count(passedOver - examples.length)} more`)
  }
  if (backwards > 0)
    remarks.push(
      `${count(backwards)} ${backwards === 1 ? 'message stands' : 'messages stand'} behind a later one. Timers fire by the latest time seen: sort the stream by receivedAt if these are many.`,
    )
  return remarks
}

/** @returns such as `2026-03-01 10:00 to 2026-03-08 10:00 (UTC)`. */
export function spanWords({ from, to }: Period, ran: Pick<Ran, 'first' | 'last'>): string {
  const start = Math.max(from, ran.first ?? from)
  const end = Math.min(to, ran.last ?? to)
  return `${clock(start).slice(0, 16)} to ${clock(end).slice(0, 16)} (UTC)`
}

export function invalid(problem: string): { readonly kind: 'invalid'; readonly problem: string } {
  return { kind: 'invalid', problem }
}
