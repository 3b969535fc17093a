import { expect, test } from 'vitest'
import { writtenTraits } from '../../../src/destination/engine/written.ts'
import { added, at, identified, letDue, measured, message, ordered, tell } from '../../support/messages.ts'

test('a cart left alone for 30 minutes is abandoned, and says what was in it', () => {
  const left = tell([identified('10:00'), added('10:01', 'fern', { price: 12.5, quantity: 2 }), added('10:02', 'pot')])
  const [abandoned] = letDue(left, 'cart').moments
  expect([abandoned]).toMatchObject([
    {
      moment: 'Cart Abandoned',
      at: at('10:32'),
      properties: { cart_value: 35, cart_item_count: 3, cart_items: 'fern, pot', cart_last_item: 'pot' },
      why: 'Left 3 items worth 35 in the cart and did nothing for 30 min (threshold 30 min).',
    },
  ])
})

test('an order cancels it', () => {
  const { state } = tell([identified('10:00'), added('10:01', 'fern'), ordered('10:05')])
  expect(state.cart).toBeUndefined()
  expect(state.timers.map(({ key }) => key)).not.toContain('cart')
})

test('what was added before an order, and arrives after it, is not a cart left behind', () => {
  const { state } = tell([identified('10:00'), ordered('10:05'), added('10:01', 'fern')])
  expect(state.cart).toBeUndefined()
  expect(state.timers.map(({ key }) => key)).not.toContain('cart')
})

test('emptying the cart cancels it', () => {
  const removed = message('10:03', { event: 'Product Removed', properties: { product_id: 'fern', quantity: 1 } })
  expect(tell([identified('10:00'), added('10:01', 'fern'), removed]).state.timers.map(({ key }) => key)).not.toContain(
    'cart',
  )
})

test('any activity puts it off', () => {
  const busy = tell([identified('10:00'), added('10:01', 'fern'), measured('10:20', { activeMs: 5000 })])
  const asked = letDue(busy, 'cart')
  expect(asked.fired).toEqual([])
  expect(asked.state.timers).toContainEqual({ key: 'cart', due: at('10:50') })
  expect(letDue(asked, 'cart').fired).toContain('Cart Abandoned')
})

test('a timer that comes due long after its time says nothing any more', () => {
  const left = tell([identified('10:00'), added('10:01', 'fern')])
  const { fired, withheld } = letDue(left, 'cart', undefined, '2 10:00')
  expect(fired).toEqual([])
  expect(withheld).toMatchObject([{ moment: 'Cart Abandoned', restraint: 'stale' }])
})

test('somebody without a name is nobody to remind, until they come back and say who they are', () => {
  const left = letDue(tell([added('10:00', 'fern')]), 'cart')
  expect(left.fired).toEqual([])
  expect(left.withheld).toMatchObject([{ restraint: 'unidentified' }])
  const back = tell([identified('12:00')], undefined, left.state)
  expect(letDue(back, 'cart').fired).toContain('Cart Abandoned')
})

test('a checkout without a product list leaves the cart as it was', () => {
  const checkout = message('10:05', { event: 'Checkout Started', properties: { value: 10 } })
  expect(tell([added('10:00', 'fern'), checkout]).state.cart?.lines).toHaveLength(1)
})

test('v1 event names and prices written as text count too', () => {
  const old = message('10:00', { event: 'Added Product', properties: { sku: 'S1', price: '7.25', quantity: '2' } })
  expect(writtenTraits(tell([old]).state.written)).toMatchObject({ cart_value: 14.5, cart_item_count: 2 })
})

test('the cart traits are cleared once it is ordered', () => {
  const { facts } = tell([identified('10:00'), added('10:01', 'fern'), ordered('10:05')])
  expect(facts.findLast(({ kind }) => kind === 'traits_changed')).toMatchObject({
    traits: { cart_value: null, cart_item_count: null, cart_last_item: null },
  })
})
