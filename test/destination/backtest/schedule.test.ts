import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSchedule, type Due } from '../../../src/destination/backtest/schedule.ts'
import { eventTime } from '../../../src/destination/engine/time.ts'
import { TIMER_KEYS } from '../../../src/destination/engine/timer.ts'

const due = fc
  .record({ profileId: fc.constantFrom('p', 'q', 'r'), key: fc.constantFrom(...TIMER_KEYS), at: fc.nat({ max: 20 }) })
  .map(({ profileId, key, at }): Due => ({ profileId, timer: { key, due: eventTime(at) } }))
const inOrder = (a: Due, b: Due) =>
  a.timer.due - b.timer.due || (`${a.profileId} ${a.timer.key}` < `${b.profileId} ${b.timer.key}` ? -1 : 1)

function drain(schedule: ReturnType<typeof createSchedule>, until: number): readonly Due[] {
  const taken: Due[] = []
  for (let next = schedule.takeBefore(until); next !== undefined; next = schedule.takeBefore(until)) taken.push(next)
  return taken
}

test('timers come out in the order the store gives them, and those not due stay', () => {
  fc.assert(
    fc.property(fc.array(due, { maxLength: 60 }), fc.nat({ max: 20 }), (all, until) => {
      const schedule = createSchedule(() => true)
      for (const one of all) schedule.add(one)
      const [early, rest] = [drain(schedule, until), drain(schedule, 100)]
      expect(early).toEqual(all.filter(({ timer }) => timer.due < until).toSorted(inOrder))
      expect(rest).toEqual(all.filter(({ timer }) => timer.due >= until).toSorted(inOrder))
    }),
  )
})

test('a timer that was set anew a million times takes the room of one, and the last one fires', () => {
  let latest = 0
  let asked = 0
  const schedule = createSchedule(({ timer }) => {
    asked += 1
    return timer.due === latest
  })
  for (latest = 1; latest <= 1_000_000; latest += 1) {
    schedule.add({ profileId: 'p', timer: { key: 'cart', due: eventTime(latest) } })
  }
  latest = 1_000_000
  // Swept while it grew, each entry about once: what is left to look at in the end is little.
  const before = asked
  expect(drain(schedule, 2_000_000).map(({ timer }) => timer.due)).toEqual([1_000_000])
  expect(asked - before).toBeLessThan(5_000)
})
