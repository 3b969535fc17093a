/** Straight from Segment's libraries: the tracking API, with a write key and without Segment between. */
import { Analytics } from '@segment/analytics-node'
import { expect, test } from 'vitest'
import { areCapturesHere, replay } from '../../destination/routes/captured.ts'
import { additions, capturesOf, openFedService } from './fed-service.ts'

const KEYS = { SEGMENT_WRITE_KEYS: 'WK,TESTWRITEKEY' }
const PIECE = { product_id: 'fig', name: 'Fig', price: 35 }

test('the real server library delivers, and each event counts', async () => {
  const service = await openFedService(KEYS)
  const analytics = new Analytics({ writeKey: 'WK', host: service.url, flushAt: 50 })
  analytics.identify({ userId: 'ada', traits: { email: 'ada@example.com' } })
  for (let piece = 0; piece < 25; piece++) analytics.track({ userId: 'ada', event: 'Product Added', properties: PIECE })
  await analytics.closeAndFlush()
  expect(await service.piecesOf('ada@example.com')).toBe(25)
})

test('each call of its own path is about the same person', async () => {
  const service = await openFedService(KEYS)
  const send = (path: string, call: object) =>
    service.post(path, JSON.stringify({ ...call, writeKey: 'WK', messageId: path }))
  const answers = [
    await send('/v1/page', {
      anonymousId: 'anonymous',
      properties: { title: 'Ferns', url: 'https://shop.example/ferns' },
    }),
    await send('/v1/track', { anonymousId: 'anonymous', event: 'Product Added', properties: PIECE }),
    await send('/v1/identify', { anonymousId: 'anonymous', userId: 'ada', traits: { email: 'ada@example.com' } }),
    await send('/v1/group', { userId: 'ada', groupId: 'acme' }),
    await send('/v1/screen', { userId: 'ada', name: 'Home' }),
    await send('/v1/alias', { previousId: 'earlier', userId: 'ada' }),
  ]
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200])
  expect(await service.person('anonymous')).toMatchObject({
    identifiers: { userId: 'ada', email: 'ada@example.com' },
    traits: { inkling_cart_item_count: 1 },
  })
})

test('a batch beyond the tracking API\u2019s 2,500 messages is refused, and one of them is taken', async () => {
  const service = await openFedService(KEYS)
  const small = (count: number) =>
    JSON.stringify({
      writeKey: 'WK',
      batch: additions(count, 'ada').map((_, number) => ({
        ...{ type: 'track', event: 'Product Added', userId: 'ada', messageId: `m-${number}`, properties: PIECE },
      })),
    })
  expect((await service.post('/v1/batch', small(2_501))).status).toBe(400)
  expect((await service.post('/v1/batch', small(2_500))).status).toBe(200)
  expect(await service.piecesOf('ada')).toBe(2_500)
})

test('an unknown write key is refused, in the header or the body', async () => {
  const service = await openFedService(KEYS)
  const body = JSON.stringify({ batch: additions(1, 'ada'), writeKey: 'other' })
  const basic = { authorization: `Basic ${Buffer.from('other:').toString('base64')}` }
  expect((await service.post('/v1/batch', body)).status).toBe(401)
  expect((await service.post('/v1/batch', body, basic)).status).toBe(401)
  expect(await service.person('ada')).toBeUndefined()
})

const BROWSER = capturesOf('analytics-next-standard')
const ONE_BY_ONE = [...BROWSER, ...capturesOf('analytics-next-batch-unload'), ...capturesOf('analytics-node-batch')]

test.skipIf(!areCapturesHere)(
  'a real visit, request for request as the browser sent it, is one person (skipped where ../shared/fixtures is absent)',
  async () => {
    const service = await openFedService(KEYS)
    expect(BROWSER.map(({ path }) => path)).toEqual(['/v1/i', '/v1/p', '/v1/t', '/v1/g', '/v1/a', '/v1/s'])
    for (const captured of BROWSER) expect(await replay(service.url, captured)).toMatchObject({ status: 200 })
    const [byUser, byBrowser] = [
      await service.person('user-1'),
      await service.person('a1a46272-a2eb-4049-b940-959f7199b1f7'),
    ]
    expect(byUser?.id).toBe(byBrowser?.id)
    expect(byUser?.traits).toMatchObject({ inkling_last_product: 'p-1' })
  },
)

test.each(ONE_BY_ONE)('$name, byte for byte, makes somebody known', async captured => {
  const service = await openFedService(KEYS)
  expect(await replay(service.url, captured)).toMatchObject({ status: 200, body: '{"success":true}' })
  const sent = [JSON.parse(captured.body)].flatMap(one => one.batch ?? one)
  for (const { userId, anonymousId } of sent)
    expect(await service.person(userId ?? anonymousId), `${userId} ${anonymousId}`).toBeDefined()
})
