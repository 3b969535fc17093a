/** A message into the real service, and what arrives at a webhook. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startWebhook, type WebhookDelivery, type WebhookStandIn } from '../../examples/platforms/webhook.ts'
import { parseEnvironment } from '../../src/destination/config.ts'
import { listen } from '../../src/destination/listen.ts'
import type { LogEvent } from '../../src/destination/log-event.ts'
import { parsePolicy } from '../../src/destination/parse-policy.ts'
import { startService } from '../../src/destination/service.ts'

const SECRET = 'whsec_1234567890abcdef'
const CONFIG = { customMoments: [{ name: 'Price Asked', when: { event: 'Price Asked' } }] } as const

interface World {
  readonly receiver: WebhookStandIn
  readonly events: readonly LogEvent[]
  send(...calls: readonly object[]): Promise<void>
  /** Settles with the first delivery that fits, whenever it came. */
  arrived(fits: (delivery: WebhookDelivery) => boolean): Promise<WebhookDelivery>
}

async function openWorld(): Promise<World> {
  const policy = parsePolicy(CONFIG)
  const dataDir = mkdtempSync(join(tmpdir(), 'inkling-webhook-'))
  const receiver = await startWebhook({ secret: SECRET })
  const parsed = parseEnvironment({ DATA_DIR: dataDir, WEBHOOK_URL: receiver.hook, WEBHOOK_SECRET: SECRET })
  if (policy.kind === 'invalid' || parsed.kind === 'invalid') throw new Error('the settings are wrong')
  const events: LogEvent[] = []
  const service = await startService({
    ...{ settings: parsed.settings, policy: policy.policy, random: () => 0 },
    onEvent: event => events.push(event),
  })
  const listening = await listen(service.app, { host: '127.0.0.1', port: 0 })
  onTestFinished(async () => {
    await listening.close(0)
    await service.stop()
    await receiver.close()
    rmSync(dataDir, { recursive: true })
  })
  let sent = 0
  return {
    receiver,
    events,
    async send(...calls) {
      sent += 1
      const batch = calls.map((call, index) => ({ messageId: `m${sent}.${index}`, type: 'track', ...call }))
      const body = JSON.stringify({ batch, writeKey: 'k' })
      const { status } = await fetch(`http://127.0.0.1:${listening.port}/v1/batch`, { method: 'POST', body })
      expect(status).toBe(200)
    },
    arrived: fits =>
      new Promise(resolve => {
        const look = () => {
          const found = receiver.deliveries().find(fits)
          if (found === undefined) return
          stop()
          resolve(found)
        }
        const stop = receiver.onChange(look)
        look()
      }),
  }
}

const ada = { type: 'identify', userId: 'ada', traits: { email: 'ada@example.com' } }
const asked = { userId: 'ada', event: 'Price Asked', properties: {} }

test('a moment arrives as one signed request, and once, though its first answer is lost', async () => {
  const { receiver, events, send, arrived } = await openWorld()
  await send(ada)
  await arrived(({ kind }) => kind === 'traits')
  receiver.fail({ kind: 'half-body' }, { afterRecording: true })
  await send(asked)
  const event = await arrived(({ name }) => name === 'Price Asked')
  expect(event.identifiers).toMatchObject({ email: 'ada@example.com', user_id: 'ada' })
  expect(event.traits).toHaveProperty('inkling_score')
  await send({ userId: 'ada', event: 'Product Added', properties: { product_id: 'fig', name: 'Fig', price: 35 } })
  await arrived(({ traits }) => traits?.['inkling_cart_value'] === 35)
  // What came later for her came behind it, so it was sent again by now.
  const attempts = events.filter(told => told.kind === 'delivery attempted' && told.delivery === event.id)
  expect(attempts).toMatchObject([{ outcome: 'retry' }, { outcome: 'delivered' }])
  expect(receiver.deliveries().filter(({ name }) => name === 'Price Asked')).toHaveLength(1)
  expect(JSON.stringify(events)).not.toContain(receiver.hook)
})

test('whoever is anonymous waits until there is a name to write to', async () => {
  const { receiver, send, arrived } = await openWorld()
  await send({ anonymousId: 'anon', event: 'Product Added', properties: { product_id: 'fig', name: 'Fig', price: 35 } })
  await send(ada)
  await arrived(({ identifiers }) => identifiers['user_id'] === 'ada')
  expect(receiver.deliveries().filter(({ traits }) => traits?.['inkling_cart_value'] === 35)).toEqual([])
  await send({ type: 'identify', anonymousId: 'anon', traits: { email: 'late@example.com' } })
  const late = await arrived(({ identifiers }) => identifiers['email'] === 'late@example.com')
  expect(late.traits).toMatchObject({ inkling_cart_value: 35 })
})
