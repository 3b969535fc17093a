/**
 * Writes a made-up shop's week as an exported stream: JSONL, one Segment message a line, in the order they arrived. The
 * same seed gives the same stream.
 *
 * node scripts/sample-stream.ts [people] [seed] > stream.jsonl
 */
import { fileURLToPath } from 'node:url'

/** Monday 2 March 2026, 00:00 UTC. */
const START = Date.UTC(2026, 2, 2)
const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const PRODUCTS = ['fern', 'moss', 'fig', 'palm', 'ivy'] as const

type Sample = Readonly<Record<string, unknown>> & { readonly receivedAt: string }

/** What one visitor of the made-up shop is like. */
interface Visitor {
  readonly id: string
  /** 0–1: how much they want something; moves dwell, carts and orders. */
  readonly interest: number
  readonly random: () => number
}

/** @returns the messages of that many people, by arrival. */
export function sampleStream(people: number, seed = 1): readonly Sample[] {
  const random = randomFrom(seed)
  const messages = Array.from({ length: people }, (_, index) => {
    const visitor: Visitor = { id: `visitor-${index + 1}`, interest: random(), random }
    return visitsOf(visitor)
  }).flat()
  return messages.toSorted((a, b) => (a.receivedAt < b.receivedAt ? -1 : 1))
}

function visitsOf(visitor: Visitor): readonly Sample[] {
  const { random, interest } = visitor
  const messages: Sample[] = []
  // Two thirds of the first visits lie in the first days, so that there is time to come back.
  let at = START + random() * 5 * DAY
  for (let visit = 0; visit < 3; visit += 1) {
    const ended = tellVisit(visitor, at, visit, message => messages.push(message))
    const comesBack = ended.ordered ? 0.1 : 0.2 + 0.4 * interest
    if (random() > comesBack) break
    at = ended.at + (1 + random() * 30) * 60 * MINUTE
  }
  return messages
}

function tellVisit(
  visitor: Visitor,
  start: number,
  visit: number,
  emit: (message: Sample) => void,
): { readonly at: number; readonly ordered: boolean } {
  const { id, interest, random } = visitor
  let at = start
  let told = 0
  const tell = (message: object) => {
    told += 1
    const time = new Date(Math.round(at)).toISOString()
    emit({ messageId: `${id}.${visit}.${told}`, anonymousId: id, timestamp: time, receivedAt: time, ...message })
  }
  if (visit === 0 && random() < 0.7) tell({ type: 'identify', userId: id, traits: { email: `${id}@shop.example` } })
  const pages = [
    '/',
    `/products/${PRODUCTS[Math.floor(random() * PRODUCTS.length)]}`,
    ...(random() < 0.6 ? ['/pricing'] : []),
  ]
  for (const path of pages) {
    tell({ type: 'page', properties: { path }, context: contextOf(path) })
    // Log-normal, as on real shops: median about 26 s, longer with interest.
    const activeMs = 1000 * Math.min(Math.exp(2.7 + 1.6 * interest + 0.9 * normal(random)), 600)
    at += activeMs
    tell({
      type: 'track',
      event: 'Engagement Measured',
      properties: {
        ...{
          pageview_id: `${id}.${visit}${path}`,
          sequence: 1,
          active_ms: Math.round(activeMs),
          visible_ms: Math.round(activeMs),
        },
        ...{
          scrollable: true,
          scroll_depth: Number(Math.min(0.2 + interest * random(), 1).toFixed(2)),
          scroll_velocity: 700,
        },
        hovers: random() < interest ? [{ element: 'plan', ms: Math.round(6000 * random() * interest), count: 1 }] : [],
        automation: {},
      },
      context: contextOf(path),
    })
    at += 3_000
  }
  if (random() > 0.15 + 0.5 * interest) return { at, ordered: false }
  tell({
    type: 'track',
    event: 'Product Added',
    properties: { product_id: 'fern', name: 'Fern', price: 24, quantity: 1 },
  })
  at += (1 + random() * 4) * MINUTE
  // Some think it over for a while before they order; some never do.
  if (random() < 0.35) at += random() * 90 * MINUTE
  if (random() > 0.25 + 0.5 * interest) return { at, ordered: false }
  tell({ type: 'track', event: 'Order Completed', properties: { order_id: `${id}.${visit}`, revenue: 24 } })
  return { at, ordered: true }
}

function contextOf(path: string): object {
  return { page: { path, url: `https://shop.example${path}`, title: path === '/' ? 'Home' : path.slice(1) } }
}

/** Mulberry32: small, seedable, good enough for a made-up shop. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Box and Muller. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [people = '300', seed = '1'] = process.argv.slice(2)
  for (const message of sampleStream(Number(people), Number(seed))) process.stdout.write(`${JSON.stringify(message)}\n`)
}
