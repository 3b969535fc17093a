/**
 * How many calls of a route may start now, and when the next may. Pure: state in, state out.
 *
 * A call counts against a window from its start until the window's length after its end, for nobody knows when in between
 * the platform counted it. So whichever way a platform lays its windows, none ever holds more calls than are allowed.
 */
import type { LeftHeaders, RateWindow, Route } from '../../connectors/connector.ts'

export interface Pace {
  /** Calls under way. */
  readonly air: number
  /** Calls that were heard of, of those: each flight is one as a rule. */
  readonly heard: number
  /** For each window of the route: calls that have ended, by when they leave it; those that leave first come first. */
  readonly ended: readonly (readonly Ended[])[]
  /** What the platform says it still takes, until then. */
  readonly left?: { readonly calls: number; readonly until: number }
  /** What the first window of the route holds, where the platform says so. */
  readonly most?: number
  /** Throttled so often in a row. */
  readonly refusals: number
  readonly pausedUntil: number
}
interface Ended {
  readonly leaves: number
  readonly calls: number
}

/** A window is kept in so many parts: finer ones would gain less than 0.5 % of it. */
const PARTS = 200
/** A window that rolls frees a part of itself at any time, so what is left is asked again after this share of it. */
const ROLLED = 0.1
/** The least pause after a 429, ms: doubled with each one in a row, up to the longest. */
const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 60_000
/** Whatever a platform asks for, an operator who has mended the cause should not wait longer. */
const LONGEST_ASKED_MS = 3_600_000

export function freshPace({ windows }: Route): Pace {
  return { air: 0, heard: 0, ended: windows.map(() => []), refusals: 0, pausedUntil: 0 }
}

export interface Question {
  /** Calls of every window that shall stay free. */
  readonly kept: number
  readonly now: number
}

/** @returns how many calls may start; Infinity where nothing limits them. */
export function room(pace: Pace, route: Route, { kept, now }: Question): number {
  if (now < pace.pausedUntil) return 0
  // Whoever was throttled comes back with a single call, and with more once that one was taken.
  const careful = pace.refusals > 0 ? 1 - pace.air : Number.POSITIVE_INFINITY
  const left = pace.left !== undefined && now < pace.left.until ? pace.left.calls - kept : Number.POSITIVE_INFINITY
  const free = route.windows.map((_, at) => allowed(pace, route, at) - kept - pace.air - countedIn(pace.ended[at], now))
  return Math.max(0, Math.min(careful, left, ...free))
}

/** @returns when a call may start, as far as is known; undefined when that is up to the calls under way. */
export function opensAt(pace: Pace, route: Route, { kept, now }: Question): number | undefined {
  if (pace.refusals > 0 && pace.air > 0) return undefined
  const told = pace.left !== undefined && pace.left.calls <= kept ? pace.left.until : 0
  let opens = Math.max(now, pace.pausedUntil, told)
  for (const at of route.windows.keys()) {
    const free = allowed(pace, route, at) - kept - pace.air
    if (free <= 0) return undefined
    opens = Math.max(opens, belowAt(pace.ended[at] ?? [], free, now))
  }
  return opens
}

export function takeOff(pace: Pace): Pace {
  const { left } = pace
  return { ...pace, air: pace.air + 1, ...(left !== undefined && { left: { ...left, calls: left.calls - 1 } }) }
}

/** A flight that has ended was one call. */
export function land(pace: Pace, route: Route, now: number): Pace {
  const air = pace.air - 1
  return withCall({ ...pace, air, heard: Math.min(Math.max(0, pace.heard - 1), air) }, route, now)
}

export interface Heard {
  readonly header: (name: string) => string | null
  readonly now: number
}

/** One call has ended. Of those beyond one for each flight, nobody knew before. */
export function hear(pace: Pace, route: Route, { header, now }: Heard): Pace {
  const isForeseen = pace.heard < pace.air
  const heard = isForeseen ? { ...pace, heard: pace.heard + 1 } : withCall(pace, route, now)
  const told = route.left === undefined ? undefined : toldBy(route.left, header, now)
  // The others that are under way may not be counted yet.
  if (told === undefined) return heard
  const { most, ...left } = told
  return {
    ...heard,
    left: { ...left, calls: left.calls - Math.max(0, pace.air - 1) },
    ...(most !== undefined && most > 0 && { most }),
  }
}

/**
 * Calls that were under way together and are all refused are one refusal. However short a wait is asked for, refusals in a
 * row make it longer.
 *
 * @param afterMs - what the platform asks for; undefined when it does not say.
 */
export function throttle(pace: Pace, afterMs: number | undefined, now: number): Pace {
  const refusals = now < pace.pausedUntil ? pace.refusals : pace.refusals + 1
  const least = Math.min(FIRST_PAUSE_MS * 2 ** (refusals - 1), LONGEST_PAUSE_MS)
  const wait = Math.min(Math.max(afterMs ?? 0, least), LONGEST_ASKED_MS)
  return { ...pace, refusals, pausedUntil: Math.max(pace.pausedUntil, now + wait) }
}

/** A call was taken. One that comes back during a pause had begun before it, and says nothing. */
export function welcome(pace: Pace, now: number): Pace {
  return pace.refusals === 0 || now < pace.pausedUntil ? pace : { ...pace, refusals: 0 }
}

function allowed({ most }: Pace, { windows, share = 1 }: Route, at: number): number {
  const calls = (at === 0 ? most : undefined) ?? windows[at]?.calls ?? Number.POSITIVE_INFINITY
  // However many processes share them, each may call at all.
  return Math.max(1, Math.floor(calls * share))
}

function countedIn(ended: readonly Ended[] = [], now: number): number {
  return ended.reduce((sum, { leaves, calls }) => (leaves > now ? sum + calls : sum), 0)
}

/** @returns from when on fewer than `free` of the calls are counted. */
function belowAt(ended: readonly Ended[], free: number, now: number): number {
  let counted = countedIn(ended, now)
  let at = now
  for (const { leaves, calls } of ended) {
    if (counted < free) break
    if (leaves <= now) continue
    counted -= calls
    at = leaves
  }
  return at
}

function withCall(pace: Pace, { windows }: Route, now: number): Pace {
  return { ...pace, ended: windows.map((window, at) => withEnded(pace.ended[at] ?? [], window, now)) }
}

function withEnded(ended: readonly Ended[], { perMs }: RateWindow, now: number): readonly Ended[] {
  const part = Math.ceil(perMs / PARTS)
  const leaves = Math.ceil((now + perMs) / part) * part
  const counted = ended.filter(one => one.leaves > now)
  const last = counted.at(-1)
  return last?.leaves === leaves
    ? [...counted.slice(0, -1), { leaves, calls: last.calls + 1 }]
    : [...counted, { leaves, calls: 1 }]
}

function toldBy(names: LeftHeaders, header: Heard['header'], now: number) {
  const [calls, end] = [wholeNumber(header(names.calls)), wholeNumber(header(names.until))]
  const most = names.most === undefined ? undefined : wholeNumber(header(names.most))
  return calls === undefined || end === undefined ? undefined : { calls, most, until: untilOf(names.unit, end, now) }
}

function untilOf(unit: LeftHeaders['unit'], end: number, now: number): number {
  switch (unit) {
    case 'seconds':
      return now + end * 1_000
    case 'epoch seconds':
      return Math.min(end * 1_000, now + LONGEST_ASKED_MS)
    case 'ms of a rolling window':
      return now + end * ROLLED
    default:
      return unit satisfies never
  }
}

function wholeNumber(text: string | null): number | undefined {
  return text !== null && /^\d+$/.test(text) ? Number(text) : undefined
}
