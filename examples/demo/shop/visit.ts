/** What each page of the shop works with. */
import type { AnalyticsBrowser } from '@segment/analytics-next'
import type { Cart } from './cart.ts'

export interface Visit {
  readonly analytics: AnalyticsBrowser
  readonly cart: Cart
  /** Shows the new number of plants at the top of the page. */
  readonly cartChanged: () => void
}
