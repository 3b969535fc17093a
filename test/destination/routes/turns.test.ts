import { setImmediate as nextRound } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createTurns } from '../../../src/destination/routes/turns.ts'

/** Work that takes this long by the clock it is given. */
function working(isBehind = false) {
  let now = 0
  const done: string[] = []
  const turns = createTurns(
    () => now,
    () => isBehind,
  )
  const take = (name: string, ms: number) =>
    turns(() => {
      now += ms
      done.push(name)
      return name
    })
  return { take, done }
}

test('who comes alone is served at once', () => {
  const { take, done } = working()
  void take('first', 1)
  expect(done).toEqual(['first'])
})

test('two milliseconds at a time, in the order they came, and others have their turn in between', async () => {
  const { take, done } = working()
  const all = ['a', 'b', 'c', 'd', 'e'].map(name => take(name, 1))
  expect(done).toEqual(['a', 'b'])
  let decided: readonly string[] = []
  setImmediate(() => {
    decided = [...done]
  })
  expect(await Promise.all(all)).toEqual(['a', 'b', 'c', 'd', 'e'])
  expect(decided).toEqual(['a', 'b', 'c', 'd'])
})

test('while decisions are behind, one by one', async () => {
  const { take, done } = working(true)
  const all = ['a', 'b', 'c'].map(name => take(name, 1))
  expect(done).toEqual(['a'])
  await nextRound()
  expect(done).toEqual(['a', 'b'])
  await Promise.all(all)
  expect(done).toEqual(['a', 'b', 'c'])
})

test('whoever comes while others wait stands behind them', async () => {
  const { take, done } = working()
  const waiting = [take('long', 5), take('second', 5)]
  await nextRound()
  waiting.push(take('third', 0))
  await Promise.all(waiting)
  expect(done).toEqual(['long', 'second', 'third'])
})

test('a round in which nothing waits begins with all of its time', async () => {
  const { take, done } = working()
  await take('long', 5)
  await nextRound()
  await nextRound()
  void take('later', 1)
  expect(done).toEqual(['long', 'later'])
})

test('what throws is told to whoever asked, and the next is served', async () => {
  const turns = createTurns(
    () => 0,
    () => false,
  )
  const failed = turns(() => {
    throw new Error('unreadable')
  })
  await expect(failed).rejects.toThrow('unreadable')
  expect(await turns(() => 1)).toBe(1)
})
