import { createStopwatch } from './stopwatch.ts'
import { createThresholds } from './threshold.ts'
import type { Tracker, View } from './view.ts'

/** While the visitor is active, the clock is looked at this often; a gap twice as long means that the machine slept. ms */
const TICK_MS = 5000

export interface DwellOptions extends Pick<View, 'page' | 'settings' | 'emit'> {
  /** Called when another heartbeat's worth of active time has passed. */
  readonly beat: () => void
  /** The last input before this page view, when the visitor came without a page load. */
  readonly inputAt?: number | undefined
}

export interface DwellTracker extends Tracker {
  /** Time in which somebody may have looked, ms: while visible, until the idle timeout after the last input or the page's showing. */
  attendedMs(): number
  lastInput(): number
}

/**
 * Measures how long the page was visible and how long the visitor was active on it. Active time runs from an input until
 * the idle timeout after the last one, and only while the page is visible; it is computed from the moments at which it
 * began and ended, never from ticks, so a throttled timer cannot change it. A clock that ran on while the machine slept is
 * noticed by a late tick; nobody is at an idle page, which has no tick and needs none.
 */
export function trackDwell({ page, settings, emit, beat, inputAt = -Infinity }: DwellOptions): DwellTracker {
  const { idleMs, heartbeatMs } = settings
  const reach = createThresholds(settings.activeMs, emit, 'decisive')
  const visible = createStopwatch()
  const active = createStopwatch(idleMs, inputAt)
  const attended = createStopwatch(idleMs)
  const wake = page.timer(tick)
  let firstVisible: number | undefined
  let firstInput: number | undefined
  let lastInput = inputAt
  let nextBeat = heartbeatMs
  let tickAt = Infinity

  /** One timer, for whatever comes first: a threshold, a heartbeat, idleness, or the next look at the clock. */
  function tick(): void {
    const now = page.now()
    if (slept(now)) return
    const ms = active.total(now)
    const missing = reach(ms)
    if (ms >= nextBeat) {
      nextBeat = ms + heartbeatMs
      beat()
    }
    const left = active.endsAt() - now
    if (left > 0) {
      const ahead = Math.max(Math.min(left, missing, nextBeat - ms, TICK_MS), 1)
      tickAt = now + ahead
      wake(ahead)
    } else tickAt = Infinity
  }

  /** @returns whether the machine slept until now; then everything ended when it fell asleep. */
  function slept(now: number): boolean {
    if (now <= tickAt + TICK_MS) return false
    hide(tickAt)
    show(now)
    return true
  }

  function show(at: number): void {
    firstVisible ??= at
    visible.start(at)
    attended.sign(at)
  }

  function hide(at: number): void {
    wake()
    tickAt = Infinity
    for (const watch of [visible, active, attended]) watch.stop(at)
  }

  page.onInput(at => {
    if (!page.isVisible()) return
    slept(at)
    lastInput = at
    firstInput ??= at
    attended.sign(at)
    active.sign(at)
    if (tickAt === Infinity) tick()
  })
  page.onVisibility(isVisible => (isVisible ? show : hide)(page.now()))
  if (page.isVisible()) {
    show(page.now())
    active.start(page.now())
    tick()
  }

  return {
    totals() {
      const now = page.now()
      return {
        active_ms: active.total(now),
        visible_ms: visible.total(now),
        time_to_first_interaction_ms:
          firstInput === undefined ? undefined : Math.max(firstInput - (firstVisible ?? 0), 0),
      }
    },
    attendedMs: () => attended.total(page.now()),
    lastInput: () => lastInput,
  }
}
