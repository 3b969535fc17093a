/** Arbitrary streams of messages: whatever visitors may do, in any order, for property tests. */
import fc from 'fast-check'
import type { Message } from '../../src/destination/engine/message.ts'
import { type EventTime, eventTime } from '../../src/destination/engine/time.ts'
import { at, message } from './messages.ts'

export const STREAM_START: EventTime = at('10:00')

export interface StreamOptions {
  /** Set before every message's and page view's id, so that two streams never share one. */
  readonly prefix?: string
  /** Within how long they act, s; whole seconds. */
  readonly seconds?: number
  readonly anonymousIds?: readonly string[]
  readonly userIds?: readonly (string | undefined)[]
  readonly acts?: fc.Arbitrary<Act>
  readonly length?: number
}

export type Act = Pick<Message, 'type'> & Partial<Message>

const track = (event: string, properties: object = {}): Act => ({ type: 'track', event, properties: { ...properties } })

/** A summary: totals are drawn freely, so that summaries of one page view contradict and overtake each other. */
export const summaries: fc.Arbitrary<Act> = fc
  .record({
    view: fc.integer({ min: 0, max: 2 }),
    path: fc.constantFrom('/', '/pricing', '/products/fern', '/blog/moss', '/checkout'),
    active_ms: fc.integer({ min: 0, max: 200_000 }),
    scroll_depth: fc.double({ min: 0, max: 1, noNaN: true }),
    hovers: fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 0, max: 20_000 })),
    clicks: fc.array(fc.integer({ min: 0, max: 100_000 }), { maxLength: 4 }),
    form: fc.option(fc.constantFrom('started', 'engaged', 'submitted'), { nil: undefined, freq: 3 }),
    exit: fc.option(fc.constantFrom('close', 'hidden', 'internal', 'outbound'), { nil: undefined, freq: 3 }),
  })
  .map(({ view, path, hovers, clicks, form, exit, ...totals }) => ({
    ...track('Engagement Measured', {
      pageview_id: `${path}${view}`,
      ...totals,
      visible_ms: totals.active_ms,
      scroll_velocity: 100,
      hovers: Object.entries(hovers).map(([element, ms]) => ({ element, ms })),
      clicks: clicks.map(at_ms => ({ element: 'button', at_ms })),
      ...(form !== undefined && { form: { id: 'contact', state: form, last_field: 'mail', fields_touched: 2 } }),
      ...(exit !== undefined && { exit: { kind: exit } }),
    }),
    context: { page: { path, url: `https://shop.example${path}` }, traits: {} },
  }))

const product = fc.constantFrom('fern', 'moss', 'ivy').map(id => ({ product_id: id, name: id, price: 10 }))

/** What only adds: no act takes back what another did. */
export const additions: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: summaries },
  product.map(of => track('Product Viewed', of)),
  product.map(of => track('Product Added', of)),
  fc.constantFrom('export', 'import').map(feature => track('Feature Used', { feature })),
  fc.constantFrom('Email Link Clicked', 'Video Playback Started', 'Something Else').map(event => track(event)),
  fc.constant<Act>({ type: 'page', context: { page: { path: '/pricing' }, traits: {} } }),
)

const cartListed = fc.uniqueArray(product, { selector: ({ product_id }) => product_id })

const acts: fc.Arbitrary<Act> = fc.oneof(
  { weight: 8, arbitrary: additions },
  product.map(of => track('Product Removed', of)),
  cartListed.map(products => track('Cart Viewed', { products })),
  cartListed.map(products => track('Checkout Started', { products })),
  fc.constant(track('Order Completed', { total: 20 })),
  fc.constantFrom<Act>(
    { type: 'identify', userId: 'ada', traits: { email: 'ada@shop.example', clv: 900 } },
    { type: 'identify', userId: 'ada', traits: { plan: 'team' } },
  ),
  fc.constantFrom('guide.pdf', 'list.csv').map(file => track('File Downloaded', { file })),
)
/** A bounce silences for good: it is rare. */
export const anyActs: fc.Arbitrary<Act> = fc.oneof({ weight: 60, arbitrary: acts }, fc.constant(track('Email Bounced')))

/** @returns messages by event time, each received when it happened, with ids of their own. */
export function streams({
  prefix = '',
  seconds = 3600,
  anonymousIds = ['anon'],
  userIds = [undefined],
  acts = anyActs,
  length = 15,
}: StreamOptions = {}): fc.Arbitrary<readonly Message[]> {
  const one = fc.record({
    act: acts,
    second: fc.integer({ min: 0, max: seconds }),
    anonymousId: fc.constantFrom(...anonymousIds),
    userId: fc.constantFrom(...userIds),
  })
  return fc.array(one, { maxLength: length }).map(drawn =>
    drawn
      .toSorted((a, b) => a.second - b.second)
      .map(({ act, second, anonymousId, userId }, index) => {
        const time = eventTime(STREAM_START + second * 1000)
        const view = act.properties?.['pageview_id']
        return message('10:00', {
          messageId: `${prefix}m${index}`,
          anonymousId,
          ...(userId !== undefined && { userId }),
          timestamp: time,
          receivedAt: time,
          ...act,
          ...(view !== undefined && { properties: { ...act.properties, pageview_id: `${prefix}${view}` } }),
        })
      }),
  )
}
