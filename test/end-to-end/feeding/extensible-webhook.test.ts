/** Extensible Webhook: each event of a batch wrapped as `{"json": event}`, a bearer token, the first event signed bare. */
import { expect, test } from 'vitest'
import { areCapturesHere, replay } from '../../destination/routes/captured.ts'
import { additions, capturesOf, openFedService, webhookSignature } from './fed-service.ts'

const HEADERS = { 'user-agent': 'Segment (Actions)', authorization: 'Bearer of-anything' }
const [first, second] = additions(2, 'ada')
const WRAPPED = [{ json: first }, { json: second }]

test.each([
  ['its first event signed, unwrapped', WRAPPED, first, 2],
  ['its first element signed', WRAPPED, WRAPPED[0], 2],
  ['signed as a whole', WRAPPED, WRAPPED, 2],
  ['of one event', [{ json: first }], first, 1],
])('a wrapped batch, %s, is taken, and each event counts', async (_, body, signed, pieces) => {
  const service = await openFedService()
  const response = await service.post('/segment', JSON.stringify(body), { ...HEADERS, ...webhookSignature(signed) })
  expect([response.status, await response.text()]).toEqual([200, '{"success":true}'])
  expect(await service.piecesOf('ada')).toBe(pieces)
})

test('a single event comes without wrapping, and counts', async () => {
  const service = await openFedService()
  const response = await service.post('/segment', JSON.stringify(first), { ...HEADERS, ...webhookSignature(first) })
  expect(response.status).toBe(200)
  expect(await service.piecesOf('ada')).toBe(1)
})

test('a bearer token alone vouches for nothing', async () => {
  const service = await openFedService()
  expect((await service.post('/segment', JSON.stringify(WRAPPED), HEADERS)).status).toBe(401)
  expect(await service.person('ada')).toBeUndefined()
})

test('a form instead of JSON is refused with what to send', async () => {
  const service = await openFedService()
  const form = new URLSearchParams({ type: 'track', event: 'Product Added', userId: 'ada' }).toString()
  const headers = { ...webhookSignature(form), 'content-type': 'application/x-www-form-urlencoded' }
  const response = await service.post('/segment', form, headers)
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({ error: { message: expect.stringContaining('Send the JSON') } })
})

const CAPTURED = capturesOf('webhook-extensible-batch')

test.skipIf(!areCapturesHere)(
  'the request of the real destination is there (skipped where ../shared/fixtures is absent)',
  () => {
    expect(CAPTURED).toHaveLength(1)
  },
)

test.each(CAPTURED)('$name, byte for byte, is somebody who viewed a product', async captured => {
  const service = await openFedService()
  expect(await replay(service.url, captured)).toMatchObject({ status: 200, body: '{"success":true}' })
  expect(await service.person('user-1')).toMatchObject({ traits: { inkling_last_product: 'p-1' } })
})
