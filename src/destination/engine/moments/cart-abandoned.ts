import { type Cart, cartValue, itemCount } from '../cart.ts'
import { isIdentified } from '../profile.ts'
import { since } from '../time.ts'
import type { Notice } from './moment.ts'

/**
 * Something lies in the cart and nobody has done anything for a while. Fired by the `cart` timer; an order or an emptied
 * cart cancels it, any later activity puts it off.
 */
export const noticeCartAbandoned: Notice = ({ state, input, policy }) => {
  const moment = policy.moments.cartAbandoned
  const { cart } = state
  if (input.kind !== 'timer' || input.timer.key !== 'cart' || cart === undefined) return undefined
  const idle = Math.round(since(state.lastSeen, input.at) / 1000)
  const what = `${itemCount(cart.lines)} ${itemCount(cart.lines) === 1 ? 'item' : 'items'} worth ${cartValue(cart.lines)}${cart.currency ? ` ${cart.currency}` : ''}`
  const why = `Left ${what} in the cart and did nothing for ${spoken(idle)} (threshold ${spoken(moment.after / 1000)}).`
  return {
    moment: 'Cart Abandoned',
    cause: cart.cause,
    variant: '',
    at: input.at,
    properties: cartProperties(cart),
    why,
    policy: moment,
    // Nobody to tell: it is asked again once they say who they are and leave the cart once more.
    ...(!isIdentified(state) && {
      lacking: { restraint: 'unidentified' as const, why: `${why} Nobody knows yet who this is.` },
    }),
  }
}

function cartProperties({ lines, currency }: Cart) {
  const last = lines.at(-1)
  return {
    cart_value: cartValue(lines),
    cart_item_count: itemCount(lines),
    cart_currency: currency ?? null,
    cart_items: lines.map(({ id, name }) => name ?? id).join(', '),
    cart_last_item: last?.name ?? last?.id ?? null,
    cart_last_item_url: last?.url ?? null,
    cart_last_item_image_url: last?.imageUrl ?? null,
    cart_last_item_price: last?.price ?? null,
  }
}

function spoken(seconds: number): string {
  if (seconds < 120) return `${seconds} s`
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`
}
