import { type Cart, cartValue, itemCount } from '../cart.ts'
import type { FlatProperties } from '../fact.ts'
import { isIdentified } from '../profile.ts'
import { since } from '../time.ts'
import type { Notice, Noticed } from './moment.ts'
import { counted, spoken } from './words.ts'

/**
 * Something lies in the cart and nobody has done anything for a while. Fired by the `cart` timer; an order or an emptied
 * cart cancels it, any later activity puts it off.
 */
export const noticeCartAbandoned: Notice = scene => leftBehind(scene, 'cart')

/** The same, for somebody who came as far as the checkout. */
export const noticeCheckoutAbandoned: Notice = scene => leftBehind(scene, 'checkout')

function leftBehind({ state, input, policy }: Parameters<Notice>[0], where: 'cart' | 'checkout'): Noticed | undefined {
  const moment = where === 'cart' ? policy.moments.cartAbandoned : policy.moments.checkoutAbandoned
  const { cart } = state
  if (input.kind !== 'timer' || input.timer.key !== where || cart === undefined) return undefined
  const what = `${counted(itemCount(cart.lines), 'item')} worth ${cartValue(cart.lines)}${cart.currency ? ` ${cart.currency}` : ''}`
  const why = `Left ${what} in the ${where} and did nothing for ${spoken(since(state.lastSeen, input.at))} (threshold ${spoken(moment.after)}).`
  return {
    moment: where === 'cart' ? 'Cart Abandoned' : 'Checkout Abandoned',
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

function cartProperties({ lines, currency }: Cart): FlatProperties {
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
