/** What an ecommerce message changes: the cart, the checkout, the order. */
import { applyAct, applyLateAct, type Cart } from './cart.ts'
import { addInterest } from './interest.ts'
import type { Look } from './observation.ts'
import type { CartSignal } from './signal.ts'

/** Putting something into the cart says as much of an interest as this many looks at it. */
const INTEREST_OF_ADDING = 3

export function observeCart(look: Look, signal: CartSignal): void {
  const { state, message } = look
  const { act } = signal
  const at = message.timestamp
  const { cart } = state
  if (act.kind === 'ordered' && at >= (state.lastOrder?.at ?? 0))
    state.lastOrder = { at, ...(signal.value !== undefined && { value: signal.value }) }
  // What was done before the cart was emptied, by an order above all, says nothing about the cart as it is.
  if (at < state.cartEmptiedAt) return
  const isLate = cart !== undefined && at < cart.changedAt
  // Nobody knows which of its lines were ordered. What was put in before and is told later still was.
  if (isLate && act.kind === 'ordered') state.cartEmptiedAt = at
  // Segment keeps no order: what was put in or taken out earlier, but is told later, is counted in.
  if (isLate && (at < (cart.listedAt ?? 0) || (act.kind !== 'added' && act.kind !== 'removed'))) return
  const lines = isLate ? applyLateAct(cart.lines, act) : applyAct(cart?.lines ?? [], act)
  if (lines.length === 0) {
    state.cart = undefined
    state.cartEmptiedAt = at
    return
  }
  state.cart = isLate ? { ...cart, lines } : { ...changed(look, signal), lines }
  if (act.kind !== 'added') return
  const { line: added } = act
  if (state.lastProduct === undefined || state.lastProduct.at <= at) state.lastProduct = { ...added, at }
  state.interests = addInterest(state.interests, added.category ?? added.name ?? added.id, INTEREST_OF_ADDING, at)
}

/** What else is known of a cart after the last act on it. */
function changed({ state: { cart }, message }: Look, { act, checkout, currency }: CartSignal): Omit<Cart, 'lines'> {
  const at = message.timestamp
  const money = currency ?? cart?.currency
  const checkoutAt = checkout ? at : cart?.checkoutAt
  const listedAt = act.kind === 'listed' ? at : cart?.listedAt
  return {
    changedAt: at,
    cause: message.messageId,
    ...(money !== undefined && { currency: money }),
    ...(checkoutAt !== undefined && { checkoutAt }),
    ...(listedAt !== undefined && { listedAt }),
  }
}
