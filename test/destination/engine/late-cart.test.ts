/** What is done to a cart counts in whichever order it is told: Segment keeps none. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Cart, itemCount } from '../../../src/destination/engine/cart.ts'
import { step } from '../../../src/destination/engine/decide.ts'
import { messageInput } from '../../../src/destination/engine/input.ts'
import type { Message } from '../../../src/destination/engine/message.ts'
import { defaultPolicy } from '../../../src/destination/engine/policy.ts'
import { initialState, type ProfileState } from '../../../src/destination/engine/profile.ts'
import { messagesOf } from '../../../src/destination/parse.ts'

const START = Date.parse('2026-03-02T10:00:00Z')

function told(minute: number, event: string, properties: object): Message {
  const timestamp = new Date(START + minute * 60_000).toISOString()
  const call = { type: 'track', event, userId: 'ada', messageId: `${event}.${minute}`, timestamp, properties }
  const [message] = messagesOf({
    ...{ position: 1, call: 'webhook', receivedAt: START + 3_600_000 },
    body: Buffer.from(JSON.stringify(call)),
  })
  if (message === undefined) throw new Error('the call is no message')
  return message
}

const added = (minute: number, id: string) =>
  told(minute, 'Product Added', { product_id: id, price: 10, url: `https://shop.example/${id}` })
const removed = (minute: number, id: string) => told(minute, 'Product Removed', { product_id: id, quantity: 1 })
const listed = (minute: number, ...ids: readonly string[]) =>
  told(minute, 'Cart Viewed', { products: ids.map(id => ({ product_id: id, quantity: 1 })) })
const ordered = (minute: number) => told(minute, 'Order Completed', { order_id: 'o', revenue: 20 })

function stateAfter(...messages: readonly Message[]): ProfileState {
  let state = initialState
  for (const message of messages) state = step(state, messageInput(message), defaultPolicy).state
  return state
}
const cartAfter = (...messages: readonly Message[]): Cart | undefined => stateAfter(...messages).cart
const ids = (cart: Cart | undefined) => cart?.lines.map(({ id }) => id)

test('a product put in earlier but told later is in the cart, and the last one stays the last, with its link', () => {
  const cart = cartAfter(added(2, 'moss'), added(1, 'fern'))
  expect(ids(cart)).toEqual(['fern', 'moss'])
  expect(cart?.lines.at(-1)?.url).toBe('https://shop.example/moss')
  expect(cart?.changedAt).toBe(START + 120_000)
})

test('a removal told late takes the product out', () => {
  expect(ids(cartAfter(added(1, 'fern'), added(3, 'moss'), removed(2, 'fern')))).toEqual(['moss'])
})

test('a list says all that was in the cart: what was put in before it is not counted again', () => {
  expect(ids(cartAfter(listed(2, 'fern'), added(1, 'fern')))).toEqual(['fern'])
  expect(itemCount(cartAfter(listed(2, 'fern'), added(3, 'moss'), added(1, 'fern'))?.lines ?? [])).toBe(2)
})

test('what was put in before the order stays out, however late it is told', () => {
  expect(cartAfter(ordered(2), added(1, 'fern'))).toBeUndefined()
})

test('an order told late is known, and what was put in before it and is told later still stays out', () => {
  const { cart, lastOrder } = stateAfter(added(3, 'moss'), ordered(2), added(1, 'fern'))
  expect(lastOrder).toEqual({ at: START + 120_000, value: 20 })
  expect(ids(cart)).toEqual(['moss'])
})

test('an order that was before the last one changes nothing', () => {
  expect(stateAfter(ordered(2), ordered(1)).lastOrder?.at).toBe(START + 120_000)
})

test('additions count in any order', () => {
  const additions = Array.from({ length: 6 }, (_, minute) => added(minute, `plant-${minute % 3}`))
  fc.assert(
    fc.property(fc.shuffledSubarray(additions, { minLength: additions.length }), shuffled => {
      const quantities = cartAfter(...shuffled)?.lines.map(({ id, quantity }) => [id, quantity] as const) ?? []
      expect(Object.fromEntries(quantities)).toEqual({ 'plant-0': 2, 'plant-1': 2, 'plant-2': 2 })
    }),
  )
})
