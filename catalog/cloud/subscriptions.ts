/**
 * Which track events are whose: each falls to exactly one of the three queries, so the presets together send it once. They
 * compare whole names, because the framework reads no `contains()` and no `match()` inside parentheses.
 */

/** Segment's ecommerce spec. An older spelling such as "Completed Order" is sent with the other events, and understood. */
const ECOMMERCE = [
  'Products Searched',
  'Product List Viewed',
  'Product List Filtered',
  'Promotion Viewed',
  'Promotion Clicked',
  'Product Clicked',
  'Product Viewed',
  'Product Added',
  'Product Removed',
  'Product Added to Wishlist',
  'Product Removed from Wishlist',
  'Wishlist Product Added to Cart',
  'Product Shared',
  'Product Reviewed',
  'Cart Viewed',
  'Cart Shared',
  'Coupon Entered',
  'Coupon Applied',
  'Coupon Denied',
  'Coupon Removed',
  'Checkout Started',
  'Checkout Step Viewed',
  'Checkout Step Completed',
  'Payment Info Entered',
  'Order Completed',
  'Order Updated',
  'Order Cancelled',
  'Order Refunded'
]

/** Segment's email spec. */
const EMAIL = [
  'Email Delivered',
  'Email Opened',
  'Email Link Clicked',
  'Email Bounced',
  'Email Marked as Spam',
  'Unsubscribed'
]

const isOneOf = (names: string[]) => `(${names.map((name) => `event = "${name}"`).join(' or ')})`
const isNoneOf = (names: string[]) => names.map((name) => `event != "${name}"`).join(' and ')

export const ECOMMERCE_EVENTS: string = `type = "track" and ${isOneOf(ECOMMERCE)}`

export const EMAIL_EVENTS: string = `type = "track" and ${isOneOf(EMAIL)}`

export const OTHER_EVENTS: string = `type = "track" and ${isNoneOf([...ECOMMERCE, ...EMAIL])}`
