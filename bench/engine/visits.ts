/**
 * Visits of a made-up shop as its sources send them: page calls, several summaries a page view, products, carts, orders,
 * identify. The same seed gives the same visits.
 */
import type { Message } from '../../src/destination/engine/message.ts'
import { parseMessages } from '../../src/destination/parse.ts'
import type { Random } from '../../test/support/random.ts'
import { required } from '../plugin/table.ts'

/** Monday 2 March 2026, 00:00 UTC. */
export const START: number = Date.UTC(2026, 2, 2)
const SECOND = 1000
const ELEMENTS = ['plan-pro', 'plan-team', 'price', 'add-to-cart', 'size-guide', 'reviews', 'photo', 'delivery']
const CATEGORIES = ['ferns', 'mosses', 'palms', 'figs', 'pots', 'tools']
const ARTICLES = ['repotting', 'watering', 'light', 'pests']
const PRODUCTS = 200

export interface PlannedVisit {
  readonly visitor: number
  /** ms since the epoch. */
  readonly start: number
}

interface Visit extends PlannedVisit {
  readonly random: Random
}

interface Page {
  readonly type: string
  readonly path: string
  readonly title: string
}

/** One call as it comes over the wire. */
export interface Call {
  readonly visitor: number
  /** ms since the epoch. */
  readonly at: number
  readonly body: string
}

/**
 * The calls of many visits in the order they happen. A visit's calls are made when it begins: those of a whole hour, made
 * beforehand, would be a quarter of all memory, and their collection a good part of the time.
 *
 * @param visits - by their start.
 */
export function* callsOfVisits(visits: Iterable<PlannedVisit>, random: Random): Generator<Call> {
  const waiting = new Map<number, Call[]>()
  let second: number | undefined
  for (const visit of visits) {
    const now = Math.floor(visit.start / SECOND)
    for (second ??= now; second < now; second += 1) {
      yield* inOrder(waiting.get(second))
      waiting.delete(second)
    }
    for (const call of callsOfVisit({ ...visit, random })) {
      const at = Math.floor(call.at / SECOND)
      const together = waiting.get(at)
      if (together === undefined) waiting.set(at, [call])
      else together.push(call)
    }
  }
  for (const at of [...waiting.keys()].sort((a, b) => a - b)) yield* inOrder(waiting.get(at))
}

function inOrder(calls: readonly Call[] = []): readonly Call[] {
  return calls.toSorted((a, b) => a.at - b.at)
}

/** @returns the calls of one visit in the order they happened; `visitor` and `start` tell it from all others. */
function callsOfVisit({ visitor, start, random }: Visit): readonly Call[] {
  const id = `visitor-${visitor}`
  const calls: Call[] = []
  let at = start
  let told = 0
  const tell = (call: object, page: Page) => {
    told += 1
    const time = new Date(Math.round(at)).toISOString()
    const ids = {
      messageId: `${id}.${start}.${told}`,
      anonymousId: id,
      ...(visitor % 3 === 0 && { userId: `user-${visitor}` }),
    }
    const body = JSON.stringify({ ...ids, timestamp: time, context: contextOf(page), ...call })
    calls.push({ visitor, at: Math.round(at), body })
  }
  if (visitor % 3 === 0 && random.next() < 0.3)
    tell({ type: 'identify', traits: { email: `visitor-${visitor}@shop.example`, plan: 'plus' } }, HOME)
  const pages = Math.ceil(random.next() * 4)
  for (let seen = 0; seen < pages; seen += 1) {
    const page = pageOf(random)
    tell(
      { type: 'page', name: page.type, properties: { path: page.path, title: page.title, page_type: page.type } },
      page,
    )
    const product = page.type === 'product' ? productOf(page) : undefined
    if (product !== undefined) tell({ type: 'track', event: 'Product Viewed', properties: product }, page)
    at = viewPage({ id: `${id}.${start}.${seen}`, at, random }, (properties, now) => {
      at = now
      tell({ type: 'track', event: 'Engagement Measured', properties: { page_type: page.type, ...properties } }, page)
    })
    if (product !== undefined && random.next() < 0.25)
      tell({ type: 'track', event: 'Product Added', properties: { ...product, quantity: 1 } }, page)
    at += 2 * SECOND
  }
  if (random.next() < 0.15) {
    tell({ type: 'track', event: 'Checkout Started', properties: { currency: 'EUR', value: 48 } }, CHECKOUT)
    at += 40 * SECOND
    if (random.next() < 0.6)
      tell(
        {
          type: 'track',
          event: 'Order Completed',
          properties: { order_id: `${id}.${start}`, revenue: 48, currency: 'EUR' },
        },
        CHECKOUT,
      )
  }
  return calls
}

const HOME: Page = { type: 'home', path: '/', title: 'Green House' }
const CHECKOUT: Page = { type: 'checkout', path: '/checkout', title: 'Checkout – Green House' }

function pageOf(random: Random): Page {
  const kind = random.next()
  if (kind < 0.15) return HOME
  if (kind < 0.3) {
    const category = random.pick(CATEGORIES)
    return { type: 'listing', path: `/collections/${category}`, title: `All ${category} – Green House` }
  }
  if (kind < 0.75) {
    const number = Math.floor(random.next() * random.next() * PRODUCTS)
    return { type: 'product', path: `/products/plant-${number}`, title: `Plant No. ${number} – Green House` }
  }
  if (kind < 0.85) return { type: 'pricing', path: '/pricing', title: 'Plans and prices – Green House' }
  if (kind < 0.92) return { type: 'cart', path: '/cart', title: 'Your cart – Green House' }
  const article = random.pick(ARTICLES)
  return { type: 'article', path: `/journal/${article}`, title: `On ${article} – Green House` }
}

function productOf({ path, title }: Page): object {
  const number = Number(path.split('-').at(-1))
  return {
    product_id: `plant-${number}`,
    name: title.split(' – ')[0],
    price: 9 + (number % 40),
    category: CATEGORIES[number % CATEGORIES.length],
    url: `https://shop.example${path}`,
    image_url: `https://shop.example/images/plant-${number}.jpg`,
  }
}

interface View {
  readonly id: string
  readonly at: number
  readonly random: Random
}

/** One to five summaries, each with the running totals of the page view. @returns when it ended. */
function viewPage({ id, at, random }: View, tell: (properties: object, at: number) => void): number {
  const summaries = Math.ceil(random.next() * 5)
  const hovers = new Map<string, { ms: number; count: number }>()
  const clicks: { element: string; at_ms: number }[] = []
  let [now, activeMs, depth] = [at, 0, 0]
  for (let sequence = 1; sequence <= summaries; sequence += 1) {
    const passed = Math.round((2 + random.next() * 18) * SECOND)
    now += passed
    activeMs += Math.round(passed * (0.5 + random.next() / 2))
    depth = Math.min(1, depth + random.next() * 0.35)
    for (let rested = Math.floor(random.next() * 3); rested > 0; rested -= 1) {
      const element = random.pick(ELEMENTS)
      const { ms, count } = hovers.get(element) ?? { ms: 0, count: 0 }
      hovers.set(element, { ms: ms + Math.round(random.next() * 4 * SECOND), count: count + 1 })
    }
    if (random.next() < 0.3) clicks.push({ element: random.pick(ELEMENTS), at_ms: now - at })
    tell(
      {
        ...{ pageview_id: id, sequence, reason: sequence === summaries ? 'exit' : 'threshold' },
        ...{ active_ms: activeMs, visible_ms: now - at, scroll_depth: Number(depth.toFixed(2)), scrollable: true },
        ...{ scroll_velocity: 640, time_to_first_interaction_ms: 800 },
        hovers: [...hovers].map(([element, rest]) => ({ element, ...rest })).sort((a, b) => b.ms - a.ms),
        ...{ clicks: [...clicks], rage_clicks: 0, dead_clicks: 0, outbound_clicks: 0, downloads: [], copies: 0 },
        ...{ videos: [], sections: [{ id: 'main', visible_ms: activeMs }], automation: {} },
        ...(sequence === summaries && { exit: { kind: random.next() < 0.7 ? 'internal' : 'close' } }),
        device: { kind: 'desktop', touch: false },
        ...{ local_hour: new Date(now).getUTCHours(), time_zone: 'Europe/Berlin' },
      },
      now,
    )
  }
  return now
}

function contextOf({ path, title }: Page): object {
  return {
    page: { path, url: `https://shop.example${path}`, title, referrer: 'https://search.example/' },
    campaign: { source: 'newsletter', name: 'spring' },
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36',
  }
}

/** As the service reads it off the wire, so that the engine meets the objects it meets there. */
export function parseCall({ at, body }: Call): Message {
  const parsed = parseMessages(JSON.parse(body), { call: 'webhook', receivedAt: at + 200 })
  if (parsed.kind === 'unreadable') throw new Error(parsed.reason)
  return required(parsed.messages[0], 'message').message
}
