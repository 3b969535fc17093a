/** Prints what was found in one data set, as Markdown. */
import { count, percent } from '../../src/destination/commands/table.ts'
import { printTable } from '../plugin/table.ts'
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

export function report({ name, orders }: DataSet, played: PlayedSet): void {
  const { sessions, messages, people } = played
  const buyers = people.filter(person => person.orders.length > 0).length
  console.log(`\n## ${name}\n`)
  console.log(`${count(sessions)} sessions, ${count(messages)} messages, ${count(people.length)} people.`)
  if (orders) console.log(`${count(buyers)} of them ordered: ${percent(buyers, people.length)}, the base rate.`)
  reportMoments(played, orders)
  console.log('\nThe highest level of each person:\n')
  reportLevels(levelFindings(people), orders)
  if (people.some(({ decision }) => decision !== undefined)) reportDecisions(played)
  if (people.some(({ hadCart }) => hadCart)) reportCarts(played)
  const [half, most, largest] = percentiles(
    people.map(({ stateBytes }) => stateBytes),
    [0.5, 0.99, 1],
  )
  console.log(
    `\nBytes of a person's state at the end: ${count(half ?? 0)} in the middle, ${count(most ?? 0)} at p99, ${count(largest ?? 0)} at most.`,
  )
}

function reportMoments(played: PlayedSet, orders: boolean): void {
  const found = momentFindings(played).filter(({ noticed }) => noticed > 0)
  const head = ['moment', 'noticed', 'fired', 'withheld, and why', 'people', 'share of people']
  console.log()
  printTable(
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

function reportLevels(found: readonly LevelFinding[], orders: boolean, ordered = 'ordered'): void {
  const all = found.reduce((sum, { people }) => sum + people, 0)
  printTable(
    ['level', 'people', 'share', ...(orders ? [ordered] : [])],
    found.map(row => [
      row.level,
      count(row.people),
      percent(row.people, all),
      ...(orders ? [shareOf(row.ordered, row.people)] : []),
    ]),
  )
}

function reportDecisions({ people }: PlayedSet): void {
  console.log('\nThe highest level until the sixth page, which every session has:\n')
  reportLevels(decisionFindings(people), true, 'ordered afterwards')
  console.log('\nThe same of those who had seen no checkout until then:\n')
  reportLevels(decisionFindings(people.filter(({ decision }) => decision?.open)), true, 'ordered afterwards')
}

function reportCarts(played: PlayedSet): void {
  const { people, abandoned, times, watched, returned, orderedAfter } = cartFinding(played)
  console.log(
    `\n${count(people)} people had a cart, ${count(abandoned)} of them left it for half an hour (${count(times)} times, told or not), and ${count(orderedAfter)} of those ordered afterwards.`,
  )
  console.log(
    `Of the ${count(watched)} times after which the recording goes on for a day, they came back by themselves:\n`,
  )
  printTable(
    ['within', 'times'],
    RETURN_HOURS.map((hours, index) => [`${hours} h`, shareOf(returned[index] ?? 0, watched)]),
  )
}

function shareOf(part: number, whole: number): string {
  return whole === 0 ? '-' : `${count(part)} (${percent(part, whole)})`
}
