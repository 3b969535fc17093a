import type { Notice } from './moment.ts'
import { listed, pageProperties, percent, seconds, signsOn, spoken } from './words.ts'

/**
 * Somebody stays on a pricing page and does something there. Staying alone is not enough: a second kind of signal
 * (scroll, hover, click or copy) must agree, for a tab can be left open.
 */
export const noticePricingIntent: Notice = ({ page, state, input, policy }) => {
  const moment = policy.moments.pricingIntent
  if (page === undefined || !moment.pageTypes.includes(page.type) || page.totals.activeMs < moment.dwell)
    return undefined
  const { totals } = page
  const signs = signsOn(page)
  const stayed = `Spent ${seconds(totals.activeMs)} s active on the ${page.type} page (threshold ${spoken(moment.dwell)})`
  return {
    moment: 'Pricing Intent Detected',
    cause: page.id,
    variant: '',
    at: input.at,
    properties: {
      ...pageProperties(page),
      dwell_seconds: seconds(totals.activeMs),
      scroll_depth_percent: percent(totals.scrollDepth),
      hovered_element: totals.hovers.elements[0] ?? null,
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
