import { nameOf, toName } from './element-name.ts'
import { heaviest } from './heaviest.ts'
import { LIST_LIMITS } from './signals.ts'
import type { Measures } from './tracker.ts'
import type { View } from './view.ts'

const MARKED = 'data-inkling-section'
/** Smaller is a marker, not a part of the page. px² */
const MIN_AREA = 100
/** Steps in which the browser looks again. They are small for elements taller than the window, of which half is never in view. */
const STEPS = 51
/** Pages add elements in bursts. ms */
const SETTLE_MS = 250

interface Total {
  ms: number
  /** The elements of this name that are in view: a carousel shows several copies of one. */
  readonly inView: Set<Element>
  since: number
}

/**
 * Measures how long each section was looked at: at least half of it in view, or enough of it to fill half of the window, on
 * a visible page, by a visitor who was not away. Where nothing can hover, marked elements are sections too: what a finger
 * cannot point at, it scrolls to. One observer for all of them, none where nothing matches.
 */
export function trackSection({ page, settings, attendedMs }: View): Measures<'sections'> {
  const totals = new Map<string, Total>()
  const touched = matchMedia('(hover: hover)').matches ? '' : ',[data-inkling]'
  const selector = `[${MARKED}]${touched}${settings.sections ? `,${settings.sections}` : ''}`
  const observer = new IntersectionObserver(
    page.guard(entries => entries.forEach(turn)),
    { threshold: Array.from({ length: STEPS }, (_, step) => step / 100) },
  )
  // A timer that is set anew would never run out on a page that keeps adding.
  let waiting = false
  const settled = page.timer(() => {
    waiting = false
    look()
  })
  const additions = new MutationObserver(() => {
    if (!waiting) settled(SETTLE_MS)
    waiting = true
  })
  const lasted = ({ ms, inView, since }: Total) => ms + (inView.size > 0 ? attendedMs() - since : 0)

  function turn(entry: IntersectionObserverEntry): void {
    const { target } = entry
    const mark = target.getAttribute(MARKED)
    const name = mark ? toName(mark) : nameOf(target)
    const total = totals.get(name) ?? { ms: 0, inView: new Set(), since: 0 }
    totals.set(name, total)
    total.ms = lasted(total)
    total.since = attendedMs()
    if (isExposed(entry)) total.inView.add(target)
    else total.inView.delete(target)
    if (!target.isConnected) observer.unobserve(target)
  }

  /** Finds sections that were added since; those observed already stay as they are. */
  function look(): void {
    for (const element of document.querySelectorAll(selector)) observer.observe(element)
  }

  if (settings.sections) additions.observe(document, { childList: true, subtree: true })
  look()

  return {
    totals: () => ({
      sections: heaviest(
        [...totals].map(([id, total]) => ({ id, visible_ms: lasted(total) })),
        ({ visible_ms }) => visible_ms,
        LIST_LIMITS.sections,
      ),
    }),
    look,
    stop() {
      observer.disconnect()
      additions.disconnect()
    },
  }
}

function isExposed({ boundingClientRect, intersectionRect, intersectionRatio, rootBounds }: IntersectionObserverEntry) {
  // Without bounds the page stands in a frame of another origin, where the frame is the window.
  const half = (rootBounds?.height ?? innerHeight) / 2
  const { width, height } = boundingClientRect
  return width * height >= MIN_AREA && (intersectionRatio >= 0.5 || intersectionRect.height >= half)
}
