/** A calibration as a reader sees it. Pure. */
import { confidence, type Judgement } from '../backtest/outcome.ts'
import { bars, count, csv, lasting, percent, shareText, table } from './table.ts'

export interface Calibration {
  readonly moment: string
  readonly parameter: string
  readonly withinMs: number
  /** Absent: an order. */
  readonly outcome?: string
  readonly source: string
  /** In words, UTC. */
  readonly span: string
  readonly messages: number
  readonly rows: readonly CalibrationRow[]
}

export interface CalibrationRow extends Judgement {
  readonly value: string
  /** succeeded / judged; absent when nobody is judged. */
  readonly precision?: number
  /** Where it lies with 95 % confidence. */
  readonly precisionBetween: readonly [low: number, high: number]
  /** foreseen / outcomes; absent when nobody had the outcome. */
  readonly recall?: number
  /** returned / watched; absent when nobody could be watched. */
  readonly returnRate?: number
}

export function toRow(value: string, judgement: Judgement): CalibrationRow {
  const { succeeded, judged, foreseen, outcomes, returned, watched } = judgement
  return {
    value,
    ...judgement,
    precisionBetween: confidence(succeeded, judged),
    ...(judged > 0 && { precision: succeeded / judged }),
    ...(outcomes > 0 && { recall: foreseen / outcomes }),
    ...(watched > 0 && { returnRate: returned / watched }),
  }
}

export function calibrationInWords(calibration: Calibration): readonly string[] {
  const { moment, parameter, withinMs, outcome, source, span, messages, rows } = calibration
  const [first] = rows
  if (first === undefined) return []
  const did = outcome === undefined ? 'ordered' : `did "${outcome}"`
  const { people, outcomes } = first
  const unjudged = Math.max(...rows.map(({ triggered, judged }) => triggered - judged))
  return [
    `${moment}, by ${parameter}`,
    `${count(messages)} messages of ${count(people)} people, from ${source}, ${span}`,
    `${count(outcomes)} of all of them ${did} (${percent(outcomes, people)}): what the precision has to be held against`,
    '',
    ...table(
      [
        { title: parameter.split('.').at(-1) ?? parameter, align: 'right' },
        { title: 'reached', align: 'right' },
        { title: 'judged', align: 'right' },
        { title: did, align: 'right' },
        { title: 'precision', align: 'right' },
        { title: '(95 %)', align: 'right' },
        { title: 'recall', align: 'right' },
        { title: 'back in 24 h', align: 'right' },
        { title: 'half of them in', align: 'right' },
      ],
      rows.map(row => [
        ...[row.value, count(row.triggered), count(row.judged), count(row.succeeded)],
        percent(row.succeeded, row.judged),
        row.judged === 0 ? '-' : row.precisionBetween.map(shareText).join('-'),
        percent(row.foreseen, row.outcomes),
        percent(row.returned, row.watched),
        row.medianReturnMs === undefined ? '-' : lasting(row.medianReturnMs),
      ]),
      '  ',
    ),
    ...plot('People reached', rows, row => [row.triggered, count(row.triggered)]),
    ...plot(
      `Precision: of those reached, who ${did} afterwards`,
      rows,
      row => [row.precision ?? 0, percent(row.succeeded, row.judged)],
      1,
    ),
    ...plot(
      'Back by themselves within 24 h',
      rows,
      row => [row.returnRate ?? 0, percent(row.returned, row.watched)],
      1,
    ),
    ...(unjudged === 0
      ? []
      : [
          '',
          `Up to ${count(unjudged)} were reached less than ${lasting(withinMs)} before the data end; they are not judged.`,
        ]),
  ]
}

export function calibrationAsCsv({ rows }: Calibration): string {
  return csv([
    [
      ...['value', 'people', 'reached', 'judged', 'succeeded', 'precision', 'precision_low', 'precision_high'],
      ...['outcomes', 'foreseen', 'recall', 'watched', 'returned', 'return_rate', 'median_return_s'],
    ],
    ...rows.map(row => [
      ...[row.value, row.people, row.triggered, row.judged, row.succeeded],
      ...[row.precision, ...row.precisionBetween].map(rounded),
      ...[row.outcomes, row.foreseen, rounded(row.recall), row.watched, row.returned, rounded(row.returnRate)],
      row.medianReturnMs === undefined ? undefined : Math.round(row.medianReturnMs / 1000),
    ]),
  ])
}

function plot(
  title: string,
  rows: readonly CalibrationRow[],
  read: (row: CalibrationRow) => readonly [value: number, text: string],
  full?: number,
): readonly string[] {
  const lines = rows.map(row => {
    const [value, text] = read(row)
    return { label: row.value, value, text }
  })
  return ['', title, ...bars(lines, full)]
}

function rounded(share: number | undefined): number | undefined {
  return share === undefined ? undefined : Number(share.toFixed(4))
}
