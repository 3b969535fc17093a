/** What an ecommerce message changes: the cart, the checkout, the order. */
import { applyAct } from './cart.ts'
import { addInterest } from './interest.ts'
import type { Look } from './observation.ts'
import type { CartSignal } from './signal.ts'

/** Putting something into the cart says as much of an interest as this many looks at it. */
const INTEREST_OF_ADDING = 3

export function observeCart({ state, message }: Look, { act, checkout, currency, value }: CartSignal): void {
  const at = message.timestamp
  const { cart } = state
  // An act older than the last one known, an order above all, says nothing about the cart as it is.
  if (at < Math.max(cart?.changedAt ?? 0, state.cartEmptiedAt)) return
  const lines = applyAct(cart?.lines ?? [], act)
  if (lines.length === 0) {
    state.cart = undefined
    state.cartEmptiedAt = at
    if (act.kind === 'ordered') state.lastOrder = { at, ...(value !== undefined && { value }) }
    return
  }
  const money = currency ?? cart?.currency
  const checkoutAt = checkout ? at : cart?.checkoutAt
  state.cart = {
    lines,
    changedAt: at,
    cause: message.messageId,
    ...(money !== undefined && { currency: money }),
    ...(checkoutAt !== undefined && { checkoutAt }),
  }
  if (act.kind !== 'added') return
  const { line: added } = act
  if (state.lastProduct === undefined || state.lastProduct.at <= at) state.lastProduct = { ...added, at }
  state.interests = addInterest(state.interests, added.category ?? added.name ?? added.id, INTEREST_OF_ADDING, at)
}
