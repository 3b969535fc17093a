import { type EngagementProperties, MAX_SUMMARY_BYTES } from './signals.ts'

/**
 * Times are told in steps, rounded down so that no threshold shows before it is reached: fine enough to act on, too coarse
 * to recognise a hand by. Rounding down and the frame before a movement is known must stay within 50 ms together. ms
 */
const STEP_MS = 25

/** What was measured; without a signal, its list is not there. */
type Measured = Omit<EngagementProperties, Lists> & Partial<Pick<EngagementProperties, Lists>>
type Lists = 'hovers' | 'clicks' | 'sections' | 'downloads'
type Cut = EngagementProperties & { readonly [List in Lists]: EngagementProperties[List][number][] }

/** Rounds what the trackers measured and fits it: the oldest clicks go first, then the lightest sections and hovers. */
export function toSummary(measured: Measured): EngagementProperties {
  const text = JSON.stringify({ hovers: [], clicks: [], sections: [], downloads: [], ...measured }, coarsely)
  const summary: Cut = JSON.parse(text)
  // A size in bytes, for a name in other letters may take three times its length.
  while (JSON.stringify(summary).replace(/[^\0-\x7f]/g, 'xxx').length > MAX_SUMMARY_BYTES)
    summary.clicks.shift() ?? summary.sections.pop() ?? summary.hovers.pop() ?? summary.downloads.shift()
  return summary
}

/** Each property that ends in `ms` is a time. */
function coarsely(key: string, value: unknown): unknown {
  if (typeof value !== 'number') return value
  const time = key.endsWith('ms')
  // Binary fractions may fall short of a hundredth by a hair.
  return time ? Math.floor(value / STEP_MS) * STEP_MS : Math.floor(value * 100 + 1e-6) / 100
}
