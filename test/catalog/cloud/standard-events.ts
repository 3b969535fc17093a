/** Every event of Segment's specs, with the properties the specs give it, and calls of every other type. */
import type { SegmentEvent } from '@segment/actions-core'

const product = {
  ...{ product_id: 'p-1', sku: 'S1', category: 'Shoes', name: 'Runner', brand: 'B', variant: 'red', price: 19.5 },
  ...{
    quantity: 2,
    coupon: 'MAY',
    position: 3,
    url: 'https://shop.example/p-1',
    image_url: 'https://shop.example/1.png',
  },
}
const products = [product, { product_id: 42, price: '39.95', quantity: '1' }]
const order = {
  ...{
    checkout_id: 'c-1',
    order_id: 'o-1',
    affiliation: 'Web',
    subtotal: 58,
    total: 70,
    revenue: '58.45',
    shipping: 7,
  },
  ...{ tax: 5, discount: 2.5, coupon: 'MAY', currency: 'EUR', products },
}
const list = { list_id: 'l-1', category: 'Shoes', products }
const promotion = { promotion_id: 'pr-1', creative: 'top', name: 'May', position: 'banner' }
const step = { checkout_id: 'c-1', step: 2, shipping_method: 'post', payment_method: 'card' }
const coupon = { order_id: 'o-1', cart_id: 'ca-1', coupon_id: 'MAY', coupon_name: 'May', discount: 5, reason: 'old' }
const wishlist = { wishlist_id: 'w-1', wishlist_name: 'Later', cart_id: 'ca-1', ...product }
const email = {
  ...{ email_id: 'e-1', email_subject: 'Hello', campaign_id: 'k-1', campaign_name: 'May' },
  ...{ link_id: 'x', link_url: 'https://shop.example/', list_id: 'n-1', list_name: 'News' },
}
const video = {
  ...{ session_id: 's-1', content_asset_id: 'v-1', asset_id: 'v-1', position: 30, total_length: 120, sound: 80 },
  ...{ full_screen: false, keywords: ['a', 'b'], livestream: false },
}

const named = (properties: object, names: string) => names.split(', ').map(name => [name, properties] as const)

const TRACKS: readonly (readonly [name: string, properties: object])[] = [
  ...named({ query: 'shoes' }, 'Products Searched'),
  ...named(list, 'Product List Viewed, Viewed Product Category'),
  ...named({ ...list, filters: [{ type: 'color', value: 'red' }], sorts: [] }, 'Product List Filtered'),
  ...named(promotion, 'Promotion Viewed, Promotion Clicked, Viewed Promotion, Clicked Promotion'),
  ...named(product, 'Product Clicked, Product Viewed, Clicked Product, Viewed Product'),
  ...named({ cart_id: 'ca-1', ...product }, 'Product Added, Product Removed, Added Product, Removed Product'),
  ...named({ cart_id: 'ca-1', products }, 'Cart Viewed, Cart Shared'),
  ...named(step, 'Checkout Step Viewed, Checkout Step Completed, Viewed Checkout Step, Completed Checkout Step'),
  ...named({ ...step, order_id: 'o-1' }, 'Payment Info Entered'),
  ...named(order, 'Checkout Started, Order Updated, Order Completed, Started Order, Updated Order, Completed Order'),
  ...named({ order_id: 'o-1', products }, 'Order Refunded, Order Cancelled'),
  ...named(coupon, 'Coupon Entered, Coupon Applied, Coupon Denied, Coupon Removed'),
  ...named(wishlist, 'Product Added to Wishlist, Product Removed from Wishlist, Wishlist Product Added to Cart'),
  ...named({ ...product, share_via: 'email', share_message: 'Look', recipient: 'b@example.com' }, 'Product Shared'),
  ...named({ product_id: 'p-1', review_id: 'r-1', review_body: 'Good', rating: '5' }, 'Product Reviewed'),
  ...named(
    email,
    'Email Delivered, Email Opened, Email Link Clicked, Email Bounced, Email Marked as Spam, Unsubscribed',
  ),
  ...named(
    video,
    'Video Playback Started, Video Playback Paused, Video Playback Interrupted, Video Playback Buffer Started, ' +
      'Video Playback Buffer Completed, Video Playback Seek Started, Video Playback Seek Completed, ' +
      'Video Playback Resumed, Video Playback Completed, Video Playback Exited, Video Content Started, ' +
      'Video Content Playing, Video Content Completed, Video Ad Started, Video Ad Playing, Video Ad Completed, ' +
      'Video Quality Updated',
  ),
  ...named({ account_name: 'Acme', context: 'spec' }, 'Account Created, Account Deleted'),
  ...named({ type: 'organic', first_name: 'Ada', email: 'ada@example.com', username: 'ada' }, 'Signed Up'),
  ...named({ username: 'ada' }, 'Signed In, Signed Out'),
  ...named({ invitee_email: 'b@example.com', invitee_role: 'admin' }, 'Invite Sent'),
  ...named({ role: 'admin' }, 'Account Added User, Account Removed User'),
  ...named({ trial_start_date: '2026-03-01', trial_plan_name: 'pro' }, 'Trial Started, Trial Ended'),
  ...named({ experiment_id: 'x', variation_name: 'b' }, 'Experiment Viewed'),
  ...named(
    { agent_id: 'a', conversation_id: 'c', conversation_duration: 30, message_id: 'm' },
    'Live Chat Conversation Started, Live Chat Conversation Ended, Live Chat Message Sent, Live Chat Message Received',
  ),
  ...named(
    { version: '1.2', build: 7, from_background: true },
    'Application Installed, Application Opened, Application Backgrounded, Application Foregrounded, ' +
      'Application Updated, Application Crashed, Application Uninstalled',
  ),
  ...named({ action: 'open', url: 'app://x' }, 'Push Notification Received, Push Notification Tapped'),
  ...named({ provider: 'p', url: 'app://x' }, 'Push Notification Bounced, Deep Link Opened, Deep Link Clicked'),
  ...named({ campaign: { source: 'ad', name: 'May' } }, 'Install Attributed'),
  ...named({ pageview_id: 'v', sequence: 1, active_ms: 9_000, scroll_depth: 0.6, hovers: [] }, 'Engagement Measured'),
  ...named({ nested: { deep: [null, '', 0, false] }, empty: {}, none: null, ünïcödé: '√ 💡\u2028' }, 'Purchase'),
]

const context = {
  page: { url: 'https://shop.example/pricing', path: '/pricing', title: 'Pricing', referrer: '' },
  ...{ ip: '203.0.113.7', userAgent: 'Mozilla/5.0', timezone: 'Europe/Berlin', locale: 'de' },
  ...{ campaign: { source: 'nl', name: 'spring' }, traits: { email: 'ada@example.com' } },
  consent: { categoryPreferences: { Analytics: true, Advertising: false } },
  library: { name: 'analytics.js', version: 'npm:next-1.84.3' },
}

/** What Segment's pipeline adds. */
const pipeline = { channel: 'client', projectId: 'pr', version: 2, integrations: { All: true }, _metadata: {} }

const OTHERS: readonly object[] = [
  { type: 'identify', userId: 'ada', traits: { email: 'ada@example.com', firstName: 'Ada', plan: 'pro', logins: 7 } },
  { type: 'identify', userId: 'bob', traits: {}, context: { traits: { email: 'bob@example.com' } } },
  { type: 'page', name: 'Pricing', properties: { url: 'https://shop.example/pricing', path: '/pricing', name: 'P' } },
  { type: 'page', anonymousId: 'anon-9', properties: { path: '/blog', title: 'Blog' }, context: {} },
  { type: 'screen', name: 'Start', userId: 'ada', properties: { tab: null } },
  { type: 'group', userId: 'ada', groupId: 'g-1', traits: { name: 'Acme', plan: 'team', employees: 12 } },
  { type: 'alias', userId: 'carol', previousId: 'anon-9' },
]

/** What is odd and still meant: other spellings, numbers as ids, nothing where something may be, and old times. */
/** Those of some time ago set no timer: what is due at once fires whenever a service gets to it. */
const ODD: readonly object[] = [
  { type: 'track', event: 'Email Opened', user_id: 'dora', userId: undefined, context: { user_agent: 'Mail' } },
  { type: 'track', event: 'Order Completed', userId: 10234, anonymousId: null, properties: { revenue: null } },
  { type: 'track', event: 'Feature Used', userId: '', anonymousId: 'anon-1', context: {} },
  { type: 'track', event: 'Products Searched', userId: null, properties: null, timestamp: '2026-11-20T01:02:03.456Z' },
  { type: 'track', event: 'Products Searched', timestamp: undefined, receivedAt: '2026-11-20T01:02:03.456Z' },
  { type: 'track', event: 'Products Searched', timestamp: '2026-11-20 01:02:03+02:00' },
  { type: 'track', event: 'Feature Used', timestamp: '2126-01-01T00:00:00.000Z' },
  { type: 'page', name: '', properties: {} },
  { type: 'identify', userId: 'erin', traits: { address: { city: 'Ulm' }, tags: [1, 'a', null], vip: true } },
]

/** @param now - epoch ms; they happen within the last minutes before it. */
export function standardEvents(now: number): readonly SegmentEvent[] {
  const calls = [...OTHERS, ...TRACKS.map(([event, properties]) => ({ type: 'track', event, properties })), ...ODD]
  return calls.map((call, index) => {
    const timestamp = new Date(now - (calls.length - index) * 1_000).toISOString()
    const who = {
      anonymousId: `anon-${index % 4}`,
      ...(index % 2 === 0 && { userId: index % 4 === 0 ? 'ada' : 'bob' }),
    }
    const times = { timestamp, originalTimestamp: timestamp, receivedAt: timestamp, sentAt: timestamp }
    const event: unknown = { ...pipeline, messageId: `m-${index}`, context, ...times, ...who, ...call }
    // As it travels: without what is undefined.
    return JSON.parse(JSON.stringify(event))
  })
}
