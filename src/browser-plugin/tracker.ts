import type { EngagementProperties } from './signals.ts'

/** What the types of the DOM do not know: what not every browser has, and what a script dispatched. */
interface MoreEvents {
  readonly freeze: Event
  readonly resume: Event
  readonly prerenderingchange: Event
  readonly currententrychange: Event
  readonly 'fake:click': MouseEvent
}

type PageEvents = WindowEventMap & DocumentEventMap & HTMLMediaElementEventMap & MoreEvents

/**
 * What runs when something happens in the page, in its open shadow roots, and in its frames where those are let in. Called
 * once per event with its time on our clock in ms, and the innermost target; what a script dispatched on an element comes
 * under the name of `fake:` and its type.
 */
export type Handlers = {
  readonly [Type in keyof PageEvents]?:
    | ((event: PageEvents[Type], at: number, target: HTMLElement) => unknown)
    | undefined
}

/** What one signal measures in one page view, and that it tells these parts of the summary. */
export interface Measures<Part extends keyof EngagementProperties> extends Tracker {
  totals(): Pick<EngagementProperties, Part>
}

/** What happens to a page view, for whoever follows it. */
export interface Tracker {
  /** Its part of the summary, up to now. */
  totals?(): Partial<EngagementProperties>
  /** Events it takes. */
  readonly on?: Handlers
  /** The visitor did something that only a present person does; of the pointer's moves, those that are more than trembling. */
  acted?(at: number, event: Event): void
  /** Something scrolled, told at most once a frame; `byInput` when the visitor did it, not the page. */
  scrolled?(byInput: boolean): void
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
