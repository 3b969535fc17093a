/** The scripted visitor: one minute in the shop, told as it happens. */
import type { Browser } from 'playwright-core'
import { createHand } from './hand.ts'

export interface VisitOptions {
  readonly browser: Browser
  readonly shopUrl: string
  readonly email: string
  /** Called as each behaviour begins. */
  readonly tell: (behaviour: string) => void
  /** Called when the e-mail address is sent: from here on the platform can be told. */
  readonly onIdentified: () => void
  /** Called before the visitor says who they are, with the id they have until then. */
  readonly onAnonymous: (anonymousId: string) => Promise<void>
  /** 0–1; default Math.random. */
  readonly random?: () => number
}

/** Rejects where the shop does not look as the script expects. */
export async function visitShop(options: VisitOptions): Promise<void> {
  const { browser, shopUrl, tell } = options
  // A window of its own: closing a page that Playwright opened by itself would take the whole profile away with it, and
  // with that the last request of the page.
  const window = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  const page = await window.newPage()
  const hand = createHand(page, options.random ?? Math.random)
  const on = (name: string) => page.locator(`[data-inkling="${name}"]`)
  const follow = async (name: string, path: string): Promise<void> => {
    await hand.click(on(name))
    await page.waitForURL(`**${path}`)
  }

  tell('opens the shop')
  await page.goto(shopUrl)
  await follow('card-rubber-fig', '/products/rubber-fig')
  tell('rests the pointer on the rubber fig for 8 s')
  await hand.restOn(on('product-picture'), 8000)

  await follow('nav-journal', '/journal/reading-the-light')
  tell('scrolls through a long article')
  await hand.readDown(5000)

  await follow('nav-plans', '/plans')
  tell('lingers on the plans for 10 s')
  await hand.restOn(on('plan-grove'), 5500)
  await hand.restOn(on('plan-table'), 4000)

  tell('goes back to the rubber fig and puts it into the cart')
  await follow('nav-home', '/')
  await follow('card-rubber-fig', '/products/rubber-fig')
  await hand.click(on('add-to-cart'))
  await page.locator('[data-said]', { hasText: 'in the cart' }).waitFor()
  const bar = await page.locator('[data-live-link][href*=anonymous_id]').getAttribute('href')
  await options.onAnonymous(new URL(bar ?? '', shopUrl).searchParams.get('anonymous_id') ?? '')

  await follow('nav-consultation', '/consultation')
  tell(`fills in the form as ${options.email}`)
  await hand.type(on('field-name'), 'Robin')
  await hand.type(on('field-email'), options.email)
  await hand.click(on('send-question'))
  options.onIdentified()
  await page.locator('[data-said]', { hasText: 'Thank you' }).waitFor()
  await hand.restOn(on('send-question'), 1200)

  tell('closes the tab, the fig still in the cart')
  await page.close({ runBeforeUnload: true })
}
