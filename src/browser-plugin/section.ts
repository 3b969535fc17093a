import { nameOf, toName } from './element-name.ts'
import { openPage, type Page, type Stop } from './page.ts'
import type { EngagementProperties } from './signals.ts'

const MARKED = 'data-inkling-section'

export interface SectionOptions {
  /** What counts as a section besides the marked ones, as a CSS selector. */
  readonly selector?: string | undefined
  /** A clock that stands still while nobody looks, ms. */
  readonly clock: () => number
}

export interface SectionTracker {
  /** Longest first; a section still in view counts as far as it has come. */
  totals(): EngagementProperties['sections']
  /** Finds marked sections that were added since. */
  look(): void
  readonly stop: Stop
}

interface Total {
  ms: number
  /** How many elements of this name are in view: a carousel shows several copies of one. */
  inView: number
  since: number
}

/**
 * Measures how long each section was looked at: in view, on a visible page, by a visitor who was not away. Where nothing can
 * hover, marked elements are sections too: what a finger cannot point at, it scrolls to.
 */
export function trackSection({ selector, clock }: SectionOptions, page: Page = openPage()): SectionTracker {
  const totals = new Map<string, Total>()
  const lasted = ({ ms, inView, since }: Total) => ms + (inView > 0 ? clock() - since : 0)

  function turn(element: Element, exposed: boolean): void {
    const mark = element.getAttribute(MARKED)
    const name = mark ? toName(mark) : nameOf(element)
    const total = totals.get(name) ?? { ms: 0, inView: 0, since: 0 }
    const inView = total.inView + (exposed ? 1 : -1)
    totals.set(name, { ms: lasted(total), inView, since: clock() })
  }

  const exposure = page.onExposure(turn, {
    selector: [`[${MARKED}]`, ...(page.hovers() ? [] : ['[data-inkling]']), ...(selector ? [selector] : [])].join(),
    added: selector !== undefined,
  })

  return {
    totals: () =>
      [...totals]
        .map(([id, total]) => ({ id, visible_ms: lasted(total) }))
        .filter(({ visible_ms }) => visible_ms > 0)
        .sort((a, b) => b.visible_ms - a.visible_ms),
    look: exposure.look,
    stop: exposure.stop,
  }
}
