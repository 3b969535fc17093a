/**
 * Sessions of a shop: the type of each page and the second it was opened. What lies in a cart is not recorded, nor which
 * product a page shows, nor when within the last page an order was placed.
 */

import { toSettings } from '../../src/browser-plugin/options.ts'
import { ENGAGEMENT_MEASURED } from '../../src/browser-plugin/signals.ts'
import { eventTime } from '../../src/destination/engine/time.ts'
import { sharedLines } from '../../test/support/shared.ts'
import { type DataSet, MONDAY, type RealSession, type Told, toMessages } from './session.ts'

interface Recorded {
  readonly id: string
  readonly buy: 0 | 1
  /** Seconds count from the first page. */
  readonly pages: readonly (readonly [type: number, second: number])[]
}

/** The types by what the data's own notes say they are like; of the other four nobody knows which is which. */
const CHECKOUT = 6
const PATHS: Readonly<Record<number, string>> = { 2: '/collections/all', 3: '/products/one', [CHECKOUT]: '/checkout' }
/** All sessions have six pages. */
const DECISION_PAGE = 6
/** From one session's beginning to the next one's, ms. */
const SPACING_MS = 60_000
/** The order is placed on the last page, nobody knows when: at once, the least that can be claimed. ms */
const ORDER_AFTER_MS = 1_000
/**
 * Opening a page is the only input recorded, so a visitor counts as active until the plugin would call them idle. Reading
 * on after that would show in scrolling, and is not recorded.
 */
const { idleMs } = toSettings({})

/** @param limit - how many of them; default: all. */
export function shopClickstream(limit?: number): DataSet {
  const recorded = sharedLines<Recorded>('data/shop-clickstream/sessions.jsonl.gz').slice(0, limit)
  return {
    name: 'shop-clickstream',
    count: recorded.length,
    orders: true,
    *sessions() {
      for (const [index, one] of recorded.entries()) yield toSession(one, MONDAY + index * SPACING_MS)
    },
  }
}

function toSession({ id, buy, pages }: Recorded, start: number): RealSession {
  const told = pages.flatMap((_, index) => toldOfPage(pages, index, `${id}.${index}`))
  const first = pages.findIndex(([type]) => type === CHECKOUT)
  const last = pages.at(-1)
  const [, decidedAt = 0] = pages[DECISION_PAGE - 1] ?? []
  const ordered = { at: (last?.[1] ?? 0) * 1000 + ORDER_AFTER_MS, event: 'Order Completed', path: '/checkout' }
  return {
    messages: toMessages(
      id,
      id,
      [...told, ...(buy === 1 ? [ordered] : [])].map(one => ({ ...one, at: start + one.at })),
    ),
    decision: { at: eventTime(start + decidedAt * 1000), open: first === -1 || first >= DECISION_PAGE },
  }
}

/** The page call, the checkout where it is the first of those, and the summaries until the next page. */
function toldOfPage(pages: Recorded['pages'], index: number, pageViewId: string): readonly Told[] {
  const [type = 0, second = 0] = pages[index] ?? []
  const path = PATHS[type] ?? '/other'
  const at = second * 1000
  const begun = type === CHECKOUT && pages.findIndex(([other]) => other === CHECKOUT) === index
  const next = pages[index + 1]
  return [
    { at, path },
    ...(begun ? [{ at, path, event: 'Checkout Started', properties: { products: [{ product_id: 'unknown' }] } }] : []),
    ...(next === undefined ? [] : summaries(next[1] * 1000 - at).map(toSummary)),
  ]

  function toSummary(ms: number, sequence: number): Told {
    const totals = { active_ms: Math.min(ms, idleMs), visible_ms: ms }
    const properties = { pageview_id: pageViewId, sequence: sequence + 1, ...totals }
    return { at: at + ms, path, event: ENGAGEMENT_MEASURED, properties }
  }
}

/** @returns how long after the opening of a page a summary is sent: when active time crosses a threshold, and at the end. */
function summaries(stayedMs: number): readonly number[] {
  const { activeMs } = toSettings({})
  return [...activeMs.filter(ms => ms <= idleMs && ms < stayedMs), ...(stayedMs > 0 ? [stayedMs] : [])]
}
