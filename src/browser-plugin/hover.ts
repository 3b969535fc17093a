import { openPage, type Page, type Stop, together } from './page.ts'
import type { EngagementProperties } from './signals.ts'
import { createThresholds, type Thresholds, type Weight } from './threshold.ts'

/** A shorter stay is the pointer passing by: the eye was there in 12–17 % of those, in 28 % from 200 ms on. */
const MIN_HOVER_MS = 200
/** Without a move or a leave for this long, the mouse is parked and the hand elsewhere. */
const PARKED_MS = 10_000

export interface HoverOptions {
  /** Totals on one element worth telling at once, ms, ascending. */
  readonly thresholds: readonly number[]
  /** The name of the innermost element of interest on the path; undefined where there is none. */
  readonly nameOf: (path: readonly EventTarget[]) => string | undefined
}

export interface HoverTracker {
  /** Heaviest first; a hover still going on counts as far as it has come. */
  totals(): EngagementProperties['hovers']
  readonly stop: Stop
}

interface Total {
  ms: number
  count: number
  readonly thresholds: Thresholds
}

/**
 * Measures how long the pointer rests on each named element. A hover begins with a real movement inside the element, not
 * when the page scrolls beneath a still pointer, and ends when the pointer or the element leaves, a button is pressed, the
 * page hides, or the mouse has been parked for ten seconds. A finger that rests on the element for a moment counts as one.
 *
 * @param emit - called while the hover still goes on, at the moment its element's total reaches a threshold.
 */
export function trackHover(
  emit: (weight: Weight) => void,
  options: HoverOptions,
  page: Page = openPage(),
): HoverTracker {
  const totals = new Map<string, Total>()
  let under: string | undefined
  let hover: { readonly total: Total; readonly since: number; lastMove: number } | undefined
  let cancelTimer: Stop | undefined

  function totalOf(name: string): Total {
    const total = totals.get(name) ?? { ms: 0, count: 0, thresholds: createThresholds(options.thresholds, emit) }
    totals.set(name, total)
    return total
  }

  function begin(name: string, at: number): void {
    hover = { total: totalOf(name), since: at, lastMove: at }
    wake()
  }

  /** @returns how long the hover going on counts at `at`, ms; 0 while it is too short to be one. */
  function lasted(at: number): number {
    const ms = hover ? Math.min(at, hover.lastMove + PARKED_MS) - hover.since : 0
    return ms < MIN_HOVER_MS ? 0 : ms
  }

  /** One timer, for the nearest threshold. It need not move along with the pointer: only the end of a hover matters. */
  function wake(): void {
    if (!hover) return
    const { total, since, lastMove } = hover
    const now = page.now()
    const elapsed = Math.max(now - since, 0)
    total.thresholds.reach(total.ms + lasted(now))
    const missing = Math.max(total.thresholds.missing(total.ms + elapsed), MIN_HOVER_MS - elapsed, 1)
    if (missing < Infinity && now < lastMove + PARKED_MS) cancelTimer = page.after(missing, wake)
  }

  function end(at: number): void {
    if (!hover) return
    const ms = lasted(at)
    cancelTimer?.()
    if (ms > 0) add(hover.total, ms)
    hover = undefined
  }

  function add(total: Total, ms: number): void {
    total.ms += ms
    total.count += 1
    total.thresholds.reach(total.ms)
  }

  function enter(at: number, name: string | undefined): void {
    if (name === under) return
    end(at)
    under = name
  }

  function move(at: number, pressed: boolean): void {
    if (pressed || (hover && at > hover.lastMove + PARKED_MS)) end(at)
    if (pressed || under === undefined) return
    if (hover) hover.lastMove = at
    else begin(under, at)
  }

  const stopListening = together(
    page.onPointer(step => {
      const name = step.kind === 'move' ? undefined : options.nameOf(step.path)
      if (step.kind === 'move') move(step.at, step.pressed)
      else if (step.kind === 'over') enter(step.at, name)
      else if (name !== undefined) add(totalOf(name), step.ms)
    }),
    // Hidden pages get no pointer event: the hover would run on.
    page.onVisibility(visible => {
      if (!visible) end(page.now())
    }),
  )

  return {
    totals() {
      const running = lasted(page.now())
      return [...totals]
        .map(([element, total]) => {
          const going = running > 0 && total === hover?.total
          return { element, ms: total.ms + (going ? running : 0), count: total.count + (going ? 1 : 0) }
        })
        .filter(({ ms }) => ms > 0)
        .sort((a, b) => b.ms - a.ms)
    },
    stop() {
      end(page.now())
      stopListening()
    },
  }
}
