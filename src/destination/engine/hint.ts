/** What kind of message would fit now: a hint for the flow, never a decision. */

import { counted, seconds } from './moments/words.ts'
import type { PageView } from './page-view.ts'
import type { ProfileState } from './profile.ts'

export const HINTS = ['reassure', 'raise_urgency', 'go_deeper', 'reduce_pressure', 'nurture'] as const

export type Hint = (typeof HINTS)[number]

/** Clicks that follow one another within half a minute: somebody knows what they want. */
const QUICK_CLICKS = 3
const HESITANT_MS = 30_000

/** @returns the first that fits, the nearest to buying first; undefined when nothing stands out. */
export function hintFor({ pageViews, visit, level, cart }: ProfileState): Hint | undefined {
  const page = pageViews.at(-1)
  if (page === undefined) return undefined
  const { activeMs, clicks, quickClicks, scrollDepth } = page.totals
  const engaged = level === 'medium' || level === 'high'
  if (cart !== undefined && clicks === 0 && activeMs >= HESITANT_MS) return 'reassure'
  if (quickClicks >= QUICK_CLICKS) return 'raise_urgency'
  if (page.type === 'article' && scrollDepth >= 0.5) return 'go_deeper'
  if (engaged && !hasClicked(pageViews)) return 'reduce_pressure'
  return visit.number === 1 ? 'nurture' : undefined
}

function hasClicked(pageViews: readonly PageView[]): boolean {
  for (const { totals } of pageViews) if (totals.clicks > 0) return true
  return false
}

/** @returns why that hint, in a sentence. */
export function hintReason(state: ProfileState): string | undefined {
  const hint = hintFor(state)
  const page = state.pageViews.at(-1)
  if (hint === undefined || page === undefined) return undefined
  const { activeMs, quickClicks, scrollDepth } = page.totals
  switch (hint) {
    case 'reassure':
      return `Something in the cart, and ${seconds(activeMs)} s on the ${page.type} page without a click.`
    case 'raise_urgency':
      return `${counted(quickClicks, 'quick click')} one after the other on the ${page.type} page.`
    case 'go_deeper':
      return `Read ${Math.round(scrollDepth * 100)} % of an article.`
    case 'reduce_pressure':
      return `Engaged (level ${state.level}) without a click on the last ${counted(state.pageViews.length, 'page')}: content rather than offers.`
    case 'nurture':
      return 'In their first visit.'
    default:
      return hint satisfies never
  }
}
