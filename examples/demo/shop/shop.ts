/** What every page of the shop does: say that it was viewed, keep the cart, and let the visitor start over. */
import { openCart } from './cart.ts'
import { showCart } from './cart-page.ts'
import { showCheckout, thank } from './checkout.ts'
import { openConsultation } from './consultation.ts'
import { showProduct } from './product.ts'
import { loadAnalytics } from './track.ts'
import type { Visit } from './visit.ts'
import { showCount, showWatchBar } from './watch-bar.ts'

const analytics = loadAnalytics()
const cart = openCart(localStorage)
const visit: Visit = { analytics, cart, cartChanged: () => showCount(cart) }

document.querySelector(`nav a[href="${location.pathname}"]`)?.setAttribute('aria-current', 'page')
analytics.page()
showCount(cart)
showWatchBar(visit)
showProduct(visit)
showCart(visit)
showCheckout(visit)
openConsultation(visit)
if (location.pathname === '/thanks') thank(visit)
