/** A replay's report as a reader sees it. Pure. */
import type { Counts, Example, Headline, Report } from '../backtest/report.ts'
import { type Column, clock, count, csv, table } from './table.ts'

export function reportInWords(report: Report, headline: Headline, by: string | undefined): readonly string[] {
  const { compared } = headline
  const numbers = numberColumns(compared)
  const section = (title: string, columns: readonly Column[], rows: readonly (readonly string[])[]) =>
    rows.length === 0 ? [] : ['', title, ...table(columns, rows, '  ')]
  const people = compared === undefined ? ['people'] : ['people', 'compared']
  return [
    ...headlineInWords(headline),
    ...(report.moments.length === 0 ? ['', 'Nothing would have fired.'] : []),
    ...section(
      'Moments',
      [{ title: '' }, ...numbers, ...people.map(title => ({ title, align: 'right' as const }))],
      report.moments.map(({ moment, fired, people }) => [
        moment,
        ...numbersOf(fired),
        ...numbersOf(people).slice(0, 2),
      ]),
    ),
    ...section(
      'By day (UTC)',
      [{ title: '' }, { title: '' }, ...(by === undefined ? [] : [{ title: by }]), ...numbers],
      report.days.map(({ day, moment, group, fired }) => [
        ...[day, moment],
        ...(by === undefined ? [] : [group ?? '']),
        ...numbersOf(fired),
      ]),
    ),
    ...section(
      'Withheld, and why',
      [{ title: '' }, { title: '' }, ...numberColumns(compared, 'would be')],
      report.withheld.map(({ moment, restraint, times }) => [
        moment,
        restraint.replaceAll('_', ' '),
        ...numbersOf(times),
      ]),
    ),
    ...examplesInWords(report.examples, headline),
  ]
}

/** Everything by day; the other tables are sums of it. */
export function reportAsCsv(report: Report, { compared }: Headline, by: string | undefined): string {
  const header = ['day', 'moment', ...(by === undefined ? [] : [by]), 'would_fire']
  return csv([
    compared === undefined ? header : [...header, 'compared'],
    ...report.days.map(({ day, moment, group, fired }) => [
      ...[day, moment],
      ...(by === undefined ? [] : [group]),
      ...(compared === undefined ? [fired.would] : [fired.would, fired.compared]),
    ]),
  ])
}

function headlineInWords({ source, candidate, compared, span, messages, duplicates, people }: Headline): string[] {
  const twice = duplicates === 0 ? '' : ` (${count(duplicates)} more were duplicates)`
  return [
    `${count(messages)} messages of ${count(people)} people${twice}, from ${source}`,
    `${span}, under ${candidate}${compared === undefined ? '' : `, compared with ${compared}`}`,
  ]
}

function numberColumns(compared: string | undefined, would = 'would fire'): readonly Column[] {
  const titles = compared === undefined ? [would] : [would, 'compared', 'change']
  return titles.map(title => ({ title, align: 'right' }))
}

function numbersOf({ would, compared }: Counts): readonly string[] {
  if (compared === undefined) return [count(would)]
  const change = would - compared
  return [count(would), count(compared), change === 0 ? '0' : `${change > 0 ? '+' : '-'}${count(Math.abs(change))}`]
}

const KINDS = { gained: 'only under', lost: 'only in', fired: 'such as' } as const

function examplesInWords(examples: readonly Example[], { candidate, compared = '' }: Headline): readonly string[] {
  const titles = new Set(examples.map(titleOf))
  return [...titles].flatMap(title => [
    '',
    title,
    ...examples
      .filter(example => titleOf(example) === title)
      .flatMap(({ at, person, why }) => [`  ${clock(Date.parse(at))}  ${person}`, `    ${why}`]),
  ])

  function titleOf({ moment, kind }: Example): string {
    const where = { gained: ` ${candidate}`, lost: ` ${compared}`, fired: '' }[kind]
    return `${moment}, ${KINDS[kind]}${where}`
  }
}
