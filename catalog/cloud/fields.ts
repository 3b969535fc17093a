/**
 * The fields that actions share. Each is named like the member of a Segment event it becomes, and none checks a format or
 * declares what is inside an object: the framework would refuse, or rewrite, a whole event for one odd value, where the
 * service only looks past that value.
 */
import type { InputField } from '@segment/actions-core'

export interface BatchFields {
  enable_batching?: boolean
  batch_size?: number
  batch_bytes?: number
}

const messageId: InputField = {
  label: 'Message ID',
  description: 'The ID of the call. Inkling counts an event once, however often it is sent.',
  type: 'string',
  default: { '@path': '$.messageId' }
}

const userId: InputField = {
  label: 'User ID',
  description: 'The ID of the person in your own database.',
  type: 'string',
  // Some server libraries spell it the other way.
  default: { '@if': { exists: { '@path': '$.userId' }, then: { '@path': '$.userId' }, else: { '@path': '$.user_id' } } }
}

const anonymousId: InputField = {
  label: 'Anonymous ID',
  description: 'The ID of a visitor who may not have said who they are. What they did is kept until they do.',
  type: 'string',
  default: { '@path': '$.anonymousId' }
}

const timestamp: InputField = {
  label: 'Timestamp',
  description: 'When it happened. What is no longer fresh updates the profile and triggers nothing.',
  type: 'string',
  default: {
    '@if': { exists: { '@path': '$.timestamp' }, then: { '@path': '$.timestamp' }, else: { '@path': '$.receivedAt' } }
  }
}

const context: InputField = {
  label: 'Context',
  description:
    'The context of the event. Inkling reads the page, the campaign, the time zone, the traits and the consent in it.',
  type: 'object',
  default: { '@path': '$.context' }
}

/** Whom the event is about, when it happened and where. */
export const commonFields: Record<'messageId' | 'userId' | 'anonymousId' | 'timestamp' | 'context', InputField> = {
  messageId,
  userId,
  anonymousId,
  timestamp,
  context
}

export const properties: InputField = {
  label: 'Properties',
  description: 'The properties of the event.',
  type: 'object',
  default: { '@path': '$.properties' }
}

export const traits: InputField = {
  label: 'Traits',
  description: 'The traits of the person. An email address or phone number lets Inkling write to your email platform.',
  type: 'object',
  default: { '@path': '$.traits' }
}

export const eventName: InputField = {
  label: 'Event Name',
  description: 'The name of the event.',
  type: 'string',
  required: true,
  default: { '@path': '$.event' }
}

/** @param gathered - whether events wait for each other unless the mapping says otherwise. */
export function batchFields(gathered: boolean): Record<keyof BatchFields, InputField> {
  return {
    enable_batching: {
      label: 'Send in batches',
      description:
        'Gathers events for up to a minute: fewer requests, but Inkling reacts later. Leave it off where seconds matter.',
      type: 'boolean',
      default: gathered
    },
    batch_size: {
      label: 'Batch Size',
      description: 'Maximum number of events to include in each batch. Actual batch sizes may be lower.',
      type: 'number',
      minimum: 1,
      // The service takes 2,500 events a request.
      maximum: 2500,
      default: 1000,
      unsafe_hidden: true
    },
    batch_bytes: {
      label: 'Batch Bytes',
      description: 'Maximum size of a batch in bytes.',
      type: 'number',
      // The service takes 5 MB, but a proxy before it often no more than 1 MB.
      default: 900000,
      unsafe_hidden: true
    }
  }
}
