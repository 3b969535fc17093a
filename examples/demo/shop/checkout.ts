/** Checkout and the page after it. The order crosses from one to the other in this tab's storage, never to a server. */

import { total } from './cart.ts'
import { inEuros, toProduct } from './catalogue.ts'
import type { Visit } from './visit.ts'

const ORDER = 'fernwood-order'

export function showCheckout({ analytics, cart }: Visit): void {
  const form = document.querySelector<HTMLFormElement>('[data-checkout]')
  if (!form) return
  const lines = cart.lines()
  const sum = total(lines)
  const rows = lines.map(({ plant, quantity }) => toRow(`${quantity} × ${plant.name}`, inEuros(plant.price * quantity)))
  document.querySelector('[data-cart-summary]')?.replaceChildren(...rows, toRow('Together', inEuros(sum)))
  const order = {
    order_id: crypto.randomUUID(),
    value: sum,
    revenue: sum,
    total: sum,
    currency: 'EUR',
    products: lines.map(({ plant, quantity }) => toProduct(plant, quantity)),
  }
  if (lines.length > 0) analytics.track('Checkout Started', order)
  form.addEventListener('submit', event => {
    event.preventDefault()
    const email = String(new FormData(form).get('email'))
    // Calls made now would race the navigation; the next page makes them.
    if (lines.length > 0) sessionStorage.setItem(ORDER, JSON.stringify({ email, order }))
    location.assign('/thanks')
  })
}

/** Says who ordered and what, once, and empties the cart. */
export function thank({ analytics, cart, cartChanged }: Visit): void {
  const kept = sessionStorage.getItem(ORDER)
  if (kept === null) return
  sessionStorage.removeItem(ORDER)
  const { email, order }: { email: string; order: Record<string, unknown> } = JSON.parse(kept)
  analytics.identify({ email })
  analytics.track('Order Completed', order)
  cart.clear()
  cartChanged()
}

function toRow(what: string, price: string): HTMLLIElement {
  const row = document.createElement('li')
  row.append(text(what), text(price))
  return row
}

function text(words: string): HTMLSpanElement {
  const span = document.createElement('span')
  span.textContent = words
  return span
}
