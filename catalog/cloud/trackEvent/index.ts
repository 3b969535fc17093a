import type { ActionDefinition } from '@segment/actions-core'
import { batchFields, commonFields, eventName, properties } from '../fields'
import { forward } from '../forward'
import type { Settings } from '../generated-types'
import { pageViewField, trackOn } from '../pageView'
import { OTHER_EVENTS } from '../subscriptions'
import type { Payload } from './generated-types'

const action: ActionDefinition<Settings, Payload> = {
  title: 'Track Event',
  description:
    'Send what a person does: the engagement that the Inkling plugin measures, and every other event of your own.',
  defaultSubscription: OTHER_EVENTS,
  fields: { event: eventName, properties, pageview_id: pageViewField, ...commonFields, ...batchFields(false) },
  ...forward<Payload>(trackOn)
}

export default action
