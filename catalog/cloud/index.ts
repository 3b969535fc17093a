import type { DestinationDefinition, Preset } from '@segment/actions-core'
import { defaultValues } from '@segment/actions-core'
import aliasUser from './aliasUser'
import ecommerceEvent from './ecommerceEvent'
import emailEvent from './emailEvent'
import type { Settings } from './generated-types'
import groupUser from './groupUser'
import identifyUser from './identifyUser'
import { sendBatch, sendOne } from './send'
import trackEvent from './trackEvent'
import viewPage from './viewPage'

const actions = { trackEvent, ecommerceEvent, emailEvent, identifyUser, viewPage, groupUser, aliasUser }

/** What a new connection sends: everything an action is for, mapped as it comes. */
function preset(partnerAction: keyof typeof actions, name: string): Preset {
  const { defaultSubscription = '', fields } = actions[partnerAction]
  return { name, subscribe: defaultSubscription, partnerAction, mapping: defaultValues(fields), type: 'automatic' }
}

/**
 * Starts the browser half in every new connection. Its action is not among these: Segment's repository merges the actions of
 * both halves, but takes the presets from here alone.
 */
const ENGAGEMENT_PLUGIN: Preset = {
  name: 'Engagement Plugin',
  subscribe: 'type = "track" or type = "identify" or type = "page" or type = "group" or type = "alias"',
  partnerAction: 'engagementPlugin',
  mapping: { respectGpc: true, maxCalls: 4, onlyInkling: false },
  type: 'automatic'
}

const destination: DestinationDefinition<Settings> = {
  name: 'Inkling',
  slug: 'actions-inkling',
  mode: 'cloud',
  description:
    'Turn what visitors do on your site into computed traits and timely events in Klaviyo, HubSpot or Braze, with the Inkling service that you host.',
  authentication: {
    scheme: 'custom',
    fields: {
      endpoint: {
        label: 'Endpoint URL',
        description:
          'The address of your Inkling service, for example https://inkling.example.com. It must begin with https://.',
        type: 'string',
        format: 'uri',
        required: true
      },
      keyId: {
        label: 'Key ID',
        description: 'The part before the colon of one of the SIGNING_KEYS that your Inkling service accepts.',
        type: 'string',
        required: true
      },
      secret: {
        label: 'Secret',
        description: 'The part after the colon of the same key. Requests are signed with it; it is never sent.',
        type: 'password',
        required: true
      }
    },
    testAuthentication: (request, { settings }) => sendBatch(request, settings, [])
  },
  onDelete: (request, { settings, payload: { userId, anonymousId } }) =>
    sendOne(request, settings, { type: 'delete', userId, anonymousId }),
  presets: [
    preset('trackEvent', 'Behavior'),
    preset('ecommerceEvent', 'Ecommerce'),
    preset('emailEvent', 'Email'),
    preset('identifyUser', 'Identify'),
    preset('viewPage', 'Pages and Screens'),
    preset('groupUser', 'Group'),
    preset('aliasUser', 'Alias'),
    ENGAGEMENT_PLUGIN
  ],
  actions
}

export default destination
