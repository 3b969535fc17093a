/** What a site does with us: the unmodified analytics.js, with its own page() call, and the plugin. Runs in the browser. */
import { AnalyticsBrowser } from '@segment/analytics-next'
import {
  type EngagementPlugin,
  engagement,
  engagementWith,
  trackHover,
  trackScroll,
} from '../../src/browser-plugin/index.ts'
import type { Site } from './site.ts'

declare global {
  interface Window {
    site: Site
    analytics: AnalyticsBrowser
    plugin: EngagementPlugin
  }
}

const { apiHost, options, dropAll, callsPage, fewSignals } = window.site
const analytics = new AnalyticsBrowser()
window.analytics = analytics
if (dropAll) analytics.addSourceMiddleware(() => undefined)
window.plugin = fewSignals ? engagementWith([trackHover, trackScroll], options) : engagement(options)
analytics.register(window.plugin)
analytics.load(
  { writeKey: 'wk', cdnSettings: { integrations: { 'Segment.io': { apiKey: 'wk' } }, metrics: { sampleRate: 0 } } },
  { integrations: { 'Segment.io': { apiHost, protocol: 'http' } } },
)
if (callsPage) analytics.page()
analytics.ready(() => {
  document.documentElement.dataset.ready = 'yes'
})
