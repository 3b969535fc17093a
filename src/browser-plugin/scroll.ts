import { openPage, type Page, type ScrollPosition, type Stop } from './page.ts'
import type { EngagementProperties } from './signals.ts'
import { createThresholds, type Weight } from './threshold.ts'

/** What only flew past is not seen: a position counts where the page still is when it is looked at, this often. ms */
const LOOK_MS = 250
/** A longer gap between two frames of movement ends a burst, so that a pause is not taken for slow scrolling. ms */
const BURST_GAP_MS = 150
/** Speeds kept for the median: about four seconds of movement. */
const MAX_SPEEDS = 256

export interface ScrollOptions {
  /** Shares of the content seen worth telling at once, ascending. */
  readonly thresholds: readonly number[]
}

export interface ScrollTracker {
  totals(): Pick<EngagementProperties, 'scroll_depth' | 'scrollable' | 'scroll_velocity'>
  /** Reads the page's height, first of all once it is laid out. Not to be called once another route's content may be shown. */
  look(): void
  readonly stop: Stop
}

/**
 * Measures how much of the content was seen, (position + viewport) / height, and how fast. The furthest position is kept in
 * pixels and divided by the latest height, so a page that grows while it is read reports the share of what is there now.
 *
 * @param emit - called when scrolling reaches a threshold; what is in view from the start is no behaviour and tells nothing.
 */
export function trackScroll(
  emit: (weight: Weight) => void,
  options: ScrollOptions,
  page: Page = openPage(),
): ScrollTracker {
  const thresholds = createThresholds(options.thresholds, emit)
  const speeds: number[] = []
  let latest: ScrollPosition = { top: 0, viewport: 0, height: 0 }
  let seenPx = 0
  let scrolled = false
  let lastAt = 0
  let lastTop = 0
  let cancelLook: Stop | undefined

  function look(): void {
    cancelLook = undefined
    latest = page.scrollPosition()
    seenPx = Math.min(Math.max(seenPx, latest.top + latest.viewport), latest.height)
    if (scrolled && isScrollable()) thresholds.reach(depth())
  }

  function isScrollable(): boolean {
    return latest.height - latest.viewport >= 2
  }

  function depth(): number {
    return seenPx / (latest.height || 1)
  }

  function frame(): void {
    const at = page.now()
    const { top } = page.scrollPosition()
    if (at - lastAt <= BURST_GAP_MS && top !== lastTop) {
      speeds.push((Math.abs(top - lastTop) / (at - lastAt)) * 1000)
      if (speeds.length > MAX_SPEEDS) speeds.shift()
    }
    scrolled = true
    lastAt = at
    lastTop = top
    cancelLook ??= page.after(LOOK_MS, look)
  }

  const stopScroll = page.onScroll(frame)

  return {
    totals: () => ({ scroll_depth: depth(), scrollable: isScrollable(), scroll_velocity: median(speeds) }),
    look,
    stop() {
      cancelLook?.()
      stopScroll()
    },
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0
}
