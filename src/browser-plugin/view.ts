import type { Settings } from './options.ts'
import type { Page } from './page.ts'
import type { Path } from './path.ts'
import type { Weight } from './threshold.ts'
import type { Tracker } from './tracker.ts'

/** What a signal sees of one page view. */
export interface View {
  readonly page: Page
  readonly settings: Settings
  /** Called when something was crossed that is worth telling at once. */
  readonly emit: (weight: Weight) => void
  /** The name of the innermost element of interest on the path; undefined where there is none. */
  readonly nameOf: (path: Path) => string | undefined
  /** Time in which somebody may have looked, ms: while visible, until the idle timeout after the last input or the page's showing. */
  readonly attendedMs: () => number
}

/**
 * A signal: measures one thing from the start of a page view. The core knows a signal by nothing else. What the two call
 * each other has other names in the bundle, so a signal from elsewhere cannot be given to it.
 */
export type Signal = (view: View) => Tracker
