import type { ActionDefinition } from '@segment/actions-core'
import { batchFields, commonFields, properties } from '../fields'
import { forward } from '../forward'
import type { Settings } from '../generated-types'
import type { Payload } from './generated-types'

const action: ActionDefinition<Settings, Payload> = {
  title: 'View Page or Screen',
  description: 'Send the pages and screens a person looks at, in the order in which Inkling follows their visit.',
  defaultSubscription: 'type = "page" or type = "screen"',
  fields: {
    type: {
      label: 'Type',
      description: 'Whether it is a page of a site or a screen of an app.',
      type: 'string',
      required: true,
      choices: [
        { label: 'Page', value: 'page' },
        { label: 'Screen', value: 'screen' }
      ],
      default: { '@path': '$.type' }
    },
    name: {
      label: 'Name',
      description: 'The name of the page or screen.',
      type: 'string',
      default: { '@path': '$.name' }
    },
    properties,
    ...commonFields,
    ...batchFields(false)
  },
  ...forward<Payload>((payload) => ({ ...payload }))
}

export default action
