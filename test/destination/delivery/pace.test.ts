import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Route } from '../../../src/connectors/connector.ts'
import {
  freshPace,
  hear,
  land,
  opensAt,
  type Pace,
  room,
  takeOff,
  throttle,
  welcome,
} from '../../../src/destination/delivery/pace.ts'

const route = (windows: Route['windows'], rest: Partial<Route> = {}): Route => ({
  ...{ kinds: ['event'], path: '/', batchSize: 1, batchBytes: 1 },
  windows,
  ...rest,
})
const KLAVIYO = route([
  { calls: 350, perMs: 1_000 },
  { calls: 3_500, perMs: 60_000 },
])
const TEN = route([{ calls: 10, perMs: 1_000 }])

/** That many calls, from start to end. */
function after(pace: Pace, by: Route, calls: number, now: number): Pace {
  let next = pace
  for (let call = 0; call < calls; call += 1) next = takeOff(next)
  for (let call = 0; call < calls; call += 1) next = land(next, by, now)
  return next
}

test('where nothing limits the calls, any number may start', () => {
  expect(room(freshPace(route([])), route([]), { kept: 0, now: 0 })).toBe(Number.POSITIVE_INFINITY)
})

test('the fuller of two windows says how many calls may start', () => {
  const fresh = freshPace(KLAVIYO)
  expect(room(fresh, KLAVIYO, { kept: 0, now: 0 })).toBe(350)
  const burst = after(fresh, KLAVIYO, 350, 0)
  expect(room(burst, KLAVIYO, { kept: 0, now: 0 })).toBe(0)
  expect(room(burst, KLAVIYO, { kept: 0, now: 1_010 })).toBe(350)
  let minute = fresh
  for (let second = 0; second < 10; second += 1) minute = after(minute, KLAVIYO, 350, second * 1_010)
  expect(room(minute, KLAVIYO, { kept: 0, now: 30_000 })).toBe(0)
  expect(opensAt(minute, KLAVIYO, { kept: 0, now: 30_000 })).toBe(60_000)
})

test('a call counts while it is under way and for the length of the window after that', () => {
  let pace = freshPace(TEN)
  for (let call = 0; call < 10; call += 1) pace = takeOff(pace)
  expect(room(pace, TEN, { kept: 0, now: 5_000 })).toBe(0)
  expect(opensAt(pace, TEN, { kept: 0, now: 5_000 })).toBeUndefined()
  pace = land(pace, TEN, 5_000)
  expect(room(pace, TEN, { kept: 0, now: 5_999 })).toBe(0)
  pace = after({ ...pace, air: 0 }, TEN, 0, 5_000)
  expect(room(pace, TEN, { kept: 0, now: 6_000 })).toBe(10)
})

test('it says when calls may start again, keeping some free if asked to', () => {
  const used = after(after(freshPace(TEN), TEN, 8, 0), TEN, 2, 500)
  expect(opensAt(used, TEN, { kept: 0, now: 500 })).toBe(1_000)
  expect(opensAt(used, TEN, { kept: 8, now: 500 })).toBe(1_500)
  expect(opensAt(used, TEN, { kept: 10, now: 500 })).toBeUndefined()
})

test('calls nobody foresaw are counted as soon as they are heard of', () => {
  const told = { header: () => null, now: 0 }
  let pace = takeOff(takeOff(freshPace(TEN)))
  for (let call = 0; call < 4; call += 1) pace = hear(pace, TEN, told)
  expect(room(pace, TEN, { kept: 0, now: 0 })).toBe(10 - 4)
  pace = land(land(pace, TEN, 0), TEN, 0)
  expect(room(pace, TEN, { kept: 0, now: 0 })).toBe(10 - 4)
  expect(room(hear(pace, TEN, told), TEN, { kept: 0, now: 0 })).toBe(10 - 5)
})

test('what an answer says is left holds until the window it speaks of ends', () => {
  const telling = { ...KLAVIYO, left: { calls: 'left', until: 'reset', unit: 'seconds' } as const }
  const headers = new Map([
    ['left', '2'],
    ['reset', '30'],
  ])
  const heard = { header: (name: string) => headers.get(name) ?? null, now: 1_000 }
  const told = land(hear(takeOff(freshPace(KLAVIYO)), telling, heard), KLAVIYO, 1_000)
  expect(room(told, KLAVIYO, { kept: 0, now: 1_000 })).toBe(2)
  const spent = takeOff(takeOff(told))
  expect(room(spent, KLAVIYO, { kept: 0, now: 30_999 })).toBe(0)
  expect(opensAt(spent, KLAVIYO, { kept: 0, now: 2_000 })).toBe(31_000)
  expect(room(spent, KLAVIYO, { kept: 0, now: 31_000 })).toBeGreaterThan(300)
})

test('an end is told as a delay, as the second of the clock, or as the length of a window that rolls', () => {
  const until = (unit: 'seconds' | 'epoch seconds' | 'ms of a rolling window', end: string) => {
    const header = (name: string) => (name === 'left' ? '0' : end)
    const telling = { ...TEN, left: { calls: 'left', until: 'reset', unit } }
    return hear(takeOff(freshPace(TEN)), telling, { header, now: 5_000 }).left
  }
  expect(until('seconds', '3')?.until).toBe(8_000)
  expect(until('epoch seconds', '7')?.until).toBe(7_000)
  expect(until('ms of a rolling window', '10000')?.until).toBe(6_000)
  expect(until('seconds', 'soon')).toBeUndefined()
})

test('an answer may say that this account is allowed more calls than others, or fewer', () => {
  const telling = {
    ...TEN,
    left: { calls: 'left', until: 'length', unit: 'ms of a rolling window', most: 'most' } as const,
  }
  const heardMost = (most: string) => {
    const header = (name: string) => (name === 'most' ? most : '50')
    return land(hear(takeOff(freshPace(TEN)), telling, { header, now: 0 }), TEN, 0)
  }
  expect(room(heardMost('19'), TEN, { kept: 0, now: 500 })).toBe(18)
  expect(room(heardMost('5'), TEN, { kept: 0, now: 500 })).toBe(4)
  expect(room(heardMost('0'), TEN, { kept: 0, now: 500 })).toBe(9)
})

test('a throttled route pauses as long as it is asked to, then tries a single call, and is itself again once that is taken', () => {
  const asked = throttle(freshPace(TEN), 7_000, 0)
  expect([room(asked, TEN, { kept: 0, now: 6_999 }), opensAt(asked, TEN, { kept: 0, now: 1 })]).toEqual([0, 7_000])
  expect(room(asked, TEN, { kept: 0, now: 7_000 })).toBe(1)
  expect(room(takeOff(asked), TEN, { kept: 0, now: 7_000 })).toBe(0)
  expect(room(welcome(asked, 7_000), TEN, { kept: 0, now: 7_000 })).toBe(10)
  // What was taken before the pause says nothing of what is taken after it.
  expect(room(welcome(asked, 6_999), TEN, { kept: 0, now: 7_000 })).toBe(1)
})

/** How long each of so many refusals in a row pauses, ms. */
function pausesOf(refusals: number, afterMs: number | undefined): readonly number[] {
  let [pace, now] = [freshPace(TEN), 0]
  return Array.from({ length: refusals }, () => {
    pace = throttle(pace, afterMs, now)
    const paused = pace.pausedUntil - now
    now = pace.pausedUntil
    return paused
  })
}

test('without a hint the pauses double, up to a minute; a hint of nothing is none', () => {
  const doubled = [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]
  expect(pausesOf(8, undefined)).toEqual(doubled)
  expect(pausesOf(8, 0)).toEqual(doubled)
  expect(pausesOf(5, 5_000)).toEqual([5_000, 5_000, 5_000, 8_000, 16_000])
})

test('calls that were under way together and are all refused pause as one', () => {
  let pace = freshPace(TEN)
  for (let call = 0; call < 15; call += 1) pace = throttle(pace, undefined, call)
  expect(pace.pausedUntil).toBeLessThan(1_100)
})

test('however calls start and end, no stretch of time as long as a window ever sees more than are allowed', () => {
  const by = route([
    { calls: 5, perMs: 1_000 },
    { calls: 12, perMs: 10_000 },
  ])
  const steps = fc.array(fc.record({ pass: fc.nat(900), lands: fc.boolean(), wants: fc.nat(6) }), { maxLength: 200 })
  fc.assert(
    fc.property(steps, taken => {
      let [pace, now] = [freshPace(by), 0]
      const open: number[] = []
      const calls: { readonly from: number; readonly to: number }[] = []
      const end = () => {
        pace = land(pace, by, now)
        calls.push({ from: open.shift() ?? now, to: now })
      }
      for (const { pass, lands, wants } of taken) {
        now += pass
        if (lands && open.length > 0) end()
        for (let call = Math.min(wants, room(pace, by, { kept: 0, now: now })); call > 0; call -= 1) {
          pace = takeOff(pace)
          open.push(now)
        }
      }
      while (open.length > 0) end()
      for (const { calls: most, perMs } of by.windows)
        for (const { to } of calls) {
          // The worst a platform may do: it counts each call as late as it can, or the others as early.
          const counted = calls.filter(one => one.to >= to && one.from < to + perMs)
          expect(counted.length).toBeLessThanOrEqual(most)
        }
    }),
  )
})
