import { Analytics } from '@segment/analytics-node'
import { expect, test } from 'vitest'
import { startService } from './service.ts'

test("Segment's own Node library, pointed here, delivers all six calls", async () => {
  const service = await startService({ settings: { writeKeys: ['server'] } })
  const analytics = new Analytics({ writeKey: 'server', host: service.url })
  const failures: unknown[] = []
  analytics.on('error', failure => failures.push(failure))
  analytics.identify({ userId: 'u-1', traits: { email: 'ada@example.com' } })
  analytics.track({ userId: 'u-1', event: 'Bought', properties: { price: 10.5 }, messageId: 'm-1' })
  analytics.page({ anonymousId: 'a-1', name: 'Home', properties: { url: 'https://shop.example/' } })
  analytics.screen({ anonymousId: 'a-1', name: 'Main' })
  analytics.group({ userId: 'u-1', groupId: 'g-1', traits: { name: 'Acme' } })
  analytics.alias({ userId: 'u-1', previousId: 'a-1' })
  await analytics.closeAndFlush()

  expect(failures).toEqual([])
  expect(await service.messages()).toMatchObject([
    { type: 'identify', userId: 'u-1', traits: { email: 'ada@example.com' } },
    { type: 'track', messageId: 'm-1', event: 'Bought', properties: { price: 10.5 } },
    { type: 'page', anonymousId: 'a-1', name: 'Home', context: { page: { url: 'https://shop.example/' } } },
    { type: 'screen', name: 'Main' },
    { type: 'group', traits: { name: 'Acme' } },
    { type: 'alias', userId: 'u-1', previousId: 'a-1' },
  ])
})

test('a wrong write key reaches nothing, and the library reports it', async () => {
  const service = await startService({ settings: { writeKeys: ['server'] } })
  const analytics = new Analytics({ writeKey: 'other', host: service.url, maxRetries: 0 })
  const failed = new Promise(resolve => analytics.once('error', resolve))
  analytics.track({ userId: 'u-1', event: 'Bought' })
  await analytics.closeAndFlush()
  expect(await failed).toMatchObject({ code: 'delivery_failure' })
  expect(service.log.head()).toBe(0)
})
