/** The shop's Segment set-up: the real analytics.js with the engagement plugin, and no CDN. */
import { AnalyticsBrowser } from '@segment/analytics-next'
import { engagement } from '../../../src/browser-plugin/index.ts'

/**
 * The service's clocks are shortened in `inkling.config.ts`; the page must then tell it more often than a real site, where
 * each call costs money. These are the plugin's own options: a site leaves them out.
 */
const DEMO_CLOCKS = {
  // Eight active seconds on the plans are this demo's 90: told when they are reached, not at the next summary.
  thresholds: { activeMs: [4000, 8000, 15_000, 30_000, 60_000] },
  // A cart waits 8 s for the next sign of life, so somebody who still reads must give one more often than that.
  heartbeatMs: 5000,
  idleMs: 10_000,
  maxCalls: 40,
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
