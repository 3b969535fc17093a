// Generated file. DO NOT MODIFY IT BY HAND.

export interface Payload {
  /**
   * The consent categories that must all be granted before anything is measured or stored, as your consent tool stamps them on events. Leave it empty if your consent tool blocks events by itself.
   */
  consentCategories?: string[]
  /**
   * Measures nothing in a browser that sends Global Privacy Control.
   */
  respectGpc?: boolean
  /**
   * How many "Engagement Measured" calls one page view may cost while it is open. One more is sent each time the page hides, and one when it is left.
   */
  maxCalls?: number
  /**
   * The address of your Inkling service, for example https://inkling.example.com. Given one, the browser sends "Engagement Measured" straight there and not through Segment, at no cost in Segment calls. The service must know the write key of this source. Leave it empty to send through Segment.
   */
  endpoint?: string
  /**
   * Sends "Engagement Measured" through Segment to Inkling and to none of your other destinations.
   */
  onlyInkling?: boolean
}
