/** The cart page: its lines, and what viewing and removing tell Segment. */

import { type Line, total } from './cart.ts'
import { inEuros, toProduct } from './catalogue.ts'
import type { Visit } from './visit.ts'

export function showCart({ analytics, cart, cartChanged }: Visit): void {
  const list = document.querySelector('[data-cart-lines]')
  if (!list) return
  const show = (): void => {
    const lines = cart.lines()
    list.replaceChildren(...lines.map(line => toRow(line, () => remove(line))))
    reveal('[data-cart-full]', lines.length > 0)
    reveal('[data-cart-empty]', lines.length === 0)
    const sum = document.querySelector('[data-cart-total]')
    if (sum) sum.textContent = inEuros(total(lines))
    cartChanged()
  }
  const remove = ({ plant, quantity }: Line): void => {
    cart.remove(plant)
    analytics.track('Product Removed', toProduct(plant, quantity))
    show()
  }
  show()
  analytics.track('Cart Viewed', { products: cart.lines().map(({ plant, quantity }) => toProduct(plant, quantity)) })
}

function toRow({ plant, quantity }: Line, onRemove: () => void): Node {
  const template = document.querySelector<HTMLTemplateElement>('#cart-line')
  if (!template) throw new Error('the cart page has no #cart-line template')
  const row = document.importNode(template.content, true)
  const link = row.querySelector('a')
  if (link) Object.assign(link, { href: plant.path, textContent: plant.name })
  row.querySelector('img')?.setAttribute('src', plant.picture)
  row.querySelector('.niche')?.classList.add(plant.product_id === 'rubber-fig' ? 'clay' : 'moss')
  write(row, '.card-note', quantity > 1 ? `${quantity} × ${plant.variant}` : plant.variant)
  write(row, '.line-price', inEuros(plant.price * quantity))
  const button = row.querySelector('[data-remove]')
  button?.setAttribute('aria-label', `Remove ${plant.name}`)
  button?.addEventListener('click', onRemove)
  return row
}

function write(within: ParentNode, selector: string, text: string): void {
  const element = within.querySelector(selector)
  if (element) element.textContent = text
}

function reveal(selector: string, shown: boolean): void {
  document.querySelector(selector)?.toggleAttribute('hidden', !shown)
}
