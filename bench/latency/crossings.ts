/** Visitors in a real browser cross the 3 s hover threshold, and each crossing is followed to the platform. */
import type { Browser } from 'playwright-core'
import { createHand } from '../../examples/demo/hand.ts'
import type { KlaviyoStandIn } from '../../examples/platforms/klaviyo.ts'

/** What the browser and the platform saw of one crossing; epoch ms. */
export interface Crossing {
  readonly userId: string
  readonly crossedAt: number
  /** The plugin handed its summary to analytics.js. */
  readonly handedAt: number
  /** The request left the page. */
  readonly leftAt: number
  /** The platform was written to because of it. */
  readonly arrivedAt: number
}

export interface CrossingOptions {
  readonly browser: Browser
  readonly pageUrl: string
  readonly standIn: KlaviyoStandIn
  readonly visitors: number
  /** More would not move the score by a step any more, so nothing would be written. */
  readonly viewsEach: number
  /** Visitors at the same time. */
  readonly atOnce: number
  readonly onCrossing: () => void
}

/** The default of `thresholds.hoverMs`. */
const HOVER_MS = 3_000
const ARRIVES_WITHIN_MS = 15_000

export async function measureCrossings(options: CrossingOptions): Promise<readonly Crossing[]> {
  const arrivals = watchArrivals(options.standIn)
  const waiting = Array.from({ length: options.visitors }, (_, index) => `visitor-${index}`)
  const crossings: Crossing[] = []
  const lane = async () => {
    for (let userId = waiting.shift(); userId !== undefined; userId = waiting.shift())
      crossings.push(...(await visit(userId, options, arrivals)))
  }
  await Promise.all(Array.from({ length: options.atOnce }, lane))
  return crossings
}

async function visit(userId: string, options: CrossingOptions, arrivals: Arrivals): Promise<readonly Crossing[]> {
  const { browser, pageUrl, viewsEach, onCrossing } = options
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  const page = await context.newPage()
  const crossings: Crossing[] = []
  for (let view = 0; view < viewsEach; view += 1) {
    await page.goto(pageUrl)
    if (view === 0) {
      const known = arrivals.next(userId, Date.now())
      await page.evaluate(`analytics.identify('${userId}', { email: '${userId}@example.com' })`)
      await known
    }
    const answered = page.waitForResponse(response => response.url().endsWith('/v1/t'))
    await page.mouse.move(1000, 700)
    const hand = createHand(page, Math.random)
    await hand.moveTo(page.locator('[data-inkling=picture]'))
    const crossedAt = Number(await page.evaluate('hoverBeganAt')) + HOVER_MS
    const arrivedAt = await arrivals.next(userId, crossedAt)
    // The page itself cannot tell when: Chromium has no resource timing for an answer whose body nobody reads.
    const summary = (await answered).request()
    const { startTime: leftAt } = summary.timing()
    const handedAt = Date.parse(summary.postDataJSON().timestamp)
    crossings.push({ userId, crossedAt, handedAt, leftAt, arrivedAt })
    onCrossing()
  }
  await context.close()
  return crossings
}

interface Arrivals {
  /** @returns when the next write about this person arrives, from `since` on; epoch ms. */
  next(userId: string, since: number): Promise<number>
}

function watchArrivals(standIn: KlaviyoStandIn): Arrivals {
  const latest = new Map<string, number>()
  const listeners = new Set<() => void>()
  standIn.onChange(() => {
    for (const { externalId, updatedAt } of standIn.profiles())
      if (externalId !== undefined) latest.set(externalId, updatedAt)
    for (const listener of listeners) listener()
  })
  return {
    next: (userId, since) =>
      new Promise((resolve, reject) => {
        const late = setTimeout(() => {
          listeners.delete(look)
          reject(new Error(`${userId}: nothing arrived within ${ARRIVES_WITHIN_MS} ms`))
        }, ARRIVES_WITHIN_MS)
        const look = () => {
          const at = latest.get(userId) ?? 0
          if (at < since) return
          clearTimeout(late)
          listeners.delete(look)
          resolve(at)
        }
        listeners.add(look)
        look()
      }),
  }
}
