import type { Page } from 'playwright-core'
import { setVisible } from '../../../test/browser-plugin/visibility.ts'

/** A page with things to point at, click, scroll and follow. */
export const BODY = `<div data-inkling="card" style="width:300px;height:150px;background:#ddd">card</div>
  <a id="next" href="#" style="display:block;width:300px;height:60px">next</a><div style="height:3000px"></div>`

/** @returns numbers in [0, 1), the same for the same seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

export interface JourneyOptions {
  readonly origin: string
  readonly number: number
  readonly random: () => number
}

type Step = 'link' | 'reload' | 'back' | 'forward' | 'route'

/** One tab: a few pages left in random ways at random moments, and closed at last. @returns how many views were left. */
export async function travel(page: Page, { origin, number, random }: JourneyOptions): Promise<number> {
  const pick = <T>(from: readonly T[], otherwise: T): T => from[Math.floor(random() * from.length)] ?? otherwise
  let pages = 0
  const fresh = () => `/${number}/${pages++}`
  if (random() < 0.25) await slowDown(page)
  await page.goto(origin + fresh(), { waitUntil: 'commit' })

  const steps = 2 + Math.floor(random() * 4)
  /** How often one can go back to another document, and forward again. */
  let behind = 0
  let ahead = 0
  for (let n = 0; n < steps; n++) {
    await linger(page, random)
    const possible: readonly Step[] = [
      'link',
      'reload',
      'route',
      ...(behind > 0 ? (['back'] as const) : []),
      ...(ahead > 0 ? (['forward'] as const) : []),
    ]
    const step = pick(possible, 'link')
    await page.evaluate(how => {
      window.leaving = how
    }, step)
    if (step === 'link') await follow(page, fresh())
    if (step === 'reload') await page.reload({ waitUntil: 'commit' })
    if (step === 'back') await page.goBack({ waitUntil: 'commit' })
    if (step === 'forward') await page.goForward({ waitUntil: 'commit' })
    if (step === 'route') await page.evaluate(path => window.keepRoute(path), fresh())
    // A route puts an entry of the same document in between: going back from there would stay in it.
    behind =
      step === 'link'
        ? behind + 1
        : step === 'back'
          ? behind - 1
          : step === 'forward'
            ? behind + 1
            : step === 'route'
              ? 0
              : behind
    ahead = step === 'back' ? ahead + 1 : step === 'forward' ? ahead - 1 : step === 'reload' ? ahead : 0
  }
  await linger(page, random)
  // The context stays open: closing that would cancel what a closing tab still sends.
  await page.close({ runBeforeUnload: true })
  return steps + 1
}

async function follow(page: Page, path: string): Promise<void> {
  await page.evaluate(href => document.querySelector('#next')?.setAttribute('href', href), path)
  await Promise.all([page.waitForURL(url => url.pathname === path, { waitUntil: 'commit' }), page.click('#next')])
}

/** Does this and that for a while; one page in six is left as soon as it can be. */
async function linger(page: Page, random: () => number): Promise<void> {
  await page.waitForSelector('#next', { state: 'attached' })
  if (random() < 1 / 6) return
  await page.waitForSelector('html[data-ready]', { state: 'attached' })
  if (random() < 0.6) await page.mouse.move(50 + random() * 200, 20 + random() * 100, { steps: 4 })
  if (random() < 0.4) await page.mouse.click(100 + random() * 100, 50)
  if (random() < 0.3) await page.mouse.wheel(0, 900 * random())
  if (random() < 0.2) {
    await setVisible(page, false)
    await page.waitForTimeout(random() * 200)
    await setVisible(page, true)
  }
  await page.waitForTimeout(random() * 900)
}

async function slowDown(page: Page): Promise<void> {
  const network = await page.context().newCDPSession(page)
  await network.send('Network.enable')
  await network.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 200,
    downloadThroughput: -1,
    uploadThroughput: -1,
  })
}
