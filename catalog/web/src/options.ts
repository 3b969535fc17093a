import type { Subscription } from '@segment/browser-destination-runtime/types'
import type { Payload } from './engagementPlugin/generated-types'
import type { Settings } from './generated-types'
import { INTEGRATION } from './integration'
import type { EngagementOptions } from './types'

/** What analytics.js hands over with the settings. */
type Connection = Settings & { subscriptions?: Subscription[] }

/** What a mapping says of a field: nothing, where the connection was made before the field was. */
type Chosen = { [Field in keyof Payload]?: unknown }

/**
 * The options of the plugin, from the first enabled mapping of its action. A mapping is for one event, but measuring begins
 * before there is one: so its fields take nothing but fixed values, which are read from the connection.
 */
export function optionsOf(connection: Connection): EngagementOptions {
  const mapping = connection.subscriptions?.find(({ enabled }) => enabled)?.mapping
  const { consentCategories, respectGpc, maxCalls, endpoint, onlyInkling }: Chosen = mapping ?? {}
  const categories = [consentCategories].flat().filter((category) => typeof category === 'string' && category !== '')
  return {
    ...(categories.length > 0 && { consent: 'required', consentCategories: categories as string[] }),
    respectGpc: respectGpc !== false,
    ...(typeof maxCalls === 'number' && { maxCalls }),
    ...(typeof endpoint === 'string' && endpoint !== '' && direct(endpoint)),
    ...(onlyInkling === true && { integrations: { All: false, [INTEGRATION]: true } })
  }
}

function direct(endpoint: string): EngagementOptions {
  return { transport: 'direct', endpoint: `${endpoint.replace(/\/$/, '')}/v1` }
}
