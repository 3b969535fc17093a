/** Webhooks (Actions): an event by itself, or an array of which Segment signs the first; a coming Segment signs it all. */
import { expect, test } from 'vitest'
import { areCapturesHere, replay } from '../../destination/routes/captured.ts'
import { additions, capturesOf, openFedService, webhookSignature } from './fed-service.ts'

const HEADERS = { 'user-agent': 'Segment (Actions)', 'x-source': 'web' }
const [first, second, third] = additions(3, 'ada')

test.each([
  ['an event by itself, signed as a whole', first, first, 1],
  ['a batch of one, its event signed', [first], first, 1],
  ['a batch, its first event signed', [first, second, third], first, 3],
  ['a batch, signed as a whole', [first, second, third], [first, second, third], 3],
])('%s is taken, and each event counts', async (_, body, signed, pieces) => {
  const service = await openFedService()
  const response = await service.post('/segment', JSON.stringify(body), { ...HEADERS, ...webhookSignature(signed) })
  expect([response.status, await response.text()]).toEqual([200, '{"success":true}'])
  expect(await service.piecesOf('ada')).toBe(pieces)
})

test.each([
  ['another secret', webhookSignature(first, 'another')],
  ['its second event signed', webhookSignature(second)],
  ['no signature', {}],
])('a batch with %s is refused, and nobody becomes known', async (_, headers) => {
  const service = await openFedService()
  const response = await service.post('/segment', JSON.stringify([first, second]), headers)
  expect(response.status).toBe(401)
  expect(await service.person('ada')).toBeUndefined()
})

test('of a batch, what cannot be read is named, and the rest counts', async () => {
  const service = await openFedService()
  const body = [first, { ...second, event: '' }, third]
  const response = await service.post('/segment', JSON.stringify(body), webhookSignature(body))
  expect(await response.json()).toMatchObject({ success: true, accepted: 2, rejected: [{ index: 1 }] })
  expect(await service.piecesOf('ada')).toBe(2)
  expect(service.events).toContainEqual({ kind: 'messages quarantined', count: 1 })
})

test('a setting that maps to null or nothing survives as Segment sends it', async () => {
  const service = await openFedService()
  const body = { ...first, anonymousId: null, properties: { product_id: 'fig', name: '', price: null }, context: null }
  const response = await service.post('/segment', JSON.stringify(body), webhookSignature(body))
  expect(response.status).toBe(200)
  expect(await service.piecesOf('ada')).toBe(1)
})

const CAPTURED = [...capturesOf('webhook-actions-single'), ...capturesOf('webhook-actions-batch')]

test.skipIf(!areCapturesHere)(
  'both requests of the real destination are there (skipped where ../shared/fixtures is absent)',
  () => {
    expect(CAPTURED).toHaveLength(2)
  },
)

test.each(CAPTURED)('$name, byte for byte, is somebody who viewed a product', async captured => {
  const service = await openFedService()
  expect(await replay(service.url, captured)).toMatchObject({ status: 200, body: '{"success":true}' })
  expect(await service.person('user-1')).toMatchObject({
    identifiers: { userId: 'user-1', anonymousId: 'a1a46272-a2eb-4049-b940-959f7199b1f7' },
    last_seen: '2026-11-21T00:51:42.897Z',
    traits: { inkling_last_product: 'p-1' },
  })
})
