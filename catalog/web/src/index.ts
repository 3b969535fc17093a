import { browserDestination } from '@segment/browser-destination-runtime/shim'
import type { BrowserDestinationDefinition, PluginFactory } from '@segment/browser-destination-runtime/types'
import engagementPlugin from './engagementPlugin'
import type { Settings } from './generated-types'
import { optionsOf } from './options'
import { engagement } from './plugin'
import type { EngagementPlugin } from './types'

export const destination: BrowserDestinationDefinition<Settings, EngagementPlugin> = {
  name: 'Inkling Browser Plugins',
  mode: 'device',
  description: 'Measures how visitors engage with each page, and ties every event to the page view it happened on.',
  settings: {},
  initialize: async ({ settings, analytics }) => {
    const plugin = engagement(optionsOf(settings))
    // As a plugin of its own it hears of every event, whatever the mapping's trigger says: consent may come with any of them.
    await analytics.register(plugin)
    return plugin
  },
  actions: { engagementPlugin }
}

const factory: PluginFactory = browserDestination(destination)
export default factory
