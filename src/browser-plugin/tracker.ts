import type { Path } from './path.ts'
import type { EngagementProperties } from './signals.ts'

/** What the types of the DOM do not know: what not every browser has, what a script dispatched, and what we make of an input. */
interface MoreEvents {
  readonly freeze: Event
  readonly resume: Event
  readonly prerenderingchange: Event
  readonly currententrychange: Event
  readonly 'fake:click': MouseEvent
  /** The visitor did something that only a present person does; of the pointer's moves, those that are more than trembling. */
  readonly acted: Event
}

type PageEvents = WindowEventMap & DocumentEventMap & HTMLMediaElementEventMap & MoreEvents

/**
 * What runs when something happens in the page, in its open shadow roots, and in its frames where those are let in. Called
 * once per event with its time on our clock in ms, and the path it went, innermost first; moves and turns of the wheel have
 * none but the first. What a script dispatched on an element comes under the name of `fake:` and its type.
 */
export type Handlers = {
  readonly [Type in keyof PageEvents]?: ((event: PageEvents[Type], at: number, path: Path) => unknown) | undefined
}

/** What one signal measures in one page view, and that it tells these parts of the summary. */
export interface Measures<Part extends keyof EngagementProperties> extends Tracker {
  totals(): Pick<EngagementProperties, Part>
}

/** What happens to a page view, for whoever follows it. */
export interface Tracker {
  /** Its part of the summary, up to now. */
  totals?(): Partial<EngagementProperties>
  /** Events it takes, in order, a little later than they happened and never later than anything else is told. */
  readonly on?: Handlers
  /** Events it takes while they happen. The page waits for it. */
  readonly now?: Handlers
  /**
   * Something scrolled, told a few times a second while the layout is known; `byInput` when the visitor did it, not the page.
   *
   * @returns whether to tell the next frame too.
   */
  scrolled?(byInput: boolean): unknown
  /** The page came into view. It may be told twice. */
  show?(at: number): void
  /** The page hides, or freezes. It may be told twice. */
  hide?(at: number): void
  /** Reads what only the laid out page can tell. Not called once another route's content may be shown. */
  look?(): void
  /** The view is about to end; `left` when the page is. */
  leave?(left: boolean): void
  /** The view ended: lets go of what it observes. */
  stop?(): void
}
