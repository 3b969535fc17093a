/** What was found in one data set, as Markdown. */
import { count, percent } from '../../src/destination/commands/table.ts'
import { toTable } from '../plugin/table.ts'
import {
  cartFinding,
  decisionFindings,
  type LevelFinding,
  levelFindings,
  momentFindings,
  percentiles,
  RETURN_HOURS,
} from './findings.ts'
import type { PlayedSet } from './play.ts'
import type { DataSet } from './session.ts'

export function report({ name, orders }: DataSet, played: PlayedSet): string {
  const { sessions, messages, people } = played
  const buyers = people.filter(person => person.orders.length > 0).length
  const base = orders ? ` ${count(buyers)} of them ordered: ${percent(buyers, people.length)}, the base rate.` : ''
  const [half, most, largest] = percentiles(
    people.map(({ stateBytes }) => stateBytes),
    [0.5, 0.99, 1],
  )
  return [
    `## ${name}`,
    `${count(sessions)} sessions, ${count(messages)} messages, ${count(people.length)} people.${base}`,
    momentTable(played, orders),
    'The highest level of each person:',
    levelTable(levelFindings(people), orders ? 'ordered' : undefined),
    ...(people.some(({ decision }) => decision !== undefined) ? decisionParts(played) : []),
    ...(people.some(({ hadCart }) => hadCart) ? cartParts(played) : []),
    `A person's state at the end: ${kilobytes(half)} in the middle, ${kilobytes(most)} at p99, ${kilobytes(largest)} at most.`,
  ].join('\n\n')
}

function momentTable(played: PlayedSet, orders: boolean): string {
  const found = momentFindings(played).filter(({ noticed }) => noticed > 0)
  const head = ['moment', 'noticed', 'fired', 'withheld, and why', 'people', 'share of people']
  return toTable(
    orders ? [...head, 'ordered afterwards'] : head,
    found.map(({ moment, noticed, fired, withheld, people, orderedAfter }) => [
      moment,
      count(noticed),
      count(fired),
      [...withheld].map(([restraint, times]) => `${count(times)} ${restraint.replaceAll('_', ' ')}`).join(', ') || '-',
      count(people),
      percent(people, played.people.length),
      ...(orders ? [shareOf(orderedAfter, people)] : []),
    ]),
  )
}

/** @param ordered - what the column of orders is called; absent where the data tells of none. */
function levelTable(found: readonly LevelFinding[], ordered: string | undefined): string {
  const all = found.reduce((sum, { people }) => sum + people, 0)
  return toTable(
    ['level', 'people', 'share', ...(ordered === undefined ? [] : [ordered])],
    found.map(row => [
      row.level,
      count(row.people),
      percent(row.people, all),
      ...(ordered === undefined ? [] : [shareOf(row.ordered, row.people)]),
    ]),
  )
}

function decisionParts({ people }: PlayedSet): readonly string[] {
  const open = people.filter(({ decision }) => decision?.open)
  return [
    'The highest level until the sixth page, which every session has:',
    levelTable(decisionFindings(people), 'ordered afterwards'),
    'The same of those who had seen no checkout until then:',
    levelTable(decisionFindings(open), 'ordered afterwards'),
  ]
}

function cartParts(played: PlayedSet): readonly string[] {
  const { people, abandoned, times, watched, returned, orderedAfter } = cartFinding(played)
  return [
    `${count(people)} people had a cart, ${count(abandoned)} of them left it for half an hour (${count(times)} times, told or not), and ${count(orderedAfter)} of those ordered afterwards.`,
    `Of the ${count(watched)} times after which the recording goes on for a day, they came back by themselves:`,
    toTable(
      ['within', 'times'],
      RETURN_HOURS.map((hours, index) => [`${hours} h`, shareOf(returned[index] ?? 0, watched)]),
    ),
  ]
}

function shareOf(part: number, whole: number): string {
  return whole === 0 ? '-' : `${count(part)} (${percent(part, whole)})`
}

function kilobytes(bytes = 0): string {
  return `${(bytes / 1024).toFixed(1)} KB`
}
