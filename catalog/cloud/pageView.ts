import type { InputField } from '@segment/actions-core'
import type { SegmentCall } from './send'

export const pageViewField: InputField = {
  label: 'Page View ID',
  description:
    'The page view that the event happened on, as the Engagement Plugin tells with every event of a browser.',
  type: 'string',
  default: { '@path': '$.integrations.Inkling.pageview_id' }
}

/**
 * A track call on its page view, which the service looks for among the properties: only then can it tell how long the page
 * of, say, a form that was sent had been read.
 */
export function trackOn({ pageview_id, ...payload }: TrackPayload): SegmentCall {
  if (pageview_id === undefined) return { ...payload, type: 'track' }
  // An engagement summary says itself which page view it is of.
  return { ...payload, type: 'track', properties: { pageview_id, ...payload.properties } }
}

interface TrackPayload {
  pageview_id?: string
  properties?: { [k: string]: unknown }
}
