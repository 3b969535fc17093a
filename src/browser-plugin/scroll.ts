import { openPage, type Page, type ScrollPosition, type Stop } from './page.ts'
import type { EngagementProperties } from './signals.ts'
import { createThresholds, type Weight } from './threshold.ts'

/** What only flew past is not seen: a position counts where the page still is when it is looked at, this often. ms */
const LOOK_MS = 250
/** A leap over more than a window, or one the page makes itself, counts once the page has stood still. ms */
const STAND_MS = 500
/** A position that the browser restored counts after this, or once the visitor scrolls. ms */
const RESTORED_MS = 1000
/** A page that has grown this much since it was first scrolled has no end. */
const ENDLESS_GROWTH = 1.25
/** A longer gap between two frames of movement ends a burst, so that a pause is not taken for slow scrolling. ms */
const BURST_GAP_MS = 150
/** Speeds kept for the median: about four seconds of movement. */
const MAX_SPEEDS = 256

export interface ScrollOptions {
  /** Shares of the content seen worth telling at once, ascending. */
  readonly thresholds: readonly number[]
}

export interface ScrollTracker {
  totals(): Pick<EngagementProperties, 'scroll_depth' | 'scrollable' | 'scroll_velocity' | 'screens_seen'>
  /** Reads the page's height, first of all once it is laid out. Not to be called once another route's content may be shown. */
  look(): void
  readonly stop: Stop
}

/**
 * Measures how much of the content was seen, (position + viewport) / height, and how fast. The furthest position is kept in
 * pixels and divided by the latest height, so a page that grows late reports the share of what is there now. A page that
 * grows because it is scrolled keeps its highest share, and tells the screens that were seen.
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
  let latest: ScrollPosition = { top: 0, viewport: 0, height: 0, windowWidth: 0 }
  let seenPx = 0
  /** The height when first scrolled, px. */
  let firstHeight: number | undefined
  let endless = false
  let highest = 0
  let restored = true
  let lastAt = 0
  let lastTop = 0
  let cancelLook: Stop | undefined

  function look(): void {
    const next = page.scrollPosition()
    // Zoomed or turned, the same content has other pixels.
    const scale = latest.height > 0 && next.windowWidth !== latest.windowWidth ? next.height / latest.height : 1
    latest = next
    const reach = (restored ? 0 : next.top) + next.viewport
    seenPx = Math.min(Math.max(seenPx * scale, reach), next.height)
    if (firstHeight !== undefined) {
      firstHeight *= scale
      endless ||= next.height > firstHeight * ENDLESS_GROWTH
      if (isScrollable()) thresholds.reach(depth())
    }
    highest = depth()
  }

  function isScrollable(): boolean {
    return latest.height - latest.viewport >= 2
  }

  function share(): number {
    return seenPx / (latest.height || 1)
  }

  function depth(): number {
    return endless ? Math.max(highest, share()) : share()
  }

  function frame(byInput: boolean): void {
    const at = page.now()
    const { top, viewport, height } = page.scrollPosition()
    const px = Math.abs(top - lastTop)
    if (px === 0) return
    if (at - lastAt <= BURST_GAP_MS) {
      speeds.push((px / (at - lastAt)) * 1000)
      if (speeds.length > MAX_SPEEDS) speeds.shift()
    }
    if (byInput) {
      firstHeight ??= height
      restored = false
    }
    lastAt = at
    lastTop = top
    if (byInput && px <= viewport) {
      cancelLook ??= page.after(LOOK_MS, lookOnce)
    } else {
      cancelLook?.()
      cancelLook = page.after(STAND_MS, lookOnce)
    }
  }

  function lookOnce(): void {
    cancelLook = undefined
    look()
  }

  const cancelRestored = page.after(RESTORED_MS, () => {
    restored = false
    look()
  })
  const stopScroll = page.onScroll(frame)

  return {
    totals: () => ({
      scroll_depth: depth(),
      scrollable: isScrollable(),
      scroll_velocity: median(speeds),
      screens_seen: endless ? seenPx / latest.viewport : undefined,
    }),
    look,
    stop() {
      cancelRestored()
      cancelLook?.()
      stopScroll()
    },
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0
}
