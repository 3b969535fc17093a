import type { ActionDefinition } from '@segment/actions-core'
import { batchFields, commonFields, traits } from '../fields'
import { forward } from '../forward'
import type { Settings } from '../generated-types'
import type { Payload } from './generated-types'

const action: ActionDefinition<Settings, Payload> = {
  title: 'Group User',
  description: 'Tell Inkling which company or account a person belongs to.',
  defaultSubscription: 'type = "group"',
  fields: {
    groupId: {
      label: 'Group ID',
      description: 'The ID of the company or account.',
      type: 'string',
      default: { '@path': '$.groupId' }
    },
    traits: { ...traits, description: 'The traits of the company or account.' },
    ...commonFields,
    ...batchFields(false)
  },
  ...forward<Payload>((payload) => ({ ...payload, type: 'group' }))
}

export default action
