/** What a message says about a visitor's behaviour: Message → Signal. */
import { ENGAGEMENT_MEASURED } from '../../browser-plugin/signals.ts'
import { type CartAct, MAX_CART_LINES, type Product, toLine, toProduct } from './cart.ts'
import { link, object, objects, text } from './fields.ts'
import type { Message } from './message.ts'
import { type PageTotals, toTotals } from './page-view.ts'

export type Signal =
  | { readonly kind: 'page_viewed'; readonly pageType?: string }
  | {
      readonly kind: 'engagement'
      readonly pageViewId: string
      readonly pageType?: string
      readonly totals: PageTotals
      /** A program drives the page. */
      readonly automated: boolean
      readonly device?: string
    }
  | { readonly kind: 'product_viewed'; readonly product: Product }
  | { readonly kind: 'cart'; readonly act: CartAct; readonly checkout: boolean; readonly currency?: string }
  | { readonly kind: 'none' }

/** Ecommerce v2 names and the v1 spellings old senders still use. */
const PRODUCT_VIEWED = new Set(['Product Viewed', 'Viewed Product', 'Product Clicked', 'Clicked Product'])
const PRODUCT_ADDED = new Set(['Product Added', 'Added Product'])
const PRODUCT_REMOVED = new Set(['Product Removed', 'Removed Product'])
const CHECKOUT_STARTED = new Set(['Checkout Started', 'Started Order'])
const ORDER_COMPLETED = new Set(['Order Completed', 'Completed Order'])

export function toSignal(message: Message): Signal {
  if (message.type === 'page') return pageViewed(message)
  if (message.type !== 'track' || message.event === undefined) return { kind: 'none' }
  const { event, properties } = message
  if (event === ENGAGEMENT_MEASURED) return engagement(message)
  if (PRODUCT_VIEWED.has(event)) {
    const product = toProduct(properties)
    return product ? { kind: 'product_viewed', product: withPage(product, message) } : { kind: 'none' }
  }
  const act = cartAct(message)
  if (act === undefined) return { kind: 'none' }
  const currency = text(properties, 'currency')?.slice(0, 3)
  return { kind: 'cart', act, checkout: CHECKOUT_STARTED.has(event), ...(currency !== undefined && { currency }) }
}

function cartAct({ event = '', properties }: Message): CartAct | undefined {
  if (ORDER_COMPLETED.has(event)) return { kind: 'ordered' }
  if (PRODUCT_ADDED.has(event) || PRODUCT_REMOVED.has(event)) {
    const line = toLine(properties)
    return line && { kind: PRODUCT_ADDED.has(event) ? 'added' : 'removed', line }
  }
  if (event !== 'Cart Viewed' && !CHECKOUT_STARTED.has(event)) return undefined
  // A message that does not list the products leaves the cart as it was known.
  if (!Array.isArray(properties['products'])) return { kind: 'touched' }
  return {
    kind: 'listed',
    lines: objects(properties, 'products', MAX_CART_LINES).flatMap(fields => toLine(fields) ?? []),
  }
}

function engagement(message: Message): Signal {
  const { properties } = message
  const pageViewId = text(properties, 'pageview_id')
  if (pageViewId === undefined) return { kind: 'none' }
  const pageType = text(properties, 'page_type')
  const device = text(object(properties, 'device'), 'kind')
  return {
    kind: 'engagement',
    pageViewId,
    totals: toTotals(properties),
    automated: isAutomated(message),
    ...(pageType !== undefined && { pageType }),
    ...(device !== undefined && { device }),
  }
}

function isAutomated({ properties }: Message): boolean {
  const flags = object(properties, 'automation')
  // Decisive on their own; the behavioural flags are weighed together by the bot score.
  return flags['webdriver'] === true || flags['untrusted'] === true
}

function pageViewed({ properties }: Message): Signal {
  const pageType = text(properties, 'page_type')
  return { kind: 'page_viewed', ...(pageType !== undefined && { pageType }) }
}

/** A product seen on a page without its own `url` is at that page. */
function withPage(product: Product, { context }: Message): Product {
  const url = product.url ?? link(context.page.url)
  return url === undefined ? product : { ...product, url }
}
