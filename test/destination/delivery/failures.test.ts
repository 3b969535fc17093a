/** What becomes of deliveries when the platform fails, through the whole service; fault by fault, `faults.test.ts` tells. */
import { expect, test } from 'vitest'
import { openService, type RunningService } from '../../support/running-service.ts'

const EVENTS = { path: '/api/events' }
const isEvent = ({ of }: { readonly of: string }) => of === 'event'

const added = (userId: string) => ({
  userId,
  event: 'Product Added',
  properties: { product_id: 'fern', price: 10 },
})

/** Somebody the platform already knows. */
async function introduce({ send, nextAttempt }: RunningService, userId: string) {
  const written = nextAttempt()
  await send({ type: 'identify', userId, traits: { email: `${userId}@example.com` } })
  expect(await written).toMatchObject({ outcome: 'delivered' })
}

/** The first thing in a cart raises the level: one event. */
async function causeEvent({ send, nextAttempt }: RunningService, userId: string) {
  const attempted = nextAttempt(isEvent)
  await send(added(userId))
  return attempted
}

test('as long as Retry-After says, a delivery is left alone', async () => {
  const service = await openService()
  const { standIn, nextAttempt, pass } = service
  await introduce(service, 'ada')
  standIn.fail({ kind: 'throttle', retryAfterS: 40 }, EVENTS)
  await causeEvent(service, 'ada')
  const again = nextAttempt(isEvent)
  await pass(20_000)
  await pass(15_000)
  expect(standIn.requests().filter(({ path }) => path === '/api/events')).toHaveLength(1)
  await pass(10_000)
  // What the platform asked for is no failed attempt.
  expect(await again).toMatchObject({ outcome: 'delivered', attempt: 1 })
})

test('with a refused key everything waits, and is delivered once the key works', async () => {
  const service = await openService()
  const { standIn, nextAttempt, pass, deliveries, platforms } = service
  await introduce(service, 'ada')
  standIn.fail({ kind: 'status', status: 401 }, { ...EVENTS, times: 3 })
  expect(await causeEvent(service, 'ada')).toMatchObject({ outcome: 'unauthorized' })
  for (let minute = 1; minute <= 2; minute += 1) {
    const again = nextAttempt(isEvent)
    await pass(60_000)
    expect(await again).toMatchObject({ outcome: 'unauthorized', attempt: 1 })
  }
  expect(await deliveries('dead')).toEqual([])
  const stopped = { kind: 'event', since: expect.any(Number), reason: expect.stringMatching(/^401/) }
  expect(await platforms()).toMatchObject({ platforms: [{ name: 'klaviyo', stopped: [stopped] }] })
  const again = nextAttempt(isEvent)
  await pass(60_000)
  expect(await again).toMatchObject({ outcome: 'delivered' })
  expect(standIn.events()).toHaveLength(1)
})

test("what the platform refuses for good is kept with the platform's words, and the next delivery goes", async () => {
  const service = await openService()
  const { standIn, send, nextAttempt, deliveries } = service
  await introduce(service, 'ada')
  standIn.fail({ kind: 'status', status: 400 }, EVENTS)
  expect(await causeEvent(service, 'ada')).toMatchObject({ outcome: 'rejected' })
  const next = nextAttempt()
  await send(added('ada'))
  expect(await next).toMatchObject({ outcome: 'delivered' })
  const [dead, ...more] = await deliveries('dead')
  expect(more).toEqual([])
  expect(dead).toMatchObject({ name: 'Engagement Level Reached', attempts: 1 })
  expect(dead?.reason).toMatch(/^400 \w+/)
  expect(dead?.hint).toMatch(/compare its words with the properties/)
})

test("one person's failing delivery holds up nobody else", async () => {
  const service = await openService()
  const { standIn, pass, nextAttempt } = service
  await introduce(service, 'ada')
  await introduce(service, 'bob')
  standIn.fail({ kind: 'status', status: 500 }, EVENTS)
  expect(await causeEvent(service, 'ada')).toMatchObject({ outcome: 'retry' })
  expect(await causeEvent(service, 'bob')).toMatchObject({ outcome: 'delivered' })
  const again = nextAttempt(isEvent)
  await pass(1_000)
  expect(await again).toMatchObject({ outcome: 'delivered', attempt: 2 })
  expect(standIn.events()).toHaveLength(2)
})

test('stopping lets what is under way land and be settled; the next start sends nothing again', async () => {
  const service = await openService()
  const { standIn, send, start, stop, pass, deliveries } = service
  await introduce(service, 'ada')
  const stopped = new Promise<void>(resolve => {
    // The platform has recorded the event and not answered yet.
    const forget = standIn.onChange(() => {
      forget()
      void stop().then(resolve)
    })
  })
  await send(added('ada'))
  await stopped
  await start()
  await pass(0)
  await expect.poll(() => deliveries('pending')).toEqual([])
  expect(standIn.requests().filter(({ path }) => path === '/api/events')).toHaveLength(1)
})

test('what was planned and not sent when it stopped is sent after the next start', async () => {
  const service = await openService()
  const { standIn, start, stop, nextAttempt } = service
  await introduce(service, 'ada')
  standIn.fail({ kind: 'status', status: 500 }, EVENTS)
  await causeEvent(service, 'ada')
  await stop()
  const again = nextAttempt(isEvent)
  await start()
  await service.pass(1_000)
  expect(await again).toMatchObject({ outcome: 'delivered', attempt: 2 })
  expect(standIn.events()).toHaveLength(1)
})
