import type { Analytics } from '@segment/analytics-next'
import type { BrowserActionDefinition } from '@segment/browser-destination-runtime/types'
import type { Settings } from '../generated-types'
import { INTEGRATION } from '../integration'
import { ENGAGEMENT_MEASURED } from '../plugin'
import type { EngagementPlugin } from '../types'
import { fields } from './fields'
import type { Payload } from './generated-types'

const action: BrowserActionDefinition<Settings, EngagementPlugin, Payload> = {
  title: 'Engagement Plugin',
  description:
    'Measures hovers, scrolling, active time, forms and clicks on each page, sends them as "Engagement Measured", and tells with every other event which page view it happened on.',
  platform: 'web',
  defaultSubscription: 'type = "track" or type = "identify" or type = "page" or type = "group" or type = "alias"',
  lifecycleHook: 'enrichment',
  fields,
  perform: (plugin, { analytics, context }) => {
    const pageViewId = measuring(plugin, analytics).pageViewId()
    const { event, integrations = {} } = context.event
    // A summary says itself which page view it is of: it may be told when another one has begun.
    if (event === ENGAGEMENT_MEASURED || (integrations.All === false && !integrations[INTEGRATION])) return
    if (pageViewId !== undefined) context.updateEvent(`integrations.${INTEGRATION}.pageview_id`, pageViewId)
  }
}

export default action

/**
 * The plugin that measures. A site may register one with options of its own, which comes after ours, and a source may be
 * connected twice: two of them would count everything twice, so all but the last stop.
 */
function measuring(ours: EngagementPlugin, analytics: Analytics): EngagementPlugin {
  const last = analytics.queue.plugins.filter(({ name }) => name === ours.name).pop() ?? ours
  if (last !== ours) ours.unload()
  return last as EngagementPlugin
}
