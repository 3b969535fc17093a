/** Both halves at work: what a visitor does in a browser goes through the destination as Segment runs it, to a running service. */
import { expect, test } from 'vitest'
import { openLiveService } from '../../support/live-service.ts'
import { connect, KEY_ID, SECRET } from '../cloud/connection.ts'
import { useConnectedSites } from './connected-site.ts'

const open = useConnectedSites()

test('an event is judged by the page view that it happened on', async () => {
  const service = await openLiveService({
    environment: { SIGNING_KEYS: `${KEY_ID}:${SECRET}` },
    config: {
      customMoments: [
        {
          name: 'Considered Trial',
          when: { event: 'Trial Started', hoverOn: { element: 'card', atLeast: '6s' } },
          capped: false,
        },
        { name: 'Trial Over', when: { event: 'Trial Ended' }, capped: false },
      ],
    },
  })
  const { page, collector, summary } = await open()
  const track = (event: string) =>
    page.evaluate(
      name =>
        Reflect.get(window, 'analytics')
          .track(name)
          .then(() => undefined),
      event,
    )
  await page.mouse.move(100, 100, { steps: 8 })
  await page.clock.runFor(7500)
  await summary(({ hovers }) => hovers[0]?.ms >= 6000)
  await track('Trial Started')
  await track('Trial Ended')
  await collector.next(({ body }) => body.event === 'Trial Ended')

  const destination = connect(service.url)
  for (const { body } of collector.calls) await destination.event(body)
  const fired = () => service.events.flatMap(event => (event.kind === 'moment fired' ? [event.moment] : []))
  await service.until(() => fired().includes('Trial Over'))
  expect(fired()).toContain('Considered Trial')
})
