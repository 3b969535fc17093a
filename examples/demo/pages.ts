/** The pages of the shop: one frame, and what stands in it at each address. */
import { readFile } from 'node:fs/promises'

export interface ShopPage {
  readonly path: string
  /** Its contents, in `shop/pages/`. */
  readonly file: string
  readonly title: string
  /** The page type the plugin reports. */
  readonly type: string
}

export const PAGES: readonly ShopPage[] = [
  { path: '/', file: 'home.html', title: 'Fernwood, plants that forgive you', type: 'home' },
  { path: '/products/rubber-fig', file: 'rubber-fig.html', title: 'Rubber fig · Fernwood', type: 'product' },
  { path: '/products/snake-plant', file: 'snake-plant.html', title: 'Snake plant · Fernwood', type: 'product' },
  { path: '/plans', file: 'plans.html', title: 'Plans · Fernwood', type: 'pricing' },
  { path: '/journal/reading-the-light', file: 'journal.html', title: 'Reading the light · Fernwood', type: 'article' },
  { path: '/consultation', file: 'consultation.html', title: 'Ask a gardener · Fernwood', type: 'form' },
  { path: '/cart', file: 'cart.html', title: 'Your cart · Fernwood', type: 'cart' },
  { path: '/checkout', file: 'checkout.html', title: 'Check out · Fernwood', type: 'checkout' },
  { path: '/thanks', file: 'thanks.html', title: 'Thank you · Fernwood', type: 'other' },
]

const MISSING: ShopPage = { path: '', file: 'missing.html', title: 'Not here · Fernwood', type: 'other' }

export interface RenderedPage {
  readonly status: 200 | 404
  readonly html: string
}

/**
 * @param folder - the shop's own, ending in a slash.
 * @param destination - host and port the page's analytics.js sends to.
 */
export async function renderPage(path: string, folder: URL, destination: string): Promise<RenderedPage> {
  const page = PAGES.find(candidate => candidate.path === path)
  const { file, title, type } = page ?? MISSING
  const [frame, content] = await Promise.all([
    readFile(new URL('layout.html', folder), 'utf8'),
    readFile(new URL(`pages/${file}`, folder), 'utf8'),
  ])
  const slots: Readonly<Record<string, string>> = { destination, title, page: type, content }
  return { status: page ? 200 : 404, html: frame.replace(/\{\{(\w+)\}\}/g, (_, slot) => slots[slot] ?? '') }
}
