/** A message into the real service, with HubSpot behind it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { HubspotOptions, HubspotStandIn } from '../../examples/platforms/hubspot.ts'
import { listen } from '../../src/destination/listen.ts'
import { parsePolicy } from '../../src/destination/parse-policy.ts'
import { startService } from '../../src/destination/service.ts'
import { openReadyHubspot, TOKEN } from '../support/hubspot-account.ts'

const EMAIL = 'ada@example.com'

interface World {
  readonly hubspot: HubspotStandIn
  send(...calls: readonly object[]): Promise<void>
  /** Settles when the account holds it, asked at each of its changes. */
  until(holds: () => boolean): Promise<void>
  /** Settles when so many deliveries have landed for good. */
  settled(count: number): Promise<void>
}

async function openWorld(options: Partial<HubspotOptions> = {}): Promise<World> {
  const hubspot = await openReadyHubspot(options)
  const dataDir = mkdtempSync(join(tmpdir(), 'inkling-hubspot-'))
  const parsed = parsePolicy({ moments: { cartAbandoned: { after: '500ms' } } })
  if (parsed.kind === 'invalid') throw new Error(parsed.problems.join('\n'))
  let landed = 0
  const watchers = new Set<() => void>()
  const service = await startService({
    settings: {
      dataDir,
      segment: { writeKeys: [] },
      connectors: { hubspot: { accessToken: TOKEN, baseUrl: hubspot.url } },
    },
    policy: parsed.policy,
    onEvent: event => {
      if (event.kind !== 'delivery attempted' || event.of !== 'event' || event.outcome !== 'delivered') return
      landed += 1
      for (const watcher of watchers) watcher()
    },
  })
  const listening = await listen(service.app, { host: '127.0.0.1', port: 0 })
  onTestFinished(async () => {
    await listening.close(0)
    await service.stop()
    rmSync(dataDir, { recursive: true })
  })
  const when = (holds: () => boolean, listenTo: (look: () => void) => () => void) =>
    new Promise<void>(resolve => {
      const look = () => {
        if (!holds()) return
        stop()
        resolve()
      }
      const stop = listenTo(look)
      look()
    })
  return {
    hubspot,
    send: async (...calls) => {
      const batch = calls.map((call, index) => ({ messageId: `m${index}`, userId: 'ada', ...call }))
      const body = JSON.stringify({ batch, writeKey: 'k' })
      const { status } = await fetch(`http://127.0.0.1:${listening.port}/v1/batch`, { method: 'POST', body })
      expect(status).toBe(200)
    },
    until: holds => when(holds, hubspot.onChange),
    settled: count =>
      when(
        () => landed >= count,
        look => {
          watchers.add(look)
          return () => watchers.delete(look)
        },
      ),
  }
}

const fern = { product_id: 'fern', name: 'Fern', price: 12.5, quantity: 2, currency: 'EUR' }
const visit = [
  { type: 'identify', traits: { email: EMAIL } },
  { type: 'track', event: 'Product Added', properties: fern },
]

test('a cart left behind is traits on the contact and an event that belongs to it', async () => {
  const { hubspot, send, until } = await openWorld()
  await send(...visit)
  await until(() => hubspot.events().some(({ name }) => name === 'inkling_cart_abandoned'))
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
