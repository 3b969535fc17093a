import type { ActionDefinition } from '@segment/actions-core'
import { batchFields, commonFields, eventName, properties } from '../fields'
import { forward } from '../forward'
import type { Settings } from '../generated-types'
import { pageViewField, trackOn } from '../pageView'
import { ECOMMERCE_EVENTS } from '../subscriptions'
import type { Payload } from './generated-types'

const action: ActionDefinition<Settings, Payload> = {
  title: 'Ecommerce Event',
  description:
    'Send products, carts, checkouts and orders. If your shop has its own names for them, map them here to those of the Segment ecommerce spec.',
  defaultSubscription: ECOMMERCE_EVENTS,
  fields: {
    event: {
      ...eventName,
      description:
        'The name of the event as in the Segment ecommerce spec, for example Product Viewed, Product Added, Checkout Started or Order Completed.'
    },
    properties: {
      ...properties,
      description:
        'The properties as in the Segment ecommerce spec, for example product_id, price and quantity, or order_id, revenue and products.'
    },
    pageview_id: pageViewField,
    ...commonFields,
    ...batchFields(false)
  },
  ...forward<Payload>(trackOn)
}

export default action
