import type { ActionDefinition } from '@segment/actions-core'
import { batchFields, commonFields, traits } from '../fields'
import { forward } from '../forward'
import type { Settings } from '../generated-types'
import type { Payload } from './generated-types'

const action: ActionDefinition<Settings, Payload> = {
  title: 'Identify User',
  description:
    'Tell Inkling who a visitor is. What they did before they said so is theirs from then on, and can be written to your email platform.',
  defaultSubscription: 'type = "identify"',
  fields: { traits, ...commonFields, ...batchFields(false) },
  ...forward<Payload>((payload) => ({ ...payload, type: 'identify' }))
}

export default action
