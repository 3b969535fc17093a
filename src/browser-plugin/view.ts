import type { Settings } from './options.ts'
import type { Page } from './page.ts'
import type { EngagementProperties } from './signals.ts'
import type { Weight } from './threshold.ts'

/** What a signal sees of one page view. */
export interface View {
  /** Closed when the view ends, and with it all that the signal asked for. */
  readonly page: Page
  readonly settings: Settings
  /** Called when something was crossed that is worth telling at once. */
  readonly emit: (weight: Weight) => void
  /** The name of the innermost element of interest on the path; undefined where there is none. */
  readonly nameOf: (path: readonly EventTarget[]) => string | undefined
  /** Time in which somebody may have looked, ms: while visible, until the idle timeout after the last input or the page's showing. */
  readonly attendedMs: () => number
}

/** What one signal measured in one page view. */
export interface Tracker {
  /** Its part of the summary, up to now. */
  totals(): Partial<EngagementProperties>
  /** Reads what only the laid out page can tell. Not called once another route's content may be shown. */
  look?(): void
  /** The view ends; `left` when the page does. */
  end?(left: boolean): void
}

/** A signal: measures one thing from the start of a page view. The core knows a signal by nothing else. */
export type Signal = (view: View) => Tracker
