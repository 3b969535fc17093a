import type { Plugin } from '@segment/analytics-next'

/** The plugin of analytics.js that measures. */
export interface EngagementPlugin extends Plugin {
  /** The ID of the page view that is measured at this moment; undefined while nothing is. */
  pageViewId(): string | undefined
  unload(): void
}

/** Those of its options that a mapping sets. */
export interface EngagementOptions {
  /** Measures and stores nothing before an event grants all of `consentCategories`. */
  consent?: 'required'
  consentCategories?: string[]
  respectGpc?: boolean
  /** Segment calls one page view may cost, at least 0. */
  maxCalls?: number
  /** Sends summaries to `endpoint`, past Segment. */
  transport?: 'direct'
  endpoint?: string
  /** Segment's `integrations` for the summaries. */
  integrations?: Record<string, boolean>
}
