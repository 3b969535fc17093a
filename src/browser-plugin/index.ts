/**
 * The Segment plugin: measures how a visitor engages with each page and tells it as `Engagement Measured`.
 *
 *     analytics.register(engagement())
 *
 * A site that builds its own bundle may take only the signals it wants; what it does not import is left out:
 *
 *     analytics.register(engagementWith([trackHover, trackScroll]))
 */
import { trackAutomation } from './automation.ts'
import { trackClick } from './click.ts'
import { trackCopy } from './copy.ts'
import { trackDeadClick } from './dead-click.ts'
import { trackForm } from './form.ts'
import { trackHover } from './hover.ts'
import type { EngagementOptions } from './options.ts'
import { type EngagementPlugin, engagementWith } from './plugin.ts'
import { trackScroll } from './scroll.ts'
import { trackSection } from './section.ts'
import { trackVideo } from './video.ts'

export type { PageAddress } from './address.ts'
export type { Analytics, AnalyticsContext } from './analytics.ts'
export type { EngagementOptions, EngagementThresholds } from './options.ts'
export { type EngagementPlugin, engagementWith } from './plugin.ts'
export { ENGAGEMENT_MEASURED, type EngagementProperties } from './signals.ts'
export type { Signal } from './view.ts'
export {
  trackAutomation,
  trackClick,
  trackCopy,
  trackDeadClick,
  trackForm,
  trackHover,
  trackScroll,
  trackSection,
  trackVideo,
}

/** Makes the plugin with every signal; it measures nothing until analytics.js loads it, nor without the consent it was told to wait for. */
export function engagement(options?: EngagementOptions): EngagementPlugin {
  return engagementWith(
    [
      trackHover,
      trackScroll,
      trackClick,
      trackDeadClick,
      trackForm,
      trackVideo,
      trackCopy,
      trackSection,
      trackAutomation,
    ],
    options,
  )
}
