/** A message into the real service, and what arrives at a webhook. */
import { expect, onTestFinished, test } from 'vitest'
import { startWebhook, type WebhookDelivery } from '../../examples/platforms/webhook.ts'
import { openLiveService } from '../support/live-service.ts'

const SECRET = 'whsec_1234567890abcdef'
const CONFIG = { customMoments: [{ name: 'Price Asked', when: { event: 'Price Asked' } }] } as const

async function openWorld() {
  const receiver = await startWebhook({ secret: SECRET })
  onTestFinished(() => receiver.close())
  const { events, send } = await openLiveService({
    environment: { WEBHOOK_URL: receiver.hook, WEBHOOK_SECRET: SECRET },
    config: CONFIG,
  })
  return {
    ...{ receiver, events, send },
    /** Settles with the first delivery that fits, whenever it came. */
    arrived: (fits: (delivery: WebhookDelivery) => boolean) =>
      new Promise<WebhookDelivery>(resolve => {
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
