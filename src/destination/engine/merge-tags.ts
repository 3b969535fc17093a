/** What an e-mail shows of the cart: the merge tags of every event that is about one. */
import { type Cart, cartValue, itemCount } from './cart.ts'
import type { FlatProperties } from './fact.ts'

/** @returns the same names with and without a cart, so that a template can rely on them. */
export function cartTags(cart: Cart | undefined): FlatProperties {
  const lines = cart?.lines ?? []
  const last = lines.at(-1)
  return {
    cart_value: cart ? cartValue(lines) : null,
    cart_item_count: itemCount(lines),
    cart_currency: cart?.currency ?? null,
    cart_items: cart ? lines.map(({ id, name }) => name ?? id).join(', ') : null,
    cart_last_item: last?.name ?? last?.id ?? null,
    cart_last_item_url: last?.url ?? null,
    cart_last_item_image_url: last?.imageUrl ?? null,
    cart_last_item_price: last?.price ?? null,
  }
}
