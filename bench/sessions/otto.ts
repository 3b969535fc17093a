/** Four weeks of a shop: which product was clicked, put into the cart, ordered, and when. There is no dwell. */
import { sharedLines } from '../../test/support/shared.ts'
import { type DataSet, type Told, toMessages } from './session.ts'

interface Recorded {
  readonly session: number
  readonly events: readonly Act[]
}

interface Act {
  readonly aid: number
  /** Epoch ms. */
  readonly ts: number
  readonly type: 'clicks' | 'carts' | 'orders'
}

export function ottoSample(): DataSet {
  const recorded = sharedLines<Recorded>('data/otto-sessions-sample/sessions.jsonl')
  const begin = ({ events }: Recorded) => events[0]?.ts ?? 0
  return {
    name: 'otto-sessions-sample',
    count: recorded.length,
    orders: true,
    *sessions() {
      for (const { session, events } of recorded.toSorted((a, b) => begin(a) - begin(b)))
        yield { messages: toMessages(`otto-${session}`, `otto-${session}`, events.flatMap(toTold)) }
    },
  }
}

function toTold({ aid, ts, type }: Act, index: number, acts: readonly Act[]): readonly Told[] {
  const path = `/products/${aid}`
  const product = { product_id: String(aid) }
  const told = { at: ts, path, properties: product }
  if (type === 'carts') return [{ ...told, event: 'Product Added' }]
  if (type === 'clicks')
    return [
      { at: ts, path },
      { ...told, event: 'Product Viewed' },
    ]
  // What was ordered together carries one time: it is one order, told with its first product.
  const isSameOrder = (other: Act) => other.type === 'orders' && other.ts === ts
  if (acts.findIndex(isSameOrder) !== index) return []
  const products = acts.filter(isSameOrder).map(other => ({ product_id: String(other.aid) }))
  return [{ at: ts, path: '/checkout', event: 'Order Completed', properties: { products } }]
}
