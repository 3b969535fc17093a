import { createOutcomes, type Judgement } from '../backtest/outcome.ts'
import { createPlayback } from '../backtest/playback.ts'
import { type Ran, type RunOptions, runStream } from '../backtest/run.ts'
import { openSeen } from '../backtest/seen.ts'
import type { Period } from '../backtest/tally.ts'
import type { Policy } from '../engine/policy.ts'
import {
  type Format,
  findSource,
  INPUT_HELP,
  INPUT_OPTIONS,
  OUTPUT_HELP,
  printOrSave,
  readRequest,
  type Source,
  spanWords,
  streamRemarks,
} from './backtest-input.ts'
import { readTrial, type Trial } from './calibrate-trial.ts'
import { type Calibration, calibrationAsCsv, calibrationInWords, toRow } from './calibrate-words.ts'
import { type Command, EXIT } from './command.ts'
import { readOptions } from './options.ts'
import { createProgress, type Progress } from './progress.ts'
import { count } from './table.ts'

const HELP = `Usage: inkling calibrate --moment <name> --parameter <path> --values <a,b,c> [options]

Plays the stream once for every value of one setting, and says for each how many people the moment would reach, how many
of those ordered afterwards, how many of those who ordered it would have reached before, and how many came back by
themselves within a day. Nothing is sent and nothing is written.

  --moment <name>   such as "Cart Abandoned"
  --parameter <path>
                    the setting, by its path in inkling.config.ts
  --values <a,b,c>  such as 30m,1h,2h
  --range <from..to/step>
                    instead of --values, such as 5s..12s/1s
  --within <span>   how long after the moment an order may follow; default 7d
  --outcome <event> the event hoped for instead of an order, such as "Signed Up"
${INPUT_HELP}
${OUTPUT_HELP}

Only what happened after the moment counts for it. The data end at --to, or with the last message: nothing later is looked
at, and whoever's time is not over by then is not judged. "docs/backtest.md" explains how to read it.`

const OWN_OPTIONS = {
  moment: { type: 'string' },
  parameter: { type: 'string' },
  values: { type: 'string' },
  range: { type: 'string' },
  within: { type: 'string' },
  outcome: { type: 'string' },
} as const

export const calibrate: Command = async (args, terminal) => {
  const options = readOptions(args, { ...INPUT_OPTIONS, ...OWN_OPTIONS }, HELP, terminal)
  if (typeof options === 'number') return options
  const stop = new AbortController()
  const request = readRequest(options, terminal)
  const source = await findSource(options, terminal, stop.signal)
  const trial = await readTrial(options, terminal)
  const parts = [request, source, trial]
  for (const part of parts) if (part.kind === 'invalid') terminal.err(part.problem)
  if (request.kind === 'invalid' || source.kind === 'invalid' || trial.kind === 'invalid') return EXIT.failed
  if (!source.value.again) {
    terminal.err(
      '--input: calibrate reads the stream once for every value, which standard input cannot give; name a file',
    )
    return EXIT.failed
  }

  void terminal.untilAskedToStop().then(() => stop.abort())
  const { period, format, out } = request.value
  const progress = createProgress(terminal)
  try {
    const tried = await tryAll(source.value, { ...trial.value, period }, { signal: stop.signal, progress })
    progress.clear()
    const last = tried.at(-1)?.ran
    if (last === undefined || last.kind === 'stopped') {
      terminal.err(`Stopped while trying ${tried.at(-1)?.value}. Nothing was written.`)
      return EXIT.stopped
    }
    for (const remark of streamRemarks(last)) terminal.err(remark)
    const { moment, parameter, within, outcome } = trial.value
    const calibration: Calibration = {
      ...{ moment, parameter, withinMs: within, source: source.value.words, span: spanWords(period, last) },
      ...(outcome !== undefined && { outcome }),
      ...{ messages: last.messages, rows: tried.map(({ value, judgement }) => toRow(value, judgement)) },
    }
    printOrSave(calibrationAs(format, calibration), out, terminal)
    return EXIT.done
  } catch (error) {
    progress.clear()
    terminal.err(error instanceof Error ? error.message : String(error))
    return EXIT.failed
  }
}

function calibrationAs(format: Format, calibration: Calibration): string {
  switch (format) {
    case 'table':
      return calibrationInWords(calibration).join('\n')
    case 'csv':
      return calibrationAsCsv(calibration)
    case 'json':
      return JSON.stringify(calibration, null, 2)
    default:
      return format satisfies never
  }
}

interface Tried {
  readonly value: string
  readonly ran: Ran
  readonly judgement: Judgement
}

interface Watch {
  readonly signal: AbortSignal
  readonly progress: Progress
}

/** One value after the other: at any time everybody is in memory once. */
async function tryAll(
  source: Source,
  { candidates, ...trial }: Trial & { readonly period: Period },
  { signal, progress }: Watch,
): Promise<readonly Tried[]> {
  const tried: Tried[] = []
  for (const { value, policy } of candidates) {
    const show: RunOptions['onProgress'] = ({ share, messages }) =>
      progress.show(
        share === undefined ? undefined : (tried.length + share) / candidates.length,
        `${value}: ${count(messages)} messages`,
      )
    tried.push({ value, ...(await tryOne(source, { ...trial, policy }, { signal, show })) })
    if (signal.aborted) break
  }
  return tried
}

async function tryOne(
  source: Source,
  { policy, period, ...trial }: Omit<Trial, 'candidates'> & { readonly policy: Policy; readonly period: Period },
  { signal, show }: { readonly signal: AbortSignal; readonly show: RunOptions['onProgress'] },
): Promise<Omit<Tried, 'value'>> {
  const outcomes = createOutcomes({ ...trial, from: period.from })
  const playbacks = [createPlayback(policy, outcomes.note)]
  const stream = source.open()
  const seen = openSeen()
  try {
    const ran = await runStream({ stream, seen, playbacks, signal, cutOff: period.to, onProgress: show })
    return { ran, judgement: outcomes.judge(Math.min(period.to, ran.last ?? period.to)) }
  } finally {
    seen.close()
    stream.close()
  }
}
