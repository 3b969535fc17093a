import { openPage, type Page, type Stop } from './page.ts'
import { type EngagementProperties, LIST_LIMITS } from './signals.ts'

export interface ClickOptions {
  /** The name of the innermost element of interest on the path; undefined where there is none. */
  readonly nameOf: (path: readonly EventTarget[]) => string | undefined
}

export interface ClickTracker {
  /** The latest ones, in order. */
  totals(): EngagementProperties['clicks']
  readonly stop: Stop
}

/** Keeps the clicks a person made on named elements, with their time since the page view began. */
export function trackClick(options: ClickOptions, page: Page = openPage()): ClickTracker {
  const start = page.now()
  const clicks: { readonly element: string; readonly at_ms: number }[] = []
  const stop = page.onClick(({ at, path, trusted }) => {
    const element = trusted ? options.nameOf(path) : undefined
    if (element === undefined) return
    clicks.push({ element, at_ms: Math.max(at - start, 0) })
    if (clicks.length > LIST_LIMITS.clicks) clicks.shift()
  })
  return { totals: () => [...clicks], stop }
}
