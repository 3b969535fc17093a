import { createAttention } from './attention.ts'
import { openPage, type Page, type Stop, together } from './page.ts'
import type { EngagementProperties } from './signals.ts'
import { createStopwatch } from './stopwatch.ts'
import { createThresholds, type Weight } from './threshold.ts'

/** While the visitor is active, the clock is looked at this often; a gap twice as long means that the machine slept. ms */
const TICK_MS = 5000

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
  /** Time in which somebody may have looked, ms: while visible, until `idleMs` after the last input or the page's showing. */
  attendedMs(): number
  lastInput(): number
  readonly stop: Stop
}

/**
 * Measures how long the page was visible and how long the visitor was active on it. Active time runs from an input until
 * `idleMs` after the last one, and only while the page is visible; it is computed from the moments at which it began and
 * ended, never from ticks, so a throttled timer cannot change it. A clock that ran on while the machine slept is noticed by a
 * late tick; nobody is at an idle page, which has no tick and needs none.
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
  const active = createAttention(idleMs, options.inputAt)
  const attended = createAttention(idleMs)
  let firstVisible: number | undefined
  let firstInput: number | undefined
  let lastInput = options.inputAt ?? -Infinity
  let nextBeat = heartbeatMs
  let tickAt = Infinity
  let cancelTimer: Stop | undefined

  /** One timer, for whatever comes first: a threshold, a heartbeat, idleness, or the next look at the clock. */
  function wake(): void {
    const now = page.now()
    if (slept(now)) return
    const ms = active.total(now)
    thresholds.reach(ms)
    if (ms >= nextBeat) {
      nextBeat = ms + heartbeatMs
      emit('heartbeat')
    }
    const ahead = Math.max(Math.min(active.endsAt() - now, thresholds.missing(ms), nextBeat - ms, TICK_MS), 1)
    if (now < active.endsAt()) {
      tickAt = now + ahead
      cancelTimer = page.after(ahead, wake)
    } else {
      rest(now)
    }
  }

  /** @returns whether the machine slept until now; then everything ended when it fell asleep. */
  function slept(now: number): boolean {
    if (now <= tickAt + TICK_MS) return false
    hide(tickAt)
    show(now)
    return true
  }

  function rest(at: number): void {
    cancelTimer?.()
    tickAt = Infinity
    active.stop(at)
  }

  function input(at: number): void {
    if (!visible.isRunning()) return
    slept(at)
    lastInput = at
    firstInput ??= at
    attended.sign(at)
    if (at > active.endsAt()) rest(at)
    const resting = !active.isRunning()
    active.sign(at)
    if (resting) wake()
  }

  function show(at: number): void {
    firstVisible ??= at
    visible.start(at)
    attended.sign(at)
  }

  function hide(at: number): void {
    rest(at)
    visible.stop(at)
    attended.stop(at)
  }

  if (page.isVisible()) {
    show(page.now())
    active.start(page.now())
    wake()
  }
  const stopListening = together(
    page.onInput(input),
    page.onVisibility(isVisible => (isVisible ? show(page.now()) : hide(page.now()))),
  )

  return {
    totals: () => ({
      active_ms: active.total(page.now()),
      visible_ms: visible.total(page.now()),
      time_to_first_interaction_ms:
        firstInput === undefined ? undefined : Math.max(firstInput - (firstVisible ?? 0), 0),
    }),
    attendedMs: () => attended.total(page.now()),
    lastInput: () => lastInput,
    stop() {
      hide(page.now())
      stopListening()
    },
  }
}
