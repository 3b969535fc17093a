import { type EventTime, eventTime, since } from '../time.ts'
import type { Notice } from './moment.ts'
import { listed, spoken } from './words.ts'

/** Several different products within minutes, one of them looked at again: weighing, not strolling. */
export const noticeComparison: Notice = ({ before, state, input, policy }) => {
  const moment = policy.moments.comparison
  if (state.views === before.views) return undefined
  const { names, times } = state.views.products
  if (times.length < moment.products) return undefined
  const isRecent = (at: EventTime) => at >= input.at - moment.within && at <= input.at
  const views = times.filter(isRecent)
  if (views.length < moment.products) return undefined
  const products = [...new Set(names.filter((_, place) => isRecent(times[place] ?? eventTime(0))))]
  if (products.length < moment.products) return undefined
  const back = views.length > products.length
  const looked = `Looked at ${products.length} products within ${spoken(moment.within)} (threshold ${moment.products}): ${listed(products.slice(0, 5))}`
  return {
    moment: 'Comparison Detected',
    // Each further product makes another set, but no other comparison.
    cause: `visit:${state.visit.startedAt}`,
    variant: '',
    at: input.at,
    lasted: since(views[0] ?? input.at, input.at),
    properties: {
      product_count: products.length,
      products: products.join(', '),
      last_product: state.lastProduct?.id ?? null,
      last_product_name: state.lastProduct?.name ?? null,
      last_product_url: state.lastProduct?.url ?? null,
    },
    why: `${looked}, one of them again.`,
    policy: moment,
    ...(!back && { lacking: { restraint: 'unconfirmed' as const, why: `${looked}, but came back to none of them.` } }),
  }
}
