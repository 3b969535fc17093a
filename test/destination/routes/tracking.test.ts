import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { NOW, startService } from './service.ts'

const settings = { writeKeys: ['web', 'server'] }
const CALL = { event: 'Bought', userId: 'u', messageId: 'm-1' }
const basic = (user: string) => ({ authorization: `Basic ${Buffer.from(user).toString('base64')}` })

test.each([
  ['track', 't', CALL],
  ['identify', 'i', { userId: 'u' }],
  ['page', 'p', { userId: 'u' }],
  ['screen', 's', { userId: 'u' }],
  ['group', 'g', { userId: 'u' }],
  ['alias', 'a', { userId: 'u', previousId: 'a' }],
])('/v1/%s and /v1/%s take the call of that name', async (long, short, call) => {
  const service = await startService({ settings })
  for (const path of [`/v1/${long}`, `/v1/${short}`]) {
    const response = await service.post(path, JSON.stringify(call), basic('web:'))
    expect([response.status, await response.json()]).toEqual([200, { success: true }])
  }
  expect((await service.messages()).map(({ type }) => type)).toEqual([long, long])
})

test.each(['/v1/batch', '/v1/b'])('%s takes a batch', async path => {
  const service = await startService({ settings })
  const body = JSON.stringify({ batch: [{ ...CALL, type: 'track' }], sentAt: new Date(NOW + 60_000) })
  expect((await service.post(path, body, basic('server:'))).status).toBe(200)
  expect(await service.messages()).toHaveLength(1)
})

test.each([
  ['by Basic auth with a colon', basic('web:'), {}],
  ['by Basic auth without a colon, as old libraries do', basic('web'), {}],
  ['by Basic auth with a password', basic('server:anything'), {}],
  ['in the body, as a beacon does', { 'content-type': 'text/plain;charset=UTF-8' }, { writeKey: 'web' }],
  ['in the body beside a token', { authorization: 'Bearer token' }, { writeKey: 'web' }],
  ['in the body beside an unknown one', basic('stale:'), { writeKey: 'web' }],
])('a write key is accepted %s', async (_, headers, members) => {
  const service = await startService({ settings })
  expect((await service.post('/v1/t', JSON.stringify({ ...CALL, ...members }), headers)).status).toBe(200)
})

test('a write key is accepted on the first message of a batch', async () => {
  const service = await startService({ settings })
  const body = { batch: [{ ...CALL, type: 'track', writeKey: 'web' }] }
  expect((await service.post('/v1/b', JSON.stringify(body))).status).toBe(200)
})

test.each([
  ['unknown', basic('other:'), CALL],
  ['missing', {}, CALL],
  ['empty', basic(':'), { ...CALL, writeKey: '' }],
  ['not text', {}, { ...CALL, writeKey: ['web'] }],
])('a write key that is %s is refused', async (_, headers, body) => {
  const service = await startService({ settings })
  const response = await service.post('/v1/track', JSON.stringify(body), headers)
  const reply = await response.json()
  expect([response.status, reply.success, reply.error.code]).toEqual([401, false, 'unknown_write_key'])
  expect(reply.error.message).toContain('SEGMENT_WRITE_KEYS')
  expect(service.log.head()).toBe(0)
})

test('an unknown sender of a body that is no JSON is told about the key, not about the body', async () => {
  const service = await startService({ settings })
  expect((await service.post('/v1/track', 'nonsense')).status).toBe(401)
})

test('without write keys this machine may send with any or none, and a proxy on it may not', async () => {
  const service = await startService()
  expect((await service.post('/v1/t', JSON.stringify(CALL))).status).toBe(200)
  const response = await service.post('/v1/t', JSON.stringify(CALL), {
    ...basic('any:'),
    'x-forwarded-for': '203.0.113.7',
  })
  expect([response.status, (await response.json()).error.code]).toEqual([401, 'no_write_keys'])
})

test('what analytics.js measures of itself is accepted and dropped', async () => {
  const service = await startService({ settings })
  const response = await service.post('/v1/m', '{"series":[]}')
  expect([response.status, await response.json()]).toEqual([200, { success: true }])
  expect(service.log.head()).toBe(0)
})

test('a gzipped body is unpacked before it is kept', async () => {
  const service = await startService({ settings })
  const text = JSON.stringify(CALL)
  const response = await service.post('/v1/track', gzipSync(text), { ...basic('web:'), 'content-encoding': 'gzip' })
  expect(response.status).toBe(200)
  const [logged] = await service.log.read(0, 1)
  expect(Buffer.from(logged?.body ?? []).toString()).toBe(text)
})
