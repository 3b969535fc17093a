import type { ActionDefinition } from '@segment/actions-core'
import { batchFields, commonFields, eventName, properties } from '../fields'
import { forward } from '../forward'
import type { Settings } from '../generated-types'
import { EMAIL_EVENTS } from '../subscriptions'
import type { Payload } from './generated-types'

const action: ActionDefinition<Settings, Payload> = {
  title: 'Email Event',
  description:
    'Send what became of emails. Inkling learns from clicks, and stays silent towards people who unsubscribed, complained or cannot be reached.',
  defaultSubscription: EMAIL_EVENTS,
  fields: {
    event: {
      ...eventName,
      description:
        'The name of the event as in the Segment email spec: Email Delivered, Email Opened, Email Link Clicked, Email Bounced, Email Marked as Spam or Unsubscribed.'
    },
    email: {
      label: 'Email Address',
      description: 'The address the email went to. Together with a user ID or an anonymous ID it says who that is.',
      type: 'string',
      default: { '@path': '$.context.traits.email' }
    },
    properties,
    ...commonFields,
    // A campaign makes thousands of these within a minute, and none of them is urgent.
    ...batchFields(true)
  },
  ...forward<Payload>(({ email, ...payload }) => ({
    ...payload,
    type: 'track',
    ...(email !== undefined && { context: withEmail(payload.context, email) })
  }))
}

/** The spec's place for the recipient. */
function withEmail(context: Payload['context'], email: string): Payload['context'] {
  const traits: unknown = context?.traits
  return { ...context, traits: { ...(typeof traits === 'object' ? traits : {}), email } }
}

export default action
