/**
 * Visits to one page with what took the visitor away from it and back. Which element the pointer was on, and where the page
 * was scrolled to, is not recorded: these measure time, copies and leaving.
 */
import type { ExitKind } from '../../src/browser-plugin/signals.ts'
import { feedPage } from '../../test/browser-plugin/fed-page.ts'
import { sharedLines } from '../../test/support/shared.ts'
import type { FocusSession } from '../plugin/hand.ts'
import { measurePage } from './measured-page.ts'
import { type DataSet, MONDAY, type RealSession, toMessages } from './session.ts'

/** From one visit's beginning to the next one's, ms. */
const SPACING_MS = 60_000
const INPUTS: readonly string[] = ['mousemove', 'mousedown', 'scroll', 'keydown']
/** Left this soon after the button went down, somebody followed a link, as in `exit.ts`. ms */
const LEAVES_WITHIN_MS = 2000

export function serpEvtrack(): DataSet {
  const visits = sharedLines<FocusSession>('data/serp-evtrack/sessions.jsonl.gz')
  return {
    name: 'serp-evtrack',
    count: visits.length,
    orders: false,
    *sessions() {
      for (const [index, visit] of visits.entries()) yield toSession(visit, MONDAY + index * SPACING_MS)
    },
  }
}

function toSession({ id, events }: FocusSession, start: number): RealSession {
  const page = feedPage()
  const measured = measurePage({ page, pageViewId: id, path: '/search', nameOf: () => undefined, scrolls: false })
  let now = 0
  let pressedAt = Number.NEGATIVE_INFINITY
  for (const [at, name] of events) {
    page.pass(Math.max(at - now, 0))
    now = Math.max(at, now)
    if (name === 'blur') page.show(false)
    // A hand on the page says that it is shown again, whether or not the focus was recorded.
    if (!page.isVisible() && (name === 'focus' || INPUTS.includes(name))) page.show(true)
    if (INPUTS.includes(name)) page.input()
    if (name === 'copy') measured.copied()
    if (name === 'mousedown') pressedAt = now
  }
  const exit: ExitKind = now - pressedAt <= LEAVES_WITHIN_MS ? 'outbound' : 'unknown'
  const told = measured.end(exit).map(one => ({ ...one, at: start + one.at }))
  return { messages: toMessages(id, id, told) }
}
