/** What Segment's standard events say, by name: the specs of ecommerce (v2 and v1), e-mail, video and B2B SaaS. */
import { ENGAGEMENT_MEASURED } from '../../browser-plugin/signals.ts'
import type { PointKind } from './window.ts'

/** The kind of signal each event counts as; what it is worth is in the policy. */
export const EVENT_KINDS: Readonly<Record<string, PointKind>> = {
  'Products Searched': 'commerce',
  'Product List Viewed': 'visit',
  'Product List Filtered': 'click',
  'Promotion Clicked': 'click',
  'Product Viewed': 'visit',
  'Product Added': 'commerce',
  'Product Added to Wishlist': 'commerce',
  'Wishlist Product Added to Cart': 'commerce',
  'Product Shared': 'commerce',
  'Product Reviewed': 'form',
  'Cart Viewed': 'commerce',
  'Cart Shared': 'commerce',
  'Coupon Entered': 'commerce',
  'Checkout Started': 'commerce',
  'Checkout Step Viewed': 'commerce',
  'Checkout Step Completed': 'commerce',
  'Payment Info Entered': 'commerce',
  'Email Link Clicked': 'email',
  'Video Playback Started': 'video',
  'Video Content Playing': 'video',
  'Video Playback Completed': 'video',
  'Video Content Completed': 'video',
  'Signed Up': 'form',
  'Signed In': 'visit',
  'Invite Sent': 'feature',
  'Trial Started': 'form',
  'Account Created': 'form',
  'File Downloaded': 'click',
  'Feature Used': 'feature',
}

/** Names that older senders still use. */
const ALIASES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'Viewed Product': 'Product Viewed',
    'Clicked Product': 'Product Viewed',
    'Product Clicked': 'Product Viewed',
    'Added Product': 'Product Added',
    'Removed Product': 'Product Removed',
    'Viewed Product Category': 'Product List Viewed',
    'Clicked Promotion': 'Promotion Clicked',
    'Started Order': 'Checkout Started',
    'Viewed Checkout': 'Checkout Started',
    'Viewed Checkout Step': 'Checkout Step Viewed',
    'Completed Checkout Step': 'Checkout Step Completed',
    'Completed Order': 'Order Completed',
    'Content Downloaded': 'File Downloaded',
    'Document Downloaded': 'File Downloaded',
  }),
)

/**
 * @returns the name today's spec has for an event. Of a summary, which most messages are, the constant: whatever is asked
 *   of the name later finds one and the same text, and need not read it.
 */
export function standardName(event: string): string {
  return event === ENGAGEMENT_MEASURED ? ENGAGEMENT_MEASURED : (ALIASES.get(event) ?? event)
}
