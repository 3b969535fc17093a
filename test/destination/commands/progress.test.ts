import { expect, test } from 'vitest'
import { createProgress } from '../../../src/destination/commands/progress.ts'

test('a progress bar appears after two seconds, moves at most ten times a second, and is wiped off', () => {
  let time = 0
  const drawn: string[] = []
  const progress = createProgress({ now: () => time, status: text => drawn.push(text) })
  for (; time < 4000; time += 10) progress.show(time / 8000, '1,000 messages')
  expect(drawn[0]).toBe(`[${'#'.repeat(8)}${'-'.repeat(22)}]  25 %  1,000 messages`)
  expect(drawn).toHaveLength(20)
  progress.clear()
  expect(drawn.at(-1)).toBe('')
})

test('where nobody knows how much is to come, the count is shown; where nobody watches, nothing', () => {
  const drawn: string[] = []
  let time = 0
  const progress = createProgress({ now: () => time, status: text => drawn.push(text) })
  time = 5000
  progress.show(undefined, '7 messages')
  expect(drawn).toEqual(['7 messages'])
  const unwatched = createProgress({ now: () => time })
  time = 10_000
  unwatched.show(0.5, '7 messages')
  unwatched.clear()
})

test('what was never drawn is not wiped off', () => {
  const drawn: string[] = []
  createProgress({ now: () => 0, status: text => drawn.push(text) }).clear()
  expect(drawn).toEqual([])
})
