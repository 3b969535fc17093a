import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { addressOf, createLimits } from '../../../src/destination/routes/limits.ts'
import { openLiveService } from '../../support/live-service.ts'
import { startService } from './service.ts'

function from(address: string, headers: Readonly<Record<string, string>> = {}): IncomingMessage {
  const socket = new Socket()
  Object.defineProperty(socket, 'remoteAddress', { value: address })
  const request = new IncomingMessage(socket)
  Object.assign(request.headers, headers)
  return request
}

test('an address may ask five seconds\u2019 worth at once, and then at its rate; others are not concerned', () => {
  const limits = createLimits({ perAddress: 10, perKey: 0, trustedProxies: 0 })
  const asked = (now: number, address = '192.0.2.1') =>
    Array.from({ length: 60 }, () => limits.isTooFast(from(address), now)).filter(isTooFast => !isTooFast).length
  expect(asked(0)).toBe(50)
  expect(asked(0, '192.0.2.2')).toBe(50)
  expect(asked(1_000)).toBe(10)
  // A clock set back gives nothing away.
  expect(asked(0)).toBe(0)
  expect(asked(60_000)).toBe(50)
})

test('all addresses of an IPv6 network are one sender, a mapped one is its IPv4', () => {
  expect(addressOf(from('2001:db8:1:2:3::1'), 0)).toBe(addressOf(from('2001:db8:1:2:ffff:1:2:3'), 0))
  expect(addressOf(from('2001:db8::1'), 0)).toBe('2001:db8:0:0')
  expect(addressOf(from('::ffff:192.0.2.1'), 0)).toBe('192.0.2.1')
})

test('behind a proxy nobody has told us of, nobody is told apart; behind those of ours, only they are believed', () => {
  const forwarded = { 'x-forwarded-for': '198.51.100.9, 203.0.113.7, 10.0.0.2' }
  expect(addressOf(from('127.0.0.1', forwarded), 0)).toBeUndefined()
  expect(addressOf(from('127.0.0.1', forwarded), 1)).toBe('10.0.0.2')
  expect(addressOf(from('127.0.0.1', forwarded), 2)).toBe('203.0.113.7')
  expect(addressOf(from('127.0.0.1'), 1)).toBeUndefined()
})

test('of ever new addresses only the latest 50,000 are remembered', () => {
  const limits = createLimits({ perAddress: 1, perKey: 0, trustedProxies: 0 })
  const ask = (address: string) => limits.isTooFast(from(address), 0)
  const askFrom = (first: number, last: number) => {
    for (let other = first; other < last; other += 1) ask(`10.${other >> 16}.${(other >> 8) & 255}.${other & 255}`)
  }
  for (let spent = 0; spent < 5; spent += 1) expect(ask('192.0.2.1')).toBe(false)
  askFrom(0, 49_000)
  expect(ask('192.0.2.1')).toBe(true)
  // Let go: it may begin anew, which is what bounded memory costs.
  askFrom(49_000, 51_000)
  expect(ask('192.0.2.1')).toBe(false)
})

test('bodies share a bounded room, and give it back', () => {
  const limits = createLimits({ perAddress: 0, perKey: 0, trustedProxies: 0 })
  const most = 256 * 1024 * 1024
  expect([limits.reserve(most), limits.reserve(1)]).toEqual([true, false])
  limits.release(most)
  expect(limits.reserve(1)).toBe(true)
})

const CALL = JSON.stringify({ type: 'track', event: 'A', userId: 'u', writeKey: 'key' })

test('the tracking API answers 429 with Retry-After to one that is too fast, and Segment\u2019s webhook never', async () => {
  const limits = createLimits({ perAddress: 1, perKey: 0, trustedProxies: 0 })
  const service = await startService({ limits, settings: { writeKeys: ['key'] } })
  const statuses: number[] = []
  for (let sent = 0; sent < 7; sent += 1) statuses.push((await service.post('/v1/t', CALL)).status)
  expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429])
  const refused = await service.post('/v1/t', CALL)
  expect([refused.headers.get('retry-after'), (await refused.json()).error.code]).toEqual(['5', 'too_fast'])
  expect((await service.post('/segment', CALL)).status).toBe(200)
})

test('the tracking API answers 429 to a write key that is used too fast, from wherever; another key is not concerned', async () => {
  const limits = createLimits({ perAddress: 0, perKey: 1, trustedProxies: 0 })
  const service = await startService({ limits, settings: { writeKeys: ['key', 'other'] } })
  const post = (writeKey: string) =>
    service.post('/v1/t', JSON.stringify({ type: 'track', event: 'A', userId: 'u', writeKey }))
  const statuses: number[] = []
  for (let sent = 0; sent < 7; sent += 1) statuses.push((await post('key')).status)
  expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429])
  const refused = await post('key')
  expect([refused.headers.get('retry-after'), (await refused.json()).error.code]).toEqual(['5', 'key_too_fast'])
  // In the header it is the same key.
  const shown = { authorization: `Basic ${Buffer.from('key:').toString('base64')}` }
  expect((await service.post('/v1/t', CALL, shown)).status).toBe(429)
  expect([(await post('other')).status, (await post('nobody')).status]).toEqual([200, 401])
})

test('who guesses the operator\u2019s token is not listened to any more after sixty wrong ones, not even with the right one', async () => {
  const { url } = await openLiveService({ environment: { ADMIN_TOKEN: 'the-right-token-0123' } })
  const ask = async (token: string) =>
    (await fetch(`${url}/api/people`, { headers: { authorization: `Bearer ${token}` } })).status
  expect(await ask('the-right-token-0123')).toBe(200)
  const guesses = await Promise.all(Array.from({ length: 70 }, (_, index) => ask(`guess-${index}`)))
  expect(guesses.filter(status => status === 401).length).toBeGreaterThanOrEqual(60)
  expect(guesses.filter(status => status === 429).length).toBeGreaterThan(0)
  expect(await ask('the-right-token-0123')).toBe(429)
})
