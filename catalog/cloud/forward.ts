import type { ActionDefinition, JSONLikeObject } from '@segment/actions-core'
import { MultiStatusResponse } from '@segment/actions-core'
import type { BatchFields } from './fields'
import type { Settings } from './generated-types'
import type { Outcome, SegmentCall } from './send'
import { REFUSED, sendBatch, sendOne } from './send'

type Forward<Payload> = Required<Pick<ActionDefinition<Settings, Payload>, 'perform' | 'performBatch'>>

/** How an action sends: alone or in a batch, each event the way `toCall` makes it of a payload. */
export function forward<Payload extends BatchFields>(toCall: (payload: Payload) => SegmentCall): Forward<Payload> {
  return {
    perform: (request, { payload, settings }) => sendOne(request, settings, withoutBatchFields(toCall(payload))),
    performBatch: async (request, { payload, settings }) => {
      const calls = payload.map((one) => withoutBatchFields(toCall(one)))
      const outcomes = await sendBatch(request, settings, calls)
      const response = new MultiStatusResponse()
      outcomes.forEach(({ status, reason }, index) => {
        const sent = calls[index] as unknown as JSONLikeObject
        if (status === 200) response.setSuccessResponseAtIndex(index, { status, sent, body: 'kept' })
        else response.setErrorResponseAtIndex(index, toError({ status, reason, sent }))
      })
      return response
    }
  }
}

function toError({ status, reason = REFUSED, sent }: Outcome & { sent: JSONLikeObject }) {
  const errortype = status === 400 ? ('PAYLOAD_VALIDATION_FAILED' as const) : undefined
  return { status, errormessage: reason, sent, body: reason, ...(errortype && { errortype }) }
}

/** How events are gathered says nothing about the event. */
function withoutBatchFields(call: SegmentCall): SegmentCall {
  const { enable_batching: _gathered, batch_size: _size, batch_bytes: _bytes, ...rest } = call
  return rest as SegmentCall
}
