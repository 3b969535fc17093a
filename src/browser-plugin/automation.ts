import { distance, type Spot } from './distance.ts'
import type { AutomationFlags } from './signals.ts'
import type { Measures } from './tracker.ts'
import type { View } from './view.ts'

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

type Flags = { -readonly [Flag in keyof AutomationFlags]: AutomationFlags[Flag] }

/**
 * Notices signs that a program drives the page. They are reported, and nothing is left out because of them: what they are
 * worth is the service's judgement, and assistive technology may look odd without being a program.
 */
export function trackAutomation(_view: View): Measures<'automation'> {
  const flags: Flags = navigator.webdriver ? { webdriver: true } : {}
  const judge = createPointerJudge(flags)
  let trusted = false
  let beats = createRhythm()
  let beatAt: number | undefined

  function beaten(event: KeyboardEvent | PointerEvent, at: number): void {
    if ('repeat' in event && event.repeat) return
    if (beatAt !== undefined && beats.add(at - beatAt) >= BEATS) {
      if (beats.isSteady()) flags.metronome = true
      beats = createRhythm()
      beatAt = undefined
    } else beatAt = at
  }

  return {
    totals: () => ({ automation: { ...flags } }),
    on: {
      acted() {
        trusted = true
        delete flags.untrusted
      },
      keydown: beaten,
      pointerdown: beaten,
      pointermove(event, at) {
        if (event.pointerType === 'mouse') judge.move(event, at)
      },
      pointerout(event) {
        // Without a related target the pointer left the window; it may come back anywhere.
        if (!event.relatedTarget) judge.forget()
      },
      click(event) {
        // Keys make clicks as well, nowhere in particular.
        if (event.detail && (event as PointerEvent).pointerType === 'mouse') judge.click(event)
      },
      'fake:click'() {
        if (!trusted) flags.untrusted = true
      },
    },
  }
}

interface PointerJudge {
  forget(): void
  move(spot: Spot, at: number): void
  click(spot: Spot): void
}

/** Follows a mouse, and flags what no hand does. */
export function createPointerJudge(flags: Flags): PointerJudge {
  let last: Spot | undefined
  let lastAt = 0
  let jumps = 0
  let first: Spot | undefined
  let path = 0
  let speeds = createRhythm()

  function forget(): void {
    last = first = undefined
  }

  return {
    forget,
    move(spot: Spot, at: number): void {
      if (last && first) {
        const step = distance(last, spot)
        if (step > MAX_SPEED * Math.max(at - lastAt, MIN_STEP_MS) && ++jumps >= JUMPS) flags.teleport = true
        path += step
        if (speeds.add(step / (at - lastAt)) >= LINE_MOVES) {
          const direct = distance(first, spot)
          if (direct >= LINE_PX && path < direct * 1.01 && speeds.isSteady()) flags.straight = true
          first = undefined
        }
      }
      if (!first) {
        first = spot
        path = 0
        speeds = createRhythm()
      }
      last = spot
      lastAt = at
    },
    click(spot: Spot): void {
      if (last && distance(last, spot) > AWAY_PX) flags.no_pointer = true
      last = spot
    },
  }
}

/** Adds values up, and says whether they hardly vary. */
function createRhythm() {
  let count = 0
  let sum = 0
  let squares = 0
  return {
    /** @returns how many there are. */
    add(value: number): number {
      sum += value
      squares += value * value
      return ++count
    },
    /** The variance, against the mean's square. */
    isSteady: () => count * squares < sum * sum * (1 + STEADY * STEADY),
  }
}
