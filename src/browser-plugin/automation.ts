import { openPage, type Page, type Stop, together } from './page.ts'
import type { AutomationFlags } from './signals.ts'

/** Beyond this no hand moves a pointer, px/ms; moves closer than 5 ms were queued and tell no speed. */
const MAX_SPEED = 20
const MIN_STEP_MS = 5
const JUMPS = 3
/** So many moves make a line to judge, if they lead this far: over less, whole pixels hide what a hand does. */
const LINE_MOVES = 20
const LINE_PX = 200
/** So many gaps between clicks or keys make a rhythm. */
const BEATS = 10
/** How far the values may vary, as a share of their mean, before they look alive. */
const STEADY = 0.05
/** A click this far from where the pointer was last seen was not led there, px. */
const AWAY_PX = 10

export interface AutomationTracker {
  totals(): AutomationFlags
  readonly stop: Stop
}

interface Spot {
  readonly x: number
  readonly y: number
  readonly at: number
}

/**
 * Notices signs that a program drives the page. They are reported, and nothing is left out because of them: what they are
 * worth is the service's judgement, and assistive technology may look odd without being a program.
 */
export function trackAutomation(driven: boolean = navigator.webdriver, page: Page = openPage()): AutomationTracker {
  const seen: { -readonly [flag in keyof AutomationFlags]: true } = driven ? { webdriver: true } : {}
  const judge = createPointerJudge()
  let trusted = false
  let untrusted = false
  let beats: number[] = []

  const stop = together(
    page.onInput(() => {
      trusted = true
    }),
    page.onClick(click => {
      if (click.trusted) trusted = true
      else untrusted = true
    }),
    page.listen(['pointermove', 'pointerout', 'click'], event => {
      const mouse = event.isTrusted && 'pointerType' in event && event.pointerType === 'mouse'
      // Without a related target the pointer left the window; it may come back anywhere.
      const left = event.type === 'pointerout' && !event.relatedTarget
      if (left) judge.forget()
      if (!mouse || event.type === 'pointerout') return
      const spot = { x: event.clientX, y: event.clientY, at: event.timeStamp }
      if (event.type === 'pointermove') Object.assign(seen, judge.move(spot))
      // Keys make clicks as well, nowhere in particular.
      else if (event.detail > 0 && judge.click(spot)) seen.no_pointer = true
    }),
    page.listen(['keydown', 'pointerdown'], event => {
      if (!event.isTrusted || ('repeat' in event && event.repeat)) return
      beats.push(event.timeStamp)
      if (beats.length <= BEATS) return
      if (isSteady(gaps(beats))) seen.metronome = true
      beats = []
    }),
  )
  return { totals: () => ({ ...seen, ...(untrusted && !trusted && { untrusted: true }) }), stop }
}

/** Follows a mouse, and says what no hand does. */
export function createPointerJudge() {
  let last: Spot | undefined
  let jumps = 0
  let line: Spot[] = []

  return {
    forget(): void {
      last = undefined
      line = []
    },
    move(spot: Spot): AutomationFlags {
      if (last && distance(last, spot) > MAX_SPEED * Math.max(spot.at - last.at, MIN_STEP_MS)) jumps += 1
      last = spot
      line.push(spot)
      const straight = line.length > LINE_MOVES && isStraight(line)
      if (line.length > LINE_MOVES) line = []
      return { ...(jumps >= JUMPS && { teleport: true }), ...(straight && { straight }) }
    },
    /** @returns whether the pointer had not moved there. */
    click(spot: Spot): boolean {
      const away = last !== undefined && distance(last, spot) > AWAY_PX
      last = spot
      return away
    },
  }
}

function isStraight(line: readonly Spot[]): boolean {
  const [first, ...rest] = line
  const end = rest.at(-1)
  if (!first || !end) return false
  const steps = rest.map((spot, n) => distance(spot, line[n] ?? spot))
  const path = steps.reduce((sum, step) => sum + step, 0)
  const direct = distance(first, end)
  const times = gaps(line.map(({ at }) => at))
  return direct >= LINE_PX && path < direct * 1.01 && isSteady(steps.map((step, n) => step / (times[n] ?? 0)))
}

function distance(a: Spot, b: Spot): number {
  return Math.hypot(a.x - b.x, a.y - b.y)
}

function gaps(times: readonly number[]): readonly number[] {
  return times.slice(1).map((time, n) => time - (times[n] ?? 0))
}

function isSteady(values: readonly number[]): boolean {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  return Math.sqrt(variance) < STEADY * mean
}
