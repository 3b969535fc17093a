import { expect, onTestFinished, test } from 'vitest'
import { startKlaviyo } from '../../examples/platforms/klaviyo.ts'
import { listen } from '../../src/destination/listen.ts'
import type { LogEvent } from '../../src/destination/log-event.ts'
import { parsePolicy } from '../../src/destination/parse-policy.ts'
import { startService } from '../../src/destination/service.ts'
import { createTestScale, describeWithServers } from '../support/servers.ts'

const KEY = 'pk_scale'

describeWithServers('several processes on one topic and one database', () => {
  test('a cart that is left is reminded of once, whichever process takes its messages', async () => {
    const { scale, remove } = await createTestScale()
    onTestFinished(remove)
    const klaviyo = await startKlaviyo({ apiKey: KEY, limits: false })
    onTestFinished(() => klaviyo.close())
    const parsed = parsePolicy({
      restraint: { quietHours: { from: 0, to: 0 } },
      moments: { cartAbandoned: { after: '2s' } },
    })
    if (parsed.kind === 'invalid') throw new Error(parsed.problems.join('\n'))
    const { policy } = parsed
    const events: LogEvent[] = []
    const start = async () => {
      const service = await startService({
        settings: {
          dataDir: 'nowhere',
          scale,
          segment: { writeKeys: [] },
          connectors: { klaviyo: { apiKey: KEY, baseUrl: klaviyo.url } },
        },
        policy,
        onEvent: event => {
          events.push(event)
        },
      })
      const listening = await listen(service.app, { host: '127.0.0.1', port: 0 })
      onTestFinished(async () => {
        await listening.close(0)
        await service.stop()
      })
      return `http://127.0.0.1:${listening.port}`
    }
    const urls = [await start(), await start()]
    const send = async (at: number, ...batch: readonly object[]) => {
      const { status } = await fetch(`${urls[at % 2]}/v1/batch`, {
        method: 'POST',
        body: JSON.stringify({ batch, writeKey: 'k' }),
      })
      expect(status).toBe(200)
    }
    const people = Array.from({ length: 10 }, (_, index) => `p${index}`)
    for (const [index, id] of people.entries()) {
      const who = { anonymousId: `anon-${id}` }
      await send(index, {
        type: 'identify',
        messageId: `i-${id}`,
        ...who,
        userId: id,
        traits: { email: `${id}@example.com` },
      })
      await send(index + 1, {
        ...{ type: 'track', event: 'Product Added', messageId: `a-${id}`, ...who },
        properties: { product_id: 'fern', name: 'Fern', price: 12.5, quantity: 1, currency: 'EUR' },
      })
    }
    const reminders = () => klaviyo.events().filter(({ metric }) => metric === 'Cart Abandoned')
    await expect.poll(() => reminders().length, { timeout: 60_000 }).toBe(people.length)
  })
})
