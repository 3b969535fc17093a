import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { Router } from 'express'
import { expect, test } from 'vitest'
import type { EdgeEvent } from '../../../src/destination/routes/accept.ts'
import { MAX_WEBHOOK_BYTES } from '../../../src/destination/routes/segment.ts'
import { MAX_TRACKING_BYTES } from '../../../src/destination/routes/tracking.ts'
import { startService } from './service.ts'

const CALL = JSON.stringify({ event: 'Bought', userId: 'u' })

async function outcome(response: Response): Promise<{ status: number; code: string; retryAfter: string | null }> {
  const { success, error } = await response.json()
  expect(success).toBe(false)
  expect(error.message.length).toBeGreaterThan(20)
  return { status: response.status, code: error.code, retryAfter: response.headers.get('retry-after') }
}

/** A body of so many bytes, without naming its length beforehand. */
function streamOf(bytes: number): BodyInit {
  let left = bytes
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(new Uint8Array(Math.min(left, 65_536)).fill(0x20))
      left -= 65_536
      if (left <= 0) controller.close()
    },
  })
}

test.each(['/segment', '/v1/track', '/v1/batch'])(
  'a body at %s that is no call is refused without repeating it',
  async path => {
    const service = await startService()
    for (const body of ['<script>alert(1)</script>', '', '5', '{"a":', '\ud800\u0000']) {
      const response = await service.post(path, body)
      const text = await response.clone().text()
      expect(text).not.toContain('script')
      expect(await outcome(response)).toMatchObject({ status: 400, code: 'not_json' })
    }
    expect(service.log.head()).toBe(0)
  },
)

test.each([
  ['/segment', MAX_WEBHOOK_BYTES],
  ['/v1/batch', MAX_TRACKING_BYTES],
])('a body at %s of more than %i bytes is refused, announced or not, packed or not', async (path, limit) => {
  const service = await startService()
  const padded = CALL.padEnd(limit, ' ')
  expect((await service.post(path, path === '/segment' ? padded : '{"batch":[]}'.padEnd(limit, ' '))).status).toBe(200)
  expect(await outcome(await service.post(path, `${padded} `))).toMatchObject({ status: 413, code: 'too_large' })
  const stream: RequestInit & { duplex: 'half' } = { method: 'POST', body: streamOf(limit + 1), duplex: 'half' }
  expect(await outcome(await fetch(service.url + path, stream))).toMatchObject({ status: 413, code: 'too_large' })
  const bomb = gzipSync(Buffer.alloc(limit * 10))
  expect(bomb.length).toBeLessThan(limit)
  const unpacked = await service.post(path, bomb, { 'content-encoding': 'gzip' })
  expect(await outcome(unpacked)).toMatchObject({ status: 413, code: 'too_large' })
})

test('a broken gzip and another encoding are refused with what to send instead', async () => {
  const service = await startService()
  const broken = gzipSync(CALL).subarray(0, 12)
  expect(await outcome(await service.post('/v1/track', broken, { 'content-encoding': 'gzip' }))).toMatchObject({
    status: 400,
    code: 'bad_encoding',
  })
  expect(await outcome(await service.post('/v1/track', CALL, { 'content-encoding': 'br' }))).toMatchObject({
    status: 415,
    code: 'unsupported_encoding',
  })
})

test('above the backlog bound senders are told when to come back, the libraries in the one way they heed', async () => {
  const service = await startService({ overloaded: () => true })
  expect(await outcome(await service.post('/segment', CALL))).toEqual({
    status: 503,
    code: 'overloaded',
    retryAfter: '5',
  })
  expect(await outcome(await service.post('/v1/t', CALL))).toEqual({ status: 429, code: 'slow_down', retryAfter: '5' })
  expect(service.log.head()).toBe(0)
})

test('what the log refuses is not acknowledged, and the operator learns why', async () => {
  const broken = new Error('disk full')
  const service = await startService({ append: () => Promise.reject(broken) })
  for (const path of ['/segment', '/v1/track']) {
    const body = JSON.stringify({ type: 'track', event: 'Bought', userId: 'u' })
    expect(await outcome(await service.post(path, body))).toEqual({ status: 503, code: 'not_stored', retryAfter: '5' })
  }
  expect(service.events.slice(0, 2)).toEqual([
    { kind: 'append failed', error: broken },
    { kind: 'request refused', status: 503, code: 'not_stored' },
  ])
})

test.each([
  ['GET', '/segment', 404],
  ['GET', '/v1/track', 404],
  ['POST', '/v1/unknown', 404],
  ['POST', '/v1/constructor', 404],
  ['GET', '/<script>', 404],
  ['GET', '/v1/projects/%E0%A4%A/settings', 400],
  ['POST', '/v1/%ff', 400],
])('%s %s is answered with JSON that repeats nothing', async (method, path, status) => {
  const service = await startService()
  const response = await fetch(service.url + path, { method })
  expect((await response.clone().text()).toLowerCase()).not.toMatch(/script|%/)
  expect((await outcome(response)).status).toBe(status)
  expect(response.headers.get('x-content-type-options')).toBe('nosniff')
})

test('the routes of the operator answer beside ours, without telling what serves them', async () => {
  const operations = Router()
  operations.get('/healthz', (_request, response) => {
    response.json({ live: true })
  })
  const service = await startService({}, operations)
  const response = await fetch(`${service.url}/healthz`)
  expect(await response.json()).toEqual({ live: true })
  expect([response.headers.get('etag'), response.headers.get('x-powered-by')]).toEqual([null, null])
})

test('a bug in what was handed in is a 500 without its message', async () => {
  const service = await startService({
    overloaded: () => {
      throw new Error('hunter2')
    },
  })
  const response = await service.post('/v1/t', CALL)
  expect(await response.clone().text()).not.toContain('hunter2')
  expect(await outcome(response)).toMatchObject({ status: 500, code: 'failed' })
  expect(service.events).toMatchObject([{ kind: 'request failed', error: { message: 'hunter2' } }])
})

test('a sender that hangs up midway leaves nothing but a note', async () => {
  const { promise, resolve } = Promise.withResolvers<EdgeEvent>()
  const service = await startService({ onEvent: resolve })
  const socket = connect(Number(new URL(service.url).port), '127.0.0.1')
  socket.write('POST /v1/t HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\nexpect: 100-continue\r\n\r\n{"event":')
  await new Promise(answered => socket.once('data', answered))
  socket.destroy()
  expect(await promise).toEqual({ kind: 'request aborted' })
  expect(service.log.head()).toBe(0)
})
