/** Signed batches, as the catalog's destination, the function and senders of one's own send them. */
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { addition, additions, batchSignature, type FedService, KEY, openFedService } from './fed-service.ts'

const NEXT = { id: 'next', secret: 'another-secret-of-some-length' }
const batchOf = (...events: readonly unknown[]) => JSON.stringify({ batch: events })

function send(service: FedService, body: string, how: Parameters<typeof batchSignature>[1] = {}): Promise<Response> {
  return service.post('/segment/batch', body, batchSignature(body, how))
}

test('a mixed batch is answered event by event, and what is good of it counts', async () => {
  const service = await openFedService()
  const [first, second] = additions(2, 'ada')
  const body = batchOf(
    first,
    { ...second, userId: undefined },
    { type: 'identify', userId: 'ada', traits: { email: 'ada@example.com' } },
    'no event',
    second,
  )
  const response = await send(service, body)
  expect([response.status, await response.json()]).toEqual([
    200,
    {
      success: true,
      accepted: 3,
      statuses: [200, 400, 200, 400, 200],
      errors: [
        { index: 1, message_id: 'ajs-next-ada-1', reason: expect.stringContaining('userId') },
        { index: 3, reason: expect.stringContaining('an object') },
      ],
    },
  ])
  const ada = await service.person('ada@example.com')
  expect(ada?.traits['inkling_cart_item_count']).toBe(2)
  expect(service.events).toContainEqual({ kind: 'messages quarantined', count: 2 })
})

test('it may be packed', async () => {
  const service = await openFedService()
  const body = batchOf(...additions(500, 'ada'))
  const headers = { ...batchSignature(body), 'content-encoding': 'gzip' }
  expect((await service.post('/segment/batch', gzipSync(body), headers)).status).toBe(200)
  expect(await service.piecesOf('ada')).toBe(500)
})

test('an empty batch says that address and key are right', async () => {
  const service = await openFedService()
  const response = await send(service, batchOf())
  expect([response.status, await response.json()]).toEqual([200, { success: true, accepted: 0, statuses: [] }])
  const wrong = await send(service, batchOf(), { key: { ...KEY, secret: NEXT.secret } })
  expect([wrong.status, await wrong.json()]).toMatchObject([401, { error: { code: 'batch_forged' } }])
})

test('keys change over without an event lost: both, then the new one alone', async () => {
  const both = await openFedService({ SIGNING_KEYS: `${KEY.id}:${KEY.secret}, ${NEXT.id}:${NEXT.secret}` })
  expect((await send(both, batchOf(addition(1, 'ada')))).status).toBe(200)
  expect((await send(both, batchOf(addition(2, 'ada')), { key: NEXT })).status).toBe(200)
  expect(await both.piecesOf('ada')).toBe(2)
  const after = await openFedService({ SIGNING_KEYS: `${NEXT.id}:${NEXT.secret}` })
  const old = await send(after, batchOf(addition(3, 'ada')))
  expect([old.status, await old.json()]).toMatchObject([401, { error: { code: 'unknown_signing_key' } }])
  expect((await send(after, batchOf(addition(3, 'ada')), { key: NEXT })).status).toBe(200)
})

test('one request heard on the way and sent again changes nothing', async () => {
  const service = await openFedService()
  const body = batchOf(addition(1, 'ada'), { ...addition(2, 'ada'), messageId: undefined })
  expect((await send(service, body)).status).toBe(200)
  expect((await send(service, body)).status).toBe(409)
  expect(await service.piecesOf('ada')).toBe(2)
})

test('a retry is signed anew, and what has a messageId counts once', async () => {
  const service = await openFedService()
  const body = batchOf(...additions(3, 'ada'))
  for (const laterS of [0, 1, 300, -300]) expect((await send(service, body, { laterS })).status).toBe(200)
  expect(await service.piecesOf('ada')).toBe(3)
})

test('the key of the webhook and a write key open nothing here', async () => {
  const service = await openFedService({ SEGMENT_WRITE_KEYS: 'web' })
  const body = batchOf(addition(1, 'ada'))
  const basic = { authorization: `Basic ${Buffer.from('web:').toString('base64')}` }
  for (const headers of [basic, { 'x-signature': '0'.repeat(40) }])
    expect((await service.post('/segment/batch', body, headers)).status).toBe(401)
  expect(await service.person('ada')).toBeUndefined()
})
