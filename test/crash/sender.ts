/** Sends what people do, the way a Segment library does: again, with the same messageIds, until it is acknowledged. */
import type { Random } from '../support/random.ts'
import type { Act, Person } from './people.ts'

export interface Sent {
  readonly messageIds: readonly string[]
  /** Epoch ms: when the last act of the request was done, and when the request was acknowledged. */
  readonly doneAt: number
  readonly acknowledgedAt: number
}

export interface SenderOptions {
  /** Where the next request goes. */
  readonly url: () => string
  readonly random: Random
  /** Called when a request has just left, and when one was just acknowledged. */
  readonly onRequest: () => void
  readonly onAcknowledged: () => void
}

const WRITE_KEY = 'crash'
/** Whoever is stopped in their tracks takes a request and never answers. */
const ANSWER_WITHIN_MS = 5_000
/** How often a request is given up by its sender before the answer, and how often one is sent again though acknowledged. */
const HANGS_UP = 0.08
const SENDS_TWICE = 0.1

/** One request after the other, as one browser would; resolves once all of them are acknowledged. */
export async function sendVisit(person: Person, options: SenderOptions): Promise<readonly Sent[]> {
  const { random } = options
  const sent: Sent[] = []
  let from = 0
  for (const [index, size] of person.requests.entries()) {
    await pause(random.between(0, 120))
    const acts = person.acts.slice(from, from + size)
    const calls = acts.map((act, offset) => toCall(person, act, from + offset))
    from += size
    const single = calls.length === 1 && random.chance(0.6) ? calls[0] : undefined
    const request = { path: single ? `/v1/${single.type}` : '/v1/batch', body: single ?? { batch: calls } }
    const doneAt = Date.now()
    await untilAcknowledged(request, options)
    const messageIds = calls.map(({ messageId }) => messageId)
    sent.push({ messageIds, doneAt, acknowledgedAt: Date.now() })
    if (index > 0 && random.chance(SENDS_TWICE)) await untilAcknowledged(request, options)
  }
  return sent
}

interface Request {
  readonly path: string
  readonly body: object
}

async function untilAcknowledged({ path, body }: Request, options: SenderOptions): Promise<void> {
  const { url, random, onRequest, onAcknowledged } = options
  for (;;) {
    const hangUp = new AbortController()
    if (random.chance(HANGS_UP)) setTimeout(() => hangUp.abort(), random.between(0, 8))
    try {
      const answer = fetch(url() + path, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ ...body, writeKey: WRITE_KEY, sentAt: new Date().toISOString() }),
        signal: AbortSignal.any([hangUp.signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]),
      })
      onRequest()
      const { ok, status } = await answer
      if (ok) return onAcknowledged()
      if (status < 429) throw new UnexpectedAnswer(`${path} was answered ${status}`)
    } catch (error) {
      // The service is down, or went down before it answered: exactly what is tried here.
      if (error instanceof UnexpectedAnswer) throw error
    }
    await pause(random.between(20, 80))
  }
}

class UnexpectedAnswer extends Error {
  override readonly name = 'UnexpectedAnswer'
}

interface Call {
  readonly type: 'identify' | 'track'
  readonly messageId: string
  readonly [member: string]: unknown
}

function toCall(person: Person, act: Act, index: number): Call {
  const { userId, email, acts } = person
  const isKnown = acts.slice(0, index + 1).some(past => past.kind === 'identified' && past.browser === act.browser)
  const call = {
    messageId: `${userId}-message-${index}`,
    anonymousId: act.browser,
    timestamp: new Date().toISOString(),
    ...(isKnown && { userId }),
  }
  switch (act.kind) {
    case 'identified':
      return { ...call, type: 'identify', traits: { email } }
    case 'added': {
      const { id, price } = act.product
      const properties = { product_id: id, price, quantity: act.quantity }
      return { ...call, type: 'track', event: 'Product Added', properties }
    }
    case 'ordered':
      return { ...call, type: 'track', event: 'Order Completed', properties: { order_id: `${userId}-order` } }
    case 'measured': {
      const { page, pageType, activeMs, hoverMs } = act
      const properties = {
        ...{ pageview_id: page, page_type: pageType, active_ms: activeMs, visible_ms: activeMs },
        hovers: [{ element: 'picture', ms: hoverMs, count: 1 }],
        automation: {},
      }
      const context = { page: { title: page, url: `https://shop.example/${page}` } }
      return { ...call, type: 'track', event: 'Engagement Measured', properties, context }
    }
    default:
      return act satisfies never
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}
