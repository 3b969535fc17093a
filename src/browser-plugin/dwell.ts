import { openPage, type Page, type Stop, together } from './page.ts'
import type { EngagementProperties } from './signals.ts'
import { createStopwatch } from './stopwatch.ts'
import { createThresholds, type Weight } from './threshold.ts'

export interface DwellOptions {
  /** Active times worth telling at once, ms, ascending. */
  readonly thresholds: readonly number[]
  /** How long after the last input a visitor still counts as active, ms. */
  readonly idleMs: number
  /** Active time between two heartbeats, ms. */
  readonly heartbeatMs: number
  /** The last input before this page view, when the visitor came without a page load. */
  readonly inputAt?: number | undefined
}

export interface DwellTracker {
  totals(): Pick<EngagementProperties, 'active_ms' | 'visible_ms' | 'time_to_first_interaction_ms'>
  lastInput(): number
  readonly stop: Stop
}

/**
 * Measures how long the page was visible and how long the visitor was active on it. Active time runs from an input until
 * `idleMs` after the last one, and only while the page is visible; it is computed from the moments at which it began and
 * ended, never from ticks, so a slept or throttled timer cannot change it.
 *
 * @param emit - called when active time reaches a threshold, or another heartbeat's worth of it has passed.
 */
export function trackDwell(
  emit: (reason: Weight | 'heartbeat') => void,
  options: DwellOptions,
  page: Page = openPage(),
): DwellTracker {
  const { idleMs, heartbeatMs } = options
  const thresholds = createThresholds(options.thresholds, emit, 'decisive')
  const visible = createStopwatch()
  const active = createStopwatch()
  let firstVisible: number | undefined
  let firstInput: number | undefined
  let lastInput = options.inputAt ?? Number.NEGATIVE_INFINITY
  let nextBeat = heartbeatMs
  let cancelTimer: Stop | undefined

  const idleAt = () => lastInput + idleMs
  /** A timer may be late, yet a span of activity ends in time. */
  const activeMs = () => active.total(Math.min(page.now(), idleAt()))

  /** One timer, for whatever comes first: a threshold, a heartbeat or idleness. */
  function wake(): void {
    const ms = activeMs()
    thresholds.reach(ms)
    if (ms >= nextBeat) {
      nextBeat = ms + heartbeatMs
      emit('heartbeat')
    }
    const ahead = Math.min(idleAt() - page.now(), thresholds.missing(ms), nextBeat - ms)
    if (page.now() < idleAt()) cancelTimer = page.after(Math.max(ahead, 1), wake)
    else rest()
  }

  function rest(): void {
    cancelTimer?.()
    active.stop(Math.min(page.now(), idleAt()))
  }

  function input(at: number): void {
    if (!visible.isRunning()) return
    if (at > idleAt()) rest()
    lastInput = at
    firstInput ??= at
    if (active.isRunning()) return
    active.start(at)
    wake()
  }

  function show(): void {
    const now = page.now()
    firstVisible ??= now
    visible.start(now)
  }

  function hide(): void {
    rest()
    visible.stop(page.now())
  }

  if (page.isVisible()) {
    show()
    active.start(page.now())
    wake()
  }
  const stopListening = together(
    page.onInput(input),
    page.onVisibility(isVisible => (isVisible ? show() : hide())),
  )

  return {
    totals: () => ({
      active_ms: activeMs(),
      visible_ms: visible.total(page.now()),
      ...(firstInput !== undefined && { time_to_first_interaction_ms: Math.max(firstInput - (firstVisible ?? 0), 0) }),
    }),
    lastInput: () => lastInput,
    stop() {
      hide()
      stopListening()
    },
  }
}
