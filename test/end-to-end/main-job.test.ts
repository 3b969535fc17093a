import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestScale, describeWithServers, type TestScale } from '../support/servers.ts'
import { openWorld, type World } from './world.ts'

/** The clocks are shortened in the policy alone; the plugin runs with its defaults. */
const config = {
  // The tests run by night as well.
  restraint: { quietHours: { from: 0, to: 0 } },
  moments: { pricingIntent: { dwell: '2s' }, cartAbandoned: { after: '2s' }, formAbandoned: { after: '2s' } },
} as const

describe('a visitor in a real browser, before one machine', () => visits(async () => undefined))
describeWithServers('a visitor in a real browser, before Kafka and Postgres', () => visits(createTestScale))

function visits(openScale: () => Promise<TestScale | undefined>): void {
  let world: World
  let opened: TestScale | undefined
  beforeAll(async () => {
    opened = await openScale()
    world = await openWorld({ config, ...(opened !== undefined && { scale: opened.scale }) })
  })
  afterAll(async () => {
    await world.close()
    await opened?.remove()
  })

  const eventsOf = (email: string, metric: string) =>
    world.klaviyo.events(world.klaviyo.profile({ email })?.id ?? '').filter(event => event.metric === metric)
  const traitsOf = (email: string) => world.klaviyo.profile({ email })?.properties ?? {}

  test('hovers a product for 4 s and is a profile with a score and a level', async () => {
    const email = 'hover@example.com'
    const { page, hand, call, closeTab } = await world.visit('/products/fern')
    await call('identify', 'hover', { email })
    await hand.restOn(page.locator('[data-inkling=fern]'), 4000)
    await world.until('the level reached Klaviyo', () => traitsOf(email)['inkling_level'] !== undefined)
    expect(traitsOf(email)).toMatchObject({
      inkling_level: expect.stringMatching(/medium|high/),
      inkling_device: 'desktop',
    })
    expect(Number(traitsOf(email)['inkling_score'])).toBeGreaterThan(10)
    expect(world.klaviyo.profile({ email })).toMatchObject({ externalId: 'hover' })
    const [reached] = eventsOf(email, 'Engagement Level Reached')
    expect(reached?.properties).toMatchObject({
      page_type: 'product',
      page_title: 'Ferns',
      previous_level: expect.any(String),
    })
    await closeTab()
  })

  test('stays on pricing and shows pricing intent exactly once', async () => {
    const email = 'pricing@example.com'
    const { page, hand, call, closeTab } = await world.visit('/pricing')
    await call('identify', 'pricing', { email })
    // Past both hover thresholds: two summaries say that the dwell is long enough, and the exit a third.
    await hand.restOn(page.locator('[data-inkling=fern]'), 7500)
    await hand.readDown(1500)
    await closeTab()
    const seconds = async () => Number((await world.person('pricing'))?.traits['inkling_time_spent_s'] ?? 0)
    await world.until('the last summary counted', async () => (await seconds()) >= 7)
    await world.until('pricing intent reached Klaviyo', () => eventsOf(email, 'Pricing Intent Detected').length > 0)
    expect(eventsOf(email, 'Pricing Intent Detected')).toHaveLength(1)
    expect(eventsOf(email, 'Pricing Intent Detected')[0]?.properties).toMatchObject({
      hovered_element: 'fern',
      reason: expect.stringMatching(/^Spent \d+ s active on the pricing page \(threshold 2 s\)/),
    })
  })

  test('leaves with a cart and is reminded once; one who orders is not', async () => {
    const product = { product_id: 'fern', name: 'Fern', price: 12.5, quantity: 1, currency: 'EUR' }
    const buyer = await world.visit('/cart')
    await buyer.call('identify', 'buyer', { email: 'buyer@example.com' })
    await buyer.call('track', 'Product Added', product)
    await buyer.call('track', 'Order Completed', { order_id: 'o1', products: [product] })
    await buyer.closeTab()
    const leaver = await world.visit('/cart')
    await leaver.call('identify', 'leaver', { email: 'leaver@example.com' })
    await leaver.call('track', 'Product Added', product)
    await leaver.closeTab()

    await world.until('the reminder reached Klaviyo', () => eventsOf('leaver@example.com', 'Cart Abandoned').length > 0)
    // The buyer's cart was older: by now it would have been reminded of, too.
    expect(eventsOf('leaver@example.com', 'Cart Abandoned')).toMatchObject([
      { properties: { cart_value: 12.5, cart_items: 'Fern' } },
    ])
    expect(eventsOf('buyer@example.com', 'Cart Abandoned')).toEqual([])
    expect((await world.person('buyer'))?.traits).toMatchObject({ inkling_cart_value: null })
  })

  test('fills a form halfway and leaves: the form and its last field are known, what was typed is not', async () => {
    const email = 'form@example.com'
    const { page, hand, call, closeTab } = await world.visit('/contact')
    await call('identify', 'form', { email })
    await hand.type(page.locator('[name=full_name]'), 'Ada Lovelace')
    await hand.type(page.locator('[name=phone]'), '5550100')
    await closeTab()
    await world.until('the form was missed', () => eventsOf(email, 'Form Abandoned').length > 0)
    const events = eventsOf(email, 'Form Abandoned')
    expect(events).toMatchObject([{ properties: { form_id: 'contact', last_field: 'phone', fields_touched: 2 } }])
    expect(JSON.stringify([events, await world.person('form')])).not.toMatch(/Lovelace|5550100/)
  })

  test('closes the tab before any threshold, and the last summary still arrives', async () => {
    const email = 'closes@example.com'
    const { page, hand, call, closeTab } = await world.visit('/products/fern')
    await call('identify', 'closes', { email })
    await hand.restOn(page.locator('[data-inkling=fern]'), 1500)
    const before = traitsOf(email)['inkling_score'] ?? 0
    await closeTab()
    await world.until('the score rose', () => Number(traitsOf(email)['inkling_score'] ?? 0) > Number(before))
  })

  test('is anonymous at first: what was noticed waits, and goes once there is an e-mail address', async () => {
    const email = 'late@example.com'
    const { page, hand, call, closeTab } = await world.visit('/products/fern')
    const anonymousId = await page.evaluate(async () => (await window.analytics.user()).anonymousId() ?? '')
    await hand.restOn(page.locator('[data-inkling=fern]'), 3600)
    await world.until(
      'the service noticed',
      async () => (await world.person(anonymousId))?.deliveries.some(({ status }) => status === 'held') ?? false,
    )
    expect(world.klaviyo.profile({ anonymousId })).toBeUndefined()
    await call('identify', 'late', { email })
    await world.until('it reached Klaviyo', () => eventsOf(email, 'Engagement Level Reached').length > 0)
    await closeTab()
  })
}

test('a browser driven by a program is measured and triggers nothing', async () => {
  const world = await openWorld({ config, asVisitor: false })
  try {
    const email = 'robot@example.com'
    const { page, hand, call, closeTab } = await world.visit('/pricing')
    await call('identify', 'robot', { email })
    await hand.restOn(page.locator('[data-inkling=fern]'), 4000)
    await world.until(
      'it was withheld',
      async () => (await world.person('robot'))?.story.some(({ restraint }) => restraint === 'automated') ?? false,
    )
    await closeTab()
    expect(world.klaviyo.events()).toEqual([])
  } finally {
    await world.close()
  }
})
