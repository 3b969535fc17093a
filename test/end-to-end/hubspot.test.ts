/** A message into the real service, with HubSpot behind it. */
import { expect, test } from 'vitest'
import type { HubspotOptions } from '../../examples/platforms/hubspot.ts'
import { openReadyHubspot, TOKEN } from '../support/hubspot-account.ts'
import { openLiveService } from '../support/live-service.ts'

const EMAIL = 'ada@example.com'

async function openWorld(options: Partial<HubspotOptions> = {}) {
  const hubspot = await openReadyHubspot(options)
  const { events, send, until } = await openLiveService({
    environment: { HUBSPOT_ACCESS_TOKEN: TOKEN, HUBSPOT_BASE_URL: hubspot.url },
    config: { moments: { cartAbandoned: { after: '500ms' } } },
  })
  const landed = () =>
    events.filter(told => told.kind === 'delivery attempted' && told.of === 'event' && told.outcome === 'delivered')
  return { hubspot, send, settled: (count: number) => until(() => landed().length >= count) }
}

const fern = { product_id: 'fern', name: 'Fern', price: 12.5, quantity: 2, currency: 'EUR' }
const visit = [
  { type: 'identify', userId: 'ada', traits: { email: EMAIL } },
  { userId: 'ada', event: 'Product Added', properties: fern },
]

test('a cart left behind is traits on the contact and an event that belongs to it', async () => {
  const { hubspot, send, settled } = await openWorld()
  await send(...visit)
  await settled(2)
  const contact = hubspot.contact(EMAIL)
  expect(contact?.properties).toMatchObject({
    inkling_cart_value: '25',
    inkling_cart_item_count: '2',
    inkling_cart_last_item: 'Fern',
    inkling_intent: 'buying',
    inkling_cart_abandoned_at: expect.stringMatching(/^\d{4}-.*Z$/),
  })
  expect(hubspot.events().filter(({ name }) => name === 'inkling_cart_abandoned')).toMatchObject([
    { contactId: contact?.id, properties: { cart_value: '25', cart_items: 'Fern', cart_currency: 'EUR' } },
  ])
})

test('an event whose answer is lost is sent again and recorded once', async () => {
  const { hubspot, send, settled } = await openWorld()
  hubspot.fail({ kind: 'half-body' }, { path: '/events/v3/send', afterRecording: true })
  await send(...visit)
  // The level that rises, and the cart.
  await settled(2)
  expect(hubspot.requests().filter(({ path }) => path === '/events/v3/send')).toHaveLength(3)
  expect(hubspot.events().map(({ name }) => name)).toEqual([
    'inkling_engagement_level_reached',
    'inkling_cart_abandoned',
  ])
})

test('an account without custom events has the moment on the contact, for a workflow to start on', async () => {
  const { hubspot, send, settled } = await openWorld({ customEvents: false })
  await send(...visit)
  await settled(2)
  expect(hubspot.contact(EMAIL)?.properties).toMatchObject({
    inkling_cart_value: '25',
    inkling_cart_abandoned_at: expect.stringMatching(/^\d{4}-.*Z$/),
    inkling_cart_abandoned_details: expect.stringContaining('cart_items: Fern'),
  })
  expect(hubspot.events()).toEqual([])
})
