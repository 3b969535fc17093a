import { type EngagementProperties, LIST_LIMITS, MAX_SUMMARY_BYTES } from './signals.ts'

/**
 * Times are told in steps, rounded down so that no threshold shows before it is reached: fine enough to act on, too coarse
 * to recognise a hand by. Rounding down and the frame before a movement is known must stay within 50 ms together. ms
 */
const STEP_MS = 25

/** What was measured; without a signal, its list is not there. */
type Measured = Omit<EngagementProperties, Lists> & Partial<Pick<EngagementProperties, Lists>>
type Lists = 'hovers' | 'clicks' | 'sections' | 'downloads'

/**
 * Rounds what the trackers measured and bounds its lists: the lightest hovers and sections go first, and the oldest clicks
 * and downloads.
 */
export function toSummary(measured: Measured): EngagementProperties {
  const all: EngagementProperties = { hovers: [], clicks: [], sections: [], downloads: [], ...measured }
  const hovers = all.hovers.slice(0, LIST_LIMITS.hovers)
  const clicks = all.clicks.slice(-LIST_LIMITS.clicks)
  const sections = all.sections.slice(0, LIST_LIMITS.sections)
  const downloads = all.downloads.slice(-LIST_LIMITS.downloads)
  for (;;) {
    const json = JSON.stringify({ ...all, hovers, clicks, sections, downloads }, coarsely)
    // A size in bytes, for a name in other letters may take three times its length.
    if (new Blob([json]).size <= MAX_SUMMARY_BYTES) return JSON.parse(json)
    clicks.shift() ?? sections.pop() ?? hovers.pop() ?? downloads.shift()
  }
}

/** Each property that ends in `ms` is a time. */
function coarsely(key: string, value: unknown): unknown {
  if (typeof value !== 'number') return value
  const time = key.endsWith('ms')
  // Binary fractions may fall short of a hundredth by a hair.
  return time ? Math.floor(value / STEP_MS) * STEP_MS : Math.floor(value * 100 + 1e-6) / 100
}
