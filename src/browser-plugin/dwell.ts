import { createThresholds } from './threshold.ts'
import type { Measures } from './tracker.ts'
import type { View } from './view.ts'

/** While the visitor is active, the clock is looked at this often; a gap twice as long means that the machine slept. ms */
const TICK_MS = 5000

export interface DwellOptions extends Pick<View, 'page' | 'settings' | 'emit'> {
  /** Called when another heartbeat's worth of active time has passed. */
  readonly beat: () => void
  /** The last input before this page view, when the visitor came without a page load. */
  readonly inputAt?: number | undefined
}

export interface DwellTracker extends Measures<'active_ms' | 'visible_ms' | 'time_to_first_interaction_ms'> {
  /** Time in which somebody may have looked, ms: while visible, until the idle timeout after the last input or the page's showing. */
  attendedMs(): number
  lastInput(): number
}

/**
 * Measures how long the page was visible and how long the visitor was active on it. Active time runs from an input until
 * the idle timeout after the last one, and only while the page is visible; after it was hidden, it waits for another input.
 * Each change adds the time since the one before, so a throttled timer cannot change it. A clock that ran on while the
 * machine slept is noticed by a late tick; nobody is at an idle page, which has no tick and needs none.
 */
export function trackDwell({ page, settings, emit, beat, inputAt = -Infinity }: DwellOptions): DwellTracker {
  const { idleMs, heartbeatMs } = settings
  const reach = createThresholds(settings.activeMs, emit, 'decisive')
  const wake = page.timer(tick)
  let addedAt = page.now()
  let isVisible = page.isVisible()
  let visibleMs = 0
  let activeMs = 0
  let attendedMs = 0
  let activeUntil = inputAt + idleMs
  let attendedUntil = addedAt + idleMs
  let firstVisible = isVisible ? addedAt : undefined
  let firstInput: number | undefined
  let lastInput = inputAt
  let nextBeat = heartbeatMs

  /** Adds the time until now. */
  function add(now: number): void {
    const slept = activeUntil > addedAt && now - addedAt > 2 * TICK_MS
    const until = slept ? addedAt + TICK_MS : Math.max(now, addedAt)
    const lasted = (end: number) => Math.max(Math.min(until, end) - addedAt, 0)
    if (isVisible) {
      visibleMs += lasted(Infinity)
      activeMs += lasted(activeUntil)
      attendedMs += lasted(attendedUntil)
    }
    addedAt = Math.max(now, addedAt)
    if (!slept) return
    activeUntil = -Infinity
    attendedUntil = now + idleMs
  }

  /** One timer, for whatever comes first: a threshold, a heartbeat, idleness, or the next look at the clock. */
  function tick(): void {
    add(page.now())
    const missing = reach(activeMs)
    if (activeMs >= nextBeat) {
      nextBeat = activeMs + heartbeatMs
      beat()
    }
    const left = activeUntil - addedAt
    wake(isVisible && left > 0 ? Math.max(Math.min(left, missing, nextBeat - activeMs, TICK_MS), 1) : Infinity)
  }

  tick()
  return {
    totals() {
      add(page.now())
      return {
        active_ms: activeMs,
        visible_ms: visibleMs,
        time_to_first_interaction_ms: firstInput && Math.max(firstInput - (firstVisible ?? 0), 0),
      }
    },
    attendedMs() {
      page.settle()
      add(page.now())
      return attendedMs
    },
    lastInput: () => lastInput,
    on: {
      acted(_event, at) {
        if (!isVisible) return
        add(at)
        const resting = activeUntil <= at
        firstInput ??= at
        lastInput = at
        activeUntil = attendedUntil = at + idleMs
        if (resting) tick()
      },
    },
    show(at) {
      add(at)
      firstVisible ??= at
      isVisible = true
      attendedUntil = at + idleMs
    },
    hide(at) {
      add(at)
      isVisible = false
      activeUntil = -Infinity
      wake()
    },
  }
}
