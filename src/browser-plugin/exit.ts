import { linkOf } from './link.ts'
import type { Page } from './page.ts'
import type { ExitKind } from './signals.ts'

/** A page is left within this after the click that leaves it, ms. */
const LEAVES_WITHIN_MS = 2000

/** A click on a link that leads away from this page, in this tab. */
export interface LinkClick {
  readonly at: number
  readonly leadsTo: 'internal' | 'outbound'
}

/** @returns the function that says what link was followed last. */
export function watchLinks(page: Page): () => LinkClick | undefined {
  let last: LinkClick | undefined
  page.listen(['click'], (event, at) => {
    const link = linkOf(event)
    // Held, these keys open another tab or window; a download leaves nothing.
    const stays = event.ctrlKey || event.metaKey || event.shiftKey || link?.target === '_blank' || link?.download
    if (link && event.isTrusted && !stays) last = { at, leadsTo: link.host === location.host ? 'internal' : 'outbound' }
  })
  return () => last
}

/**
 * How the page view ended at `at`, as far as the page can know. A closed tab and a typed address look alike from inside,
 * unless the browser keeps the page for the way back.
 */
export function exitKind(at: number, restorable: boolean, link: LinkClick | undefined): ExitKind {
  if (link && at - link.at <= LEAVES_WITHIN_MS) return link.leadsTo
  return restorable ? 'unknown' : 'close'
}
