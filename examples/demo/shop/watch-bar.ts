/** The bar at the foot of the shop: to the live page, or back to being nobody. */
import type { Cart } from './cart.ts'
import type { Visit } from './visit.ts'

export function showWatchBar({ analytics, cart }: Visit): void {
  const link = document.querySelector<HTMLAnchorElement>('[data-live-link]')
  analytics.ready(async () => {
    const anonymousId = (await analytics.user()).anonymousId()
    if (link && anonymousId) link.href = `/live?${new URLSearchParams({ anonymous_id: anonymousId })}`
  })
  document.querySelector('[data-start-over]')?.addEventListener('click', async () => {
    cart.clear()
    await analytics.reset()
    location.assign('/')
  })
}

export function showCount(cart: Cart): void {
  const count = document.querySelector('[data-cart-count]')
  if (!count) return
  const pieces = cart.lines().reduce((sum, { quantity }) => sum + quantity, 0)
  count.textContent = String(pieces)
  count.toggleAttribute('hidden', pieces === 0)
}
