/** A product page: what was viewed, and the button that puts it into the cart. */

import { total } from './cart.ts'
import { inEuros, PLANTS, toProduct } from './catalogue.ts'
import type { Visit } from './visit.ts'

export function showProduct({ analytics, cart, cartChanged }: Visit): void {
  const article = document.querySelector<HTMLElement>('[data-product]')
  const plant = PLANTS.find(({ product_id }) => product_id === article?.dataset.product)
  if (!article || !plant) return
  analytics.track('Product Viewed', { ...toProduct(plant, 1), value: plant.price })
  const said = article.querySelector('[data-said]')
  article.querySelector('[data-add-to-cart]')?.addEventListener('click', () => {
    cart.add(plant)
    cartChanged()
    analytics.track('Product Added', toProduct(plant, 1))
    if (said) said.textContent = `It is in the cart. Together ${inEuros(total(cart.lines()))}.`
  })
}
