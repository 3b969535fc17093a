import { cartValue, itemCount } from '../cart.ts'
import { cartTags } from '../merge-tags.ts'
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
    properties: cartTags(cart),
    why,
    policy: moment,
    // Nobody to tell: it is asked again once they say who they are and leave the cart once more.
    ...(!isIdentified(state) && {
      lacking: { restraint: 'unidentified' as const, why: `${why} Nobody knows yet who this is.` },
    }),
  }
}
