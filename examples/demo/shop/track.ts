/** The shop's Segment set-up: the real analytics.js with the engagement plugin, and no CDN. */
import { AnalyticsBrowser } from '@segment/analytics-next'
import { engagement } from '../../../src/browser-plugin/index.ts'

/**
 * The service's clocks are shortened in `inkling.config.ts`, and the page tells it more often than a real site would, where
 * each call costs money. These are the plugin's own options; a site can leave them out.
 */
const DEMO_CLOCKS = {
  // The demo's pricing intent: told when it is reached, not with the next summary.
  thresholds: { activeMs: [8000] },
  // So that the live page moves while somebody reads.
  heartbeatMs: 10_000,
  maxCalls: 20,
} as const

/** The demo server writes where the destination listens into each page. */
function destination(): string {
  const host = document.querySelector('meta[name=inkling-destination]')?.getAttribute('content')
  if (!host) throw new Error('the page does not say where the destination listens')
  return host
}

export function loadAnalytics(): AnalyticsBrowser {
  const writeKey = 'demo'
  return AnalyticsBrowser.load(
    {
      writeKey,
      // With the settings given, analytics.js asks no CDN for them.
      cdnSettings: { integrations: { 'Segment.io': { apiKey: writeKey } }, metrics: { sampleRate: 0 } },
      plugins: [engagement(DEMO_CLOCKS)],
    },
    { integrations: { 'Segment.io': { apiHost: `${destination()}/v1`, protocol: 'http' } } },
  )
}
