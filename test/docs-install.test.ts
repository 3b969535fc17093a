/** Holds the ways of installing to what they promise: the same order everywhere, few steps, and errors as they are said. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { FUNCTION } from '../scripts/generate-function.ts'
import { read, rowsOf, sectionOf } from './support/markdown.ts'

const readme = sectionOf(read('README.md'), 'Install')
const guide = read('docs/install.md')
const WAYS = ['From the catalog', 'As a function', 'As a webhook', 'Straight']
const WEBHOOKS = ['Webhooks (Actions)', 'Extensible Webhook', 'Webhooks (classic)']

/** How many steps each numbered list has. */
function stepsIn(markdown: string): readonly number[] {
  const numbers = [...markdown.matchAll(/^(\d+)\. /gm)].map(([, number]) => Number(number))
  return numbers.flatMap((number, index) => (numbers[index + 1] === number + 1 ? [] : [number]))
}

test('the first page and the guide name the same ways in the same order', () => {
  const headings = (markdown: string) => [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading)
  expect(headings(readme)).toEqual(WAYS)
  expect(headings(guide).filter(heading => WAYS.includes(heading))).toEqual(WAYS)
})

test.each(WAYS)('%s takes at most six steps on the first page', way => {
  expect(stepsIn(sectionOf(readme, way))).toEqual([expect.toSatisfy(atMostSix)])
})

test.each([...WAYS.filter(way => way !== 'As a webhook'), ...WEBHOOKS])(
  '%s takes at most six steps in the guide',
  way => {
    expect(stepsIn(sectionOf(guide, way))).toEqual([expect.toSatisfy(atMostSix)])
  },
)

const atMostSix = (steps: number) => steps >= 3 && steps <= 6

test('every error of the function that the guide explains is one it says, and none is left out', () => {
  const said = readFileSync(FUNCTION, 'utf8')
  const explained = rowsOf(sectionOf(guide, 'As a function'))
    .map(([message = '']) => message)
    .slice(1)
  expect(explained.filter(message => !said.includes(message))).toEqual([])
  const messages = [...said.matchAll(/(?:Error\(|return |errormessage: )['`]([A-Z][^.:('`$]+)/g)].map(
    ([, text = '']) => text,
  )
  expect(messages.length).toBeGreaterThan(8)
  const plain = ['Inkling answered ', 'The endpoint must begin with https']
  const unexplained = messages.filter(text => ![...explained, ...plain].some(start => text.startsWith(start)))
  expect(unexplained).toEqual([])
})

test('the answers to a webhook are quoted as they are given', () => {
  const rows = rowsOf(sectionOf(guide, 'What you see, and what goes wrong'))
  const quoted = rows.flatMap(([cell = '']) => [...cell.matchAll(/^401, `(.+)`$/g)].map(([, text = '']) => text))
  expect(quoted).toHaveLength(3)
  const said = read('src/destination/routes/reply.ts')
  expect(quoted.filter(text => !said.includes(text))).toEqual([])
})

test('it is said how long the function waits for an answer', () => {
  const [, ms = ''] = /const TIMEOUT_MS = (\d+)/.exec(readFileSync(FUNCTION, 'utf8')) ?? []
  expect(guide).toContain(`no answer within ${Number(ms) / 1000} s`)
})

test('it is said that the listing has not been submitted', () => {
  for (const page of [readme, guide]) expect(sectionOf(page, 'From the catalog')).toContain('has not been submitted')
})
