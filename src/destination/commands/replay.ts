import { createHistory, type History } from '../backtest/history.ts'
import { createPlayback, type Playback, type Played } from '../backtest/playback.ts'
import { type Headline, type Report, toReport } from '../backtest/report.ts'
import { type Ran, runStream } from '../backtest/run.ts'
import { openSeen } from '../backtest/seen.ts'
import { createTally, type Period, type Tally } from '../backtest/tally.ts'
import type { Known } from '../engine/fact.ts'
import type { Policy } from '../engine/policy.ts'
import type { ProfileState } from '../engine/profile.ts'
import { writtenTraits } from '../engine/written.ts'
import {
  type Format,
  findSource,
  INPUT_HELP,
  INPUT_OPTIONS,
  OUTPUT_HELP,
  printOrSave,
  type Request,
  readRequest,
  type Source,
  spanWords,
  streamRemarks,
} from './backtest-input.ts'
import { type Command, EXIT, type Terminal } from './command.ts'
import { type LoadedConfig, loadConfig } from './load-config.ts'
import { readOptions } from './options.ts'
import { createProgress } from './progress.ts'
import { findRival, namedCompare, nameOfConfig, type Rival } from './replay-rival.ts'
import { decidedUntil, findSending, SEND_HELP, SEND_OPTIONS, sendFound } from './replay-send.ts'
import { reportAsCsv, reportInWords } from './replay-words.ts'
import { count } from './table.ts'

const HELP = `Usage: inkling replay [--config <file>] [--compare [<file>]] [options]

Plays the stream the service has logged, or an exported one, through the engine under a configuration, in event time, and
reports what would have fired. Without --send, nothing is sent and nothing is written. It works beside a running service.

${INPUT_HELP}
  --compare [<file>]
                    beside it, what another configuration does with the same stream; without a file: what really
                    fired, as the service recorded it, or with --input the configuration here
  --by <name>       splits the days by a property of the moment's event or a trait of the person, such as page_type
  --examples <n>    people shown per moment; default 3
${OUTPUT_HELP}
${SEND_HELP}

The whole stream is played, so that everybody is known as well as they were; --from and --to say which part is reported.
"docs/backtest.md" explains how to read it.`

export const replay: Command = async (args, terminal) => {
  const options = readOptions(
    namedCompare(args),
    {
      ...INPUT_OPTIONS,
      ...SEND_OPTIONS,
      compare: { type: 'string' },
      by: { type: 'string' },
      examples: { type: 'string' },
    },
    HELP,
    terminal,
  )
  if (typeof options === 'number') return options
  const stop = new AbortController()
  const examples = Number(options['examples'] ?? 3)
  const request = readRequest(options, terminal)
  const source = await findSource(options, terminal, stop.signal)
  const candidate = await loadConfig(terminal.folder, options['config'])
  const rival = await findRival(options, terminal.folder)
  const sending = await findSending(options, terminal)
  const problems = [
    ...[request, source, rival, sending].flatMap(part => (part.kind === 'invalid' ? [part.problem] : [])),
    ...(candidate.kind === 'invalid' ? candidate.problems : []),
    ...(Number.isInteger(examples) && examples >= 0 ? [] : ['--examples: expected a whole number from 0']),
  ]
  for (const problem of problems) terminal.err(problem)
  if (request.kind === 'invalid' || source.kind === 'invalid' || rival.kind === 'invalid') return EXIT.failed
  if (candidate.kind === 'invalid' || sending.kind === 'invalid' || problems.length > 0) return EXIT.failed

  void terminal.untilAskedToStop().then(() => stop.abort())
  try {
    const { period } = request.value
    const until = decidedUntil(source.value, terminal.now())
    const asked = until === undefined ? period : { ...period, decidedUntil: until }
    const history = sending.value && createHistory(sending.value.connector, candidate.policy, asked)
    const played = await play(
      { source: source.value, policy: candidate.policy, rival: rival.value, period },
      { by: options['by'], terminal, signal: stop.signal, ...(history !== undefined && { history }) },
    )
    if (played.ran.kind === 'stopped') {
      terminal.err(`Stopped after ${count(played.ran.messages)} messages. Nothing was written.`)
      return EXIT.stopped
    }
    for (const remark of streamRemarks(played.ran)) terminal.err(remark)
    const report = toReport({ ...played, examples })
    const headline = toHeadline(played.ran, {
      ...{ source: source.value, candidate, rival: rival.value, request: request.value },
      ...{ people: played.people, folder: terminal.folder },
    })
    const { format, out } = request.value
    printOrSave(reportAs(format, { report, headline, by: options['by'] }), out, terminal)
    if (history === undefined || sending.value === undefined) return EXIT.done
    // Beside a table it is read; CSV and JSON are for programs, which want nothing else there.
    const tell = format === 'table' && out === undefined ? terminal.out : terminal.err
    return await sendFound(history.found(played.stateOf), sending.value, { terminal, signal: stop.signal, tell })
  } catch (error) {
    terminal.err(error instanceof Error ? error.message : String(error))
    return EXIT.failed
  }
}

interface Match {
  readonly source: Source
  readonly policy: Policy
  readonly rival: Rival
  readonly period: Period
}

interface Play {
  readonly ran: Ran
  readonly people: number
  readonly would: Tally
  readonly compared?: Tally
  readonly nameOf: (profileId: string) => string
  readonly stateOf: (profileId: string) => ProfileState | undefined
}

interface Playing {
  readonly by: string | undefined
  readonly terminal: Terminal
  readonly signal: AbortSignal
  /** What the candidate would have written. */
  readonly history?: History
}

async function play(
  { source, policy, rival, period }: Match,
  { by, terminal, signal, history }: Playing,
): Promise<Play> {
  const would = createTally(period, by)
  const counted = counting(would)
  const playback = createPlayback(policy, played => {
    counted(played)
    history?.note(played)
  })
  const playbacks: Playback[] = [playback]
  const compared = rival.kind === 'none' ? undefined : createTally(period, by)
  if (rival.kind === 'policy' && compared !== undefined)
    playbacks.push(createPlayback(rival.policy, counting(compared)))

  const progress = createProgress(terminal)
  const stream = source.open()
  const seen = openSeen()
  try {
    const ran = await runStream({
      ...{ stream, seen, playbacks, signal },
      ...(source.until !== undefined && { until: source.until }),
      onProgress: ({ messages, share }) => progress.show(share, `${count(messages)} messages`),
    })
    const recorded = rival.kind === 'recorded' ? source.openStore?.() : undefined
    for (const { profileId, fact } of recorded?.factsBetween(period.from, period.to) ?? [])
      compared?.note(profileId, fact)
    recorded?.close()
    const { stateOf, count: people } = playback.people
    const nameOf = (id: string) => nameIn(stateOf(id)?.known) ?? id
    return { ran, people: people(), would, ...(compared !== undefined && { compared }), nameOf, stateOf }
  } finally {
    progress.clear()
    seen.close()
    stream.close()
  }
}

function counting(tally: Tally): (played: Played) => void {
  return ({ profileId, joined, state, facts }) => {
    for (const { from } of joined) tally.join(from, profileId)
    for (const fact of facts)
      if (fact.kind === 'moment_fired' || fact.kind === 'moment_withheld')
        tally.note(profileId, fact, writtenTraits(state.written))
  }
}

function nameIn(known: Known | undefined): string | undefined {
  return known?.email ?? known?.userId ?? known?.phone ?? known?.anonymousIds.at(-1)
}

interface About {
  readonly source: Source
  readonly candidate: Extract<LoadedConfig, { kind: 'ok' }>
  readonly rival: Rival
  readonly request: Request
  readonly people: number
  readonly folder: string
}

function toHeadline(ran: Ran, { source, candidate, rival, request, people, folder }: About): Headline {
  const { messages, duplicates, passedOver } = ran
  const compared = rival.kind === 'policy' ? rival.name : 'what really fired'
  return {
    source: source.words,
    candidate: nameOfConfig(candidate, folder),
    ...(rival.kind !== 'none' && { compared }),
    span: spanWords(request.period, ran),
    ...{ messages, duplicates, passedOver, people },
  }
}

function reportAs(format: Format, { report, headline, by }: Presented): string {
  switch (format) {
    case 'table':
      return reportInWords(report, headline, by).join('\n')
    case 'csv':
      return reportAsCsv(report, headline, by)
    case 'json':
      return JSON.stringify({ ...headline, ...report }, null, 2)
    default:
      return format satisfies never
  }
}

interface Presented {
  readonly report: Report
  readonly headline: Headline
  readonly by: string | undefined
}
