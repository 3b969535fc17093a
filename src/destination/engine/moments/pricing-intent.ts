import { text } from '../fields.ts'
import type { PageView } from '../page-view.ts'
import type { Notice } from './moment.ts'

/**
 * Somebody stays on a pricing page and does something there. Staying alone is not enough: a second kind of signal
 * (scroll, hover, click or copy) must agree, for a tab can be left open.
 */
export const noticePricingIntent: Notice = ({ state, input, policy }) => {
  const moment = policy.moments.pricingIntent
  const page = summarised(state.pageViews, input)
  if (page === undefined || !moment.pageTypes.includes(page.type) || page.totals.activeMs < moment.dwell)
    return undefined
  const { totals } = page
  const signs = [
    totals.scrollDepth > 0 && `scrolled to ${Math.round(totals.scrollDepth * 100)} %`,
    Object.keys(totals.hovers).length > 0 && `rested on ${Object.keys(totals.hovers)[0]}`,
    totals.clicks > 0 && `clicked ${totals.clicks === 1 ? 'once' : `${totals.clicks} times`}`,
    totals.copies > 0 && 'copied something',
  ].filter(sign => sign !== false)
  const seconds = Math.round(totals.activeMs / 1000)
  const stayed = `Spent ${seconds} s active on the ${page.type} page (threshold ${moment.dwell / 1000} s)`
  return {
    moment: 'Pricing Intent Detected',
    cause: page.id,
    variant: '',
    at: input.at,
    properties: {
      page_url: page.url ?? null,
      page_title: page.title ?? null,
      dwell_seconds: seconds,
      scroll_depth_percent: Math.round(totals.scrollDepth * 100),
      hovered_element: Object.keys(totals.hovers)[0] ?? null,
      last_product: state.lastProduct?.id ?? null,
      last_product_name: state.lastProduct?.name ?? null,
    },
    why: `${listed([stayed, ...signs])}.`,
    policy: moment,
    ...(signs.length === 0 && {
      lacking: {
        restraint: 'unconfirmed' as const,
        why: `${stayed}, but nothing else agreed: no scroll, hover, click or copy.`,
      },
    }),
  }
}

/** The page view this input's summary belongs to. */
function summarised(pageViews: readonly PageView[], input: Parameters<Notice>[0]['input']): PageView | undefined {
  if (input.kind !== 'message') return undefined
  const id = text(input.message.properties, 'pageview_id')
  return pageViews.find(page => page.id === id)
}

function listed(signs: readonly string[]): string {
  return signs.length < 2 ? (signs[0] ?? '') : `${signs.slice(0, -1).join(', ')} and ${signs.at(-1)}`
}
