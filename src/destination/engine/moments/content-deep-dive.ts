import type { Notice } from './moment.ts'
import { pageProperties, percent, seconds, spoken } from './words.ts'

/** An article read, not skimmed: deep scroll and long attention must agree. */
export const noticeContentDeepDive: Notice = ({ page, input, policy }) => {
  const moment = policy.moments.contentDeepDive
  if (page === undefined || !moment.pageTypes.includes(page.type)) return undefined
  const { activeMs, scrollDepth } = page.totals
  if (activeMs < moment.dwell || scrollDepth < moment.scrollDepth) return undefined
  return {
    moment: 'Content Deep Dive Detected',
    cause: page.id,
    variant: '',
    at: input.at,
    properties: {
      ...pageProperties(page),
      dwell_seconds: seconds(activeMs),
      scroll_depth_percent: percent(scrollDepth),
    },
    why: `Read ${percent(scrollDepth)} % of ${page.title ?? 'an article'} in ${seconds(activeMs)} s of attention (thresholds ${percent(moment.scrollDepth)} % and ${spoken(moment.dwell)}).`,
    policy: moment,
  }
}
