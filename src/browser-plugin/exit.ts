import { find } from './path.ts'
import type { ExitKind } from './signals.ts'

/** A page is left within this after the click that leaves it, ms. */
const LEAVES_WITHIN_MS = 2000

/** A click on a link that leads away from this page, in this tab. */
export interface LinkClick {
  readonly at: number
  readonly leadsTo: 'internal' | 'outbound'
}

export function toLinkClick(event: MouseEvent, at: number): LinkClick | undefined {
  const link = find(event.composedPath(), 'a[href]:not([target=_blank],[download])') as HTMLAnchorElement | undefined
  // Held, these keys open another tab or window.
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return undefined
  return { at, leadsTo: link.host === location.host ? 'internal' : 'outbound' }
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
