import { expect, test } from 'vitest'
import { letDue, measured, message, tell } from '../../support/messages.ts'

test('a hover of 2 s on one element is not yet medium', () => {
  expect(tell([measured('10:00', { hovers: { plan: 2000 } })]).state.level).toBe('low')
})

test('a hover of 3 s on one element is medium', () => {
  expect(tell([measured('10:00', { hovers: { plan: 3000 } })]).state.level).toBe('medium')
})

test('a hover of 7 s alone stays medium, for one kind of signal does not make a high level', () => {
  expect(tell([measured('10:00', { hovers: { plan: 7000 } })]).state.level).toBe('medium')
})

test('a hover of 7 s that scrolling agrees with is high', () => {
  expect(tell([measured('10:00', { hovers: { plan: 7000 }, scrollDepth: 0.6 })]).state.level).toBe('high')
})

test('hovers under 200 ms earn nothing', () => {
  const { state } = tell([measured('10:00', { hovers: { a: 199, b: 150, c: 80 } })])
  expect(state.level).toBe('none')
  expect(state.balance.points).toBe(0)
})

test('a rising level is told once, with the numbers behind it', () => {
  const { moments } = tell([
    measured('10:00', { hovers: { plan: 3500 } }),
    measured('10:01', { hovers: { plan: 3600 } }),
  ])
  expect(moments).toHaveLength(1)
  expect(moments[0]).toMatchObject({
    moment: 'Engagement Level Reached',
    properties: { level: 'medium', previous_level: 'none', page_url: 'https://shop.example/' },
  })
})

test('a level is left only below 80 % of its threshold, so that a trembling average does not flap', () => {
  const medium = tell([measured('10:00', { page: 'a', hovers: { plan: 3000 } })]).state
  // Half an hour on, the earlier hover is out of the average: what is left is this one alone.
  const hovered = (ms: number, from?: typeof medium) =>
    tell([measured('10:30', { page: 'b', hovers: { plan: ms } })], undefined, from)
  expect(hovered(2200).state.level).toBe('low')
  expect(hovered(2200, medium).state.level).toBe('medium')
  expect(hovered(1800, medium).state.level).toBe('low')
})

test('the level falls to none when nobody acts for five minutes, by a timer', () => {
  const active = tell([measured('10:00', { hovers: { plan: 7000 }, scrollDepth: 0.9 })])
  const quiet = letDue(active, 'settle')
  expect(quiet.state.level).toBe('none')
  expect(quiet.facts).toContainEqual(
    expect.objectContaining({ kind: 'traits_changed', traits: expect.objectContaining({ level: 'none' }) }),
  )
})

test('the score keeps falling by timers until it is zero, and then they stop', () => {
  let told = tell([measured('10:00', { hovers: { plan: 7000 }, scrollDepth: 0.9, activeMs: 60_000 })])
  const scores: unknown[] = []
  for (let turns = 0; told.state.timers.length > 0; turns += 1) {
    expect(turns).toBeLessThan(20)
    told = letDue(told, 'settle')
    for (const fact of told.facts)
      if (fact.kind === 'traits_changed' && 'score' in fact.traits) scores.push(fact.traits['score'])
  }
  expect(scores.at(-1)).toBe(0)
  expect(scores).toEqual(scores.toSorted((a, b) => Number(b) - Number(a)))
})

test('a page driven by a program reaches no moment', () => {
  const { fired, withheld } = tell([measured('10:00', { hovers: { plan: 3500 }, webdriver: true })])
  expect(fired).toEqual([])
  expect(withheld).toMatchObject([{ restraint: 'automated' }])
})

test('pages opened are no second kind of signal', () => {
  const opened = (clock: string, page: string) =>
    message(clock, { type: 'page', context: { page: { url: `https://shop.example/${page}` }, traits: {} } })
  const pages = ['a', 'b', 'c'].map((page, index) => opened(`10:00:0${index}`, page))
  expect(tell([...pages, measured('10:00:10', { hovers: { plan: 9000 } })]).state.level).toBe('medium')
})

test('a level that a late message raises once more falls again', () => {
  let told = tell([measured('10:00', { hovers: { plan: 7000 }, scrollDepth: 0.9 })])
  while (told.state.timers.length > 0) told = letDue(told, 'settle')
  expect(told.state.level).toBe('none')
  // It earns nothing, and was sent while the level was still high.
  const late = tell([message('10:01', { event: 'Nothing Said' })], undefined, told.state)
  expect(late.state.level).toBe('high')
  expect(letDue(late, 'settle').state.level).toBe('none')
})
