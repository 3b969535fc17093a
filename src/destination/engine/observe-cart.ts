/** What an ecommerce message changes: the cart, the checkout, the order. */
import { applyAct, type Cart } from './cart.ts'
import { addInterest } from './interest.ts'
import type { Message } from './message.ts'
import { NOTHING_CHANGED, NOTHING_SEEN, type Seen } from './observation.ts'
import type { ProfileState } from './profile.ts'
import type { CartSignal } from './signal.ts'
import { NO_POINTS } from './window.ts'

/** Putting something into the cart says as much of an interest as this many looks at it. */
const INTEREST_OF_ADDING = 3

export function observeCart(
  state: ProfileState,
  { act, checkout, currency, value }: CartSignal,
  message: Message,
): Seen {
  const at = message.timestamp
  // An act older than the last one known, an order above all, says nothing about the cart as it is.
  if (at < Math.max(state.cart?.changedAt ?? 0, state.cartEmptiedAt)) return NOTHING_SEEN
  const lastOrder = act.kind === 'ordered' ? { at, ...(value !== undefined && { value }) } : undefined
  const lines = applyAct(state.cart?.lines ?? [], act)
  if (lines.length === 0)
    return { earned: NO_POINTS, changes: { ...NOTHING_CHANGED, cart: null, cartEmptiedAt: at, lastOrder } }
  const added = act.kind === 'added' ? act.line : undefined
  const money = currency ?? state.cart?.currency
  const checkoutAt = checkout ? at : state.cart?.checkoutAt
  const cart: Cart = {
    lines,
    changedAt: at,
    cause: message.messageId,
    ...(money !== undefined && { currency: money }),
    ...(checkoutAt !== undefined && { checkoutAt }),
  }
  const isNewest = state.lastProduct === undefined || state.lastProduct.at <= at
  return {
    earned: NO_POINTS,
    changes: {
      ...NOTHING_CHANGED,
      cart,
      lastProduct: added && isNewest ? { ...added, at } : undefined,
      interests:
        added && addInterest(state.interests, added.category ?? added.name ?? added.id, INTEREST_OF_ADDING, at),
    },
  }
}
