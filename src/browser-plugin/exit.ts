import type { Click } from './page.ts'
import type { ExitKind } from './signals.ts'

/** A page is left within this after the click that leaves it, ms. */
const LEAVES_WITHIN_MS = 2000

export interface Leaving {
  /** The browser may restore the page, so the tab was not closed. */
  readonly restorable: boolean
  readonly at: number
}

/**
 * How the page view ended, as far as the page can know. A closed tab and a typed address look alike from inside, unless the
 * browser keeps the page for the way back.
 */
export function exitKind(leaving: Leaving, lastLink: Click | undefined): ExitKind {
  if (lastLink && leaving.at - lastLink.at <= LEAVES_WITHIN_MS)
    return lastLink.leadsTo === 'elsewhere' ? 'outbound' : 'internal'
  return leaving.restorable ? 'unknown' : 'close'
}
