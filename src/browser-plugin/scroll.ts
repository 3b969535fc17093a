import type { ScrollPosition } from './page.ts'
import { createThresholds } from './threshold.ts'
import type { Measures } from './tracker.ts'
import type { View } from './view.ts'

/** A leap over more than a window, or one the page makes itself, counts once the page has stood still. ms */
const STAND_MS = 500
/** A position that the browser restored counts after this, or once the visitor scrolls. ms */
const RESTORED_MS = 1000
/** A page that has grown this much since it was first scrolled has no end. */
const ENDLESS_GROWTH = 1.25
/** A longer gap between two looks at a moving page ends a burst, so that a pause is not taken for slow scrolling. ms */
const BURST_GAP_MS = 400
/** Speeds kept for the median: about a minute of movement. */
const MAX_SPEEDS = 256

export type ScrollTracker = Measures<'scroll_depth' | 'scrollable' | 'scroll_velocity' | 'screens_seen'> & {
  look(): void
}

/**
 * Measures how much of the content was seen, (position + viewport) / height, and how fast. The furthest position is kept in
 * pixels and divided by the latest height, so on a page that grows a little, or before it is scrolled, the share falls to
 * that of what is there now. A page that grows by more than a quarter because it is scrolled has no end: its share never
 * falls below the highest it came to, and the screens that were seen are told. What is in view from the start is no
 * behaviour: thresholds are told from the first scrolling on.
 */
export function trackScroll({ page, settings, emit }: View): ScrollTracker {
  const reach = createThresholds(settings.scrollDepth, emit)
  const speeds: number[] = []
  let latest: ScrollPosition = { top: 0, viewport: 0, height: 0, windowWidth: 0 }
  let seenPx = 0
  /** The height when first scrolled, px. */
  let firstHeight: number | undefined
  let endless = false
  let depth = 0
  let restored = true
  let lastAt = 0
  let lastTop = 0
  const wake = page.timer(() => page.laidOut(look))

  function look(): void {
    const next = page.scrollPosition()
    const { viewport, height } = next
    // Zoomed or turned, the same content has other pixels.
    const scale = latest.height && next.windowWidth !== latest.windowWidth ? height / latest.height : 1
    latest = next
    seenPx = Math.min(Math.max(seenPx * scale, (restored ? 0 : next.top) + viewport), height)
    const share = seenPx / (height || 1)
    if (firstHeight) {
      firstHeight *= scale
      endless ||= height > firstHeight * ENDLESS_GROWTH
    }
    depth = endless ? Math.max(depth, share) : share
    if (firstHeight && isScrollable()) reach(depth)
  }

  function isScrollable(): boolean {
    return latest.height - latest.viewport >= 2
  }

  page.timer(() => {
    restored = false
    page.laidOut(look)
  })(RESTORED_MS)

  return {
    totals: () => ({
      scroll_depth: depth,
      scrollable: isScrollable(),
      scroll_velocity: [...speeds].sort((a, b) => a - b)[speeds.length >> 1] ?? 0,
      screens_seen: endless ? seenPx / latest.viewport : undefined,
    }),
    look,
    scrolled(byInput) {
      const at = page.now()
      const { top, viewport, height } = page.scrollPosition()
      const px = Math.abs(top - lastTop)
      if (!px) return
      if (at - lastAt <= BURST_GAP_MS) speeds.push((px / (at - lastAt)) * 1000)
      if (speeds.length > MAX_SPEEDS) speeds.shift()
      if (byInput) {
        firstHeight ??= height
        restored = false
      }
      lastAt = at
      lastTop = top
      if (byInput && px <= viewport) look()
      else wake(STAND_MS)
    },
  }
}
