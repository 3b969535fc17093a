import type { InputField } from '@segment/actions-core'

/** Measuring begins before there is an event that a value could be taken from. */
const fixed: Pick<InputField, 'disabledInputMethods'> = {
  disabledInputMethods: ['variable', 'function', 'enrichment']
}

export const fields: Record<string, InputField> = {
  consentCategories: {
    label: 'Consent Categories',
    description:
      'The consent categories that must all be granted before anything is measured or stored, as your consent tool stamps them on events. Leave it empty if your consent tool blocks events by itself.',
    type: 'string',
    multiple: true,
    ...fixed
  },
  respectGpc: {
    label: 'Respect Global Privacy Control',
    description: 'Measures nothing in a browser that sends Global Privacy Control.',
    type: 'boolean',
    default: true,
    ...fixed
  },
  maxCalls: {
    label: 'Calls per Page View',
    description:
      'How many "Engagement Measured" calls one page view may cost while it is open. One more is sent each time the page hides, and one when it is left.',
    type: 'integer',
    default: 4,
    minimum: 0,
    ...fixed
  },
  endpoint: {
    label: 'Send Straight to Inkling',
    description:
      'The address of your Inkling service, for example https://inkling.example.com. Given one, the browser sends "Engagement Measured" straight there and not through Segment, at no cost in Segment calls. The service must know the write key of this source. Leave it empty to send through Segment.',
    type: 'string',
    ...fixed
  },
  onlyInkling: {
    label: 'Keep from Other Destinations',
    description: 'Sends "Engagement Measured" through Segment to Inkling and to none of your other destinations.',
    type: 'boolean',
    default: false,
    ...fixed
  }
}
