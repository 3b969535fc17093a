import type { ActionDefinition } from '@segment/actions-core'
import { batchFields, commonFields } from '../fields'
import { forward } from '../forward'
import type { Settings } from '../generated-types'
import type { Payload } from './generated-types'

const action: ActionDefinition<Settings, Payload> = {
  title: 'Alias User',
  description: 'Tell Inkling that two IDs are one person. Their visits are joined.',
  defaultSubscription: 'type = "alias"',
  fields: {
    previousId: {
      label: 'Previous ID',
      description: 'The ID the person had before.',
      type: 'string',
      default: { '@path': '$.previousId' }
    },
    ...commonFields,
    ...batchFields(false)
  },
  ...forward<Payload>((payload) => ({ ...payload, type: 'alias' }))
}

export default action
