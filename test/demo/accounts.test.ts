import { expect, onTestFinished, test } from 'vitest'
import { toAccounts } from '../../examples/demo/accounts.ts'
import { PLATFORMS } from '../../examples/demo/feed.ts'
import { startPlatforms } from '../../examples/demo/platforms.ts'
import { openConnectors } from '../../src/connectors/index.ts'
import { parseEnvironment } from '../../src/destination/config.ts'
import { eventDelivery } from '../support/deliveries.ts'

test('somebody the three platforms know is one person, with what each has of them', async () => {
  const platforms = await startPlatforms()
  onTestFinished(platforms.close)
  const parsed = parseEnvironment(platforms.environment)
  if (parsed.kind === 'invalid') throw new Error(parsed.problems.join('\n'))
  const connectors = await openConnectors(parsed.settings.connectors)
  expect(toAccounts(platforms)).toEqual([])

  const delivery = eventDelivery({ properties: { cart_value: 99.5, cart_item_count: 2 } })
  for (const connector of connectors) expect(await connector.deliver([delivery])).toEqual([{ kind: 'delivered' }])

  const [person, ...others] = toAccounts(platforms)
  expect(others).toEqual([])
  expect(person?.name).toBe('ada@example.com')
  expect(person?.profiles.map(({ platform }) => platform)).toEqual(PLATFORMS)
  for (const { platform, properties, events } of person?.profiles ?? []) {
    expect(properties, platform).toMatchObject({ inkling_level: 'high' })
    expect(events, platform).toHaveLength(1)
    expect(events[0]?.name, platform).toBe('Cart Abandoned')
    expect(Number(events[0]?.properties['cart_value']), platform).toBe(99.5)
    expect(Math.abs((events[0]?.time ?? 0) - delivery.time), platform).toBeLessThan(1000)
  }
})
