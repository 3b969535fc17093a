import { countLooks } from '../history.ts'
import type { Notice } from './moment.ts'
import { counted, spoken } from './words.ts'

/** The same product looked at again and again, and not bought. */
export const noticeRepeatProductInterest: Notice = ({ before, state, input, policy }) => {
  const moment = policy.moments.repeatProductInterest
  const product = state.lastProduct
  if (product === undefined || state.views === before.views || product.at !== input.at) return undefined
  // An order ends the story; views before it do not count.
  const from = Math.max(input.at - moment.within, state.lastOrder?.at ?? 0)
  const views = countLooks(state.views.products, product.id, from)
  if (views < moment.views) return undefined
  return {
    moment: 'Repeat Product Interest Detected',
    cause: `${product.id}:${state.lastOrder?.at ?? 0}:${Math.floor(views / moment.views)}`,
    variant: product.id,
    at: input.at,
    properties: {
      product_id: product.id,
      product_name: product.name ?? null,
      product_url: product.url ?? null,
      product_image_url: product.imageUrl ?? null,
      product_price: product.price ?? null,
      view_count: views,
    },
    why: `Looked at ${product.name ?? product.id} ${counted(views, 'time')} within ${spoken(moment.within)} without ordering (threshold ${moment.views}).`,
    policy: moment,
  }
}
