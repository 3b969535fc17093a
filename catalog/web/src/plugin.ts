import { engagement as create } from '../../../src/browser-plugin/index'
import type { EngagementOptions, EngagementPlugin } from './types'

export { ENGAGEMENT_MEASURED } from '../../../src/browser-plugin/index'

/** Makes the plugin; it measures nothing until analytics.js loads it. */
export const engagement: (options: EngagementOptions) => EngagementPlugin = create
