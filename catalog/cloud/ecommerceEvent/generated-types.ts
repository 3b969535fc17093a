// Generated file. DO NOT MODIFY IT BY HAND.

export interface Payload {
  /**
   * The name of the event as in the Segment ecommerce spec, for example Product Viewed, Product Added, Checkout Started or Order Completed.
   */
  event: string
  /**
   * The properties as in the Segment ecommerce spec, for example product_id, price and quantity, or order_id, revenue and products.
   */
  properties?: {
    [k: string]: unknown
  }
  /**
   * The page view that the event happened on, as the Engagement Plugin tells with every event of a browser.
   */
  pageview_id?: string
  /**
   * The ID of the call. Inkling counts an event once, however often it is sent.
   */
  messageId?: string
  /**
   * The ID of the person in your own database.
   */
  userId?: string
  /**
   * The ID of a visitor who may not have said who they are. What they did is kept until they do.
   */
  anonymousId?: string
  /**
   * When it happened. What is no longer fresh updates the profile and triggers nothing.
   */
  timestamp?: string
  /**
   * The context of the event. Inkling reads the page, the campaign, the time zone, the traits and the consent in it.
   */
  context?: {
    [k: string]: unknown
  }
  /**
   * Gathers events for up to a minute: fewer requests, but Inkling reacts later. Leave it off where seconds matter.
   */
  enable_batching?: boolean
  /**
   * Maximum number of events to include in each batch. Actual batch sizes may be lower.
   */
  batch_size?: number
  /**
   * Maximum size of a batch in bytes.
   */
  batch_bytes?: number
}
