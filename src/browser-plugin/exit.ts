import type { ExitKind } from './signals.ts'

/** A page is left within this after the click that leaves it, ms. */
const LEAVES_WITHIN_MS = 2000

/** A click on a link. One that opens another tab leaves nothing within that time. */
export interface LinkClick {
  readonly at: number
  readonly leadsTo: 'internal' | 'outbound'
}

export interface Leaving {
  /** The browser may restore the page, so the tab was not closed. */
  readonly restorable: boolean | undefined
  readonly at: number
}

/**
 * How the page view ended, as far as the page can know. A closed tab and a typed address look alike from inside, unless the
 * browser keeps the page for the way back.
 */
export function exitKind({ at, restorable }: Leaving, link: LinkClick | undefined): ExitKind {
  if (link && at - link.at <= LEAVES_WITHIN_MS) return link.leadsTo
  return restorable ? 'unknown' : 'close'
}
