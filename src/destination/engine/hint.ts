/** What kind of message would fit now: a hint for the flow, never a decision. */

import { counted, seconds } from './moments/words.ts'
import type { ProfileState } from './profile.ts'

export const HINTS = ['reassure', 'raise_urgency', 'go_deeper', 'reduce_pressure', 'nurture'] as const

export interface Hint {
  readonly hint: (typeof HINTS)[number]
  readonly reason: string
}

/** Clicks that follow one another within half a minute: somebody knows what they want. */
const QUICK_CLICKS = 3
const HESITANT_MS = 30_000

/** @returns the first that fits, the nearest to buying first; undefined when nothing stands out. */
export function hintFor({ pageViews, visit, level, cart }: ProfileState): Hint | undefined {
  const page = pageViews.at(-1)
  if (page === undefined) return undefined
  const { activeMs, clicks, quickClicks, scrollDepth } = page.totals
  const engaged = level === 'medium' || level === 'high'
  if (cart !== undefined && clicks === 0 && activeMs >= HESITANT_MS) {
    return {
      hint: 'reassure',
      reason: `Something in the cart, and ${seconds(activeMs)} s on the ${page.type} page without a click.`,
    }
  }
  if (quickClicks >= QUICK_CLICKS) {
    return {
      hint: 'raise_urgency',
      reason: `${counted(quickClicks, 'quick click')} one after the other on the ${page.type} page.`,
    }
  }
  if (page.type === 'article' && scrollDepth >= 0.5) {
    return { hint: 'go_deeper', reason: `Read ${Math.round(scrollDepth * 100)} % of an article.` }
  }
  if (engaged && pageViews.every(({ totals }) => totals.clicks === 0)) {
    return {
      hint: 'reduce_pressure',
      reason: `Engaged (level ${level}) without a click on the last ${counted(pageViews.length, 'page')}: content rather than offers.`,
    }
  }
  if (visit.number === 1) return { hint: 'nurture', reason: 'In their first visit.' }
  return undefined
}
