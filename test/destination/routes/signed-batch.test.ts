import { gzipSync } from 'node:zlib'
import express from 'express'
import { expect, onTestFinished, test } from 'vitest'
import type { IntakeDeps } from '../../../src/destination/routes/accept.ts'
import { createLimits } from '../../../src/destination/routes/limits.ts'
import { createReplayGuard } from '../../../src/destination/routes/replay-guard.ts'
import { MAX_WEBHOOK_BYTES } from '../../../src/destination/routes/segment.ts'
import { createSignedBatchRoute } from '../../../src/destination/routes/signed-batch.ts'
import { createTurns } from '../../../src/destination/routes/turns.ts'
import { listening, NOW, portOf, type Service, startService } from './service.ts'
import { type BatchKey, signedHeaders } from './sign-batch.ts'

const OLD: BatchKey = { id: 'spring', secret: 'spring-secret-0123456789' }
const NEW: BatchKey = { id: 'autumn', secret: 'autumn-secret:0123456789' }
const settings = { writeKeys: [], signingKeys: [OLD, NEW] }
const FIRST = { type: 'track', event: 'Bought “fig”', userId: 'u', messageId: 'm-1' }
const DELETION = { type: 'delete', userId: 'u', messageId: 'm-2', context: [] }
const BATCH = JSON.stringify({ batch: [FIRST, DELETION] })

const started = (deps: Partial<IntakeDeps> = {}) => startService({ settings, ...deps })

function send(
  service: Service,
  body: string | Uint8Array<ArrayBuffer>,
  { key = OLD, at = NOW, headers = {} }: { key?: BatchKey; at?: number; headers?: Record<string, string> } = {},
): Promise<Response> {
  return service.post('/segment/batch', body, { ...signedHeaders(body, key, at), ...headers })
}

async function outcome(response: Response): Promise<readonly [status: number, code: string]> {
  const { success, error } = await response.json()
  expect(success).toBe(false)
  expect(error.message).toMatch(/\. [A-Z].*\./)
  return [response.status, error.code]
}

test('a signed batch is kept, deletions too, and answered event by event', async () => {
  const service = await started()
  const response = await send(service, BATCH)
  expect([response.status, await response.json()]).toEqual([200, { success: true, accepted: 2, statuses: [200, 200] }])
  expect((await service.messages()).map(({ type, messageId }) => [type, messageId])).toEqual([
    ['track', 'm-1'],
    ['delete', 'm-2'],
  ])
  const [logged] = await service.log.read(0, 1)
  expect(Buffer.from(logged?.body ?? []).toString()).toBe(BATCH)
  expect(service.events).toMatchObject([{ kind: 'request accepted', call: 'signed_batch', accepted: 2, rejected: 0 }])
})

test('what is refused of a batch is told by its place, and the rest is acted on', async () => {
  const service = await started()
  const body = JSON.stringify({ batch: [FIRST, { ...FIRST, messageId: 'm-3', userId: null }, 5, DELETION] })
  expect(await (await send(service, body)).json()).toEqual({
    success: true,
    accepted: 2,
    statuses: [200, 400, 400, 200],
    errors: [
      { index: 1, message_id: 'm-3', reason: 'userId, anonymousId: found neither, expected at least one' },
      { index: 2, reason: 'message: found a number, expected an object' },
    ],
  })
  expect((await service.log.quarantine(10)).map(({ index }) => index)).toEqual([1, 2])
})

test('of many refused events each has its status, the first few their reason, and the others are counted', async () => {
  const service = await started()
  const body = JSON.stringify({ batch: new Array(4_000).fill({ ...FIRST, userId: 'x'.repeat(256) }) })
  const text = await (await send(service, body)).text()
  const { accepted, statuses, errors, more } = JSON.parse(text)
  expect([accepted, new Set(statuses), statuses.length]).toEqual([0, new Set([400]), 4_000])
  expect(errors.length).toBeGreaterThan(0)
  expect(errors.length + more).toBe(4_000)
  expect(text.length).toBeLessThan(17_000)
})

test('an empty batch is how a sender tests the connection, as often as it likes', async () => {
  const service = await started()
  for (let times = 0; times < 2; times++) {
    const response = await send(service, '{"batch":[]}')
    expect([response.status, await response.json()]).toEqual([200, { success: true, accepted: 0, statuses: [] }])
  }
  expect(service.log.head()).toBe(0)
})

test('while keys change over, either is taken', async () => {
  const service = await started()
  expect((await send(service, BATCH, { key: OLD })).status).toBe(200)
  expect((await send(service, BATCH, { key: NEW })).status).toBe(200)
})

test.each([
  ['another key', { key: { ...OLD, id: 'winter' } }, 'unknown_signing_key'],
  ['a key that every object has', { key: { ...OLD, id: 'constructor' } }, 'unknown_signing_key'],
  ['another secret', { key: { ...OLD, secret: NEW.secret } }, 'batch_forged'],
  ['the id of another key', { headers: { 'x-inkling-key-id': NEW.id } }, 'batch_forged'],
  ['another timestamp', { headers: { 'x-inkling-timestamp': String(NOW / 1_000 + 1) } }, 'batch_forged'],
  ['a timestamp that is no number', { headers: { 'x-inkling-timestamp': 'now' } }, 'batch_forged'],
  ['a signature of another version', { headers: { 'x-inkling-signature': `v2=${'0'.repeat(64)}` } }, 'batch_forged'],
  ['a signature cut short', { headers: { 'x-inkling-signature': `v1=${'0'.repeat(63)}` } }, 'batch_forged'],
  ['a time five minutes and a second ago', { at: NOW - 301_000 }, 'batch_stale'],
  ['a time in five minutes and a second', { at: NOW + 301_000 }, 'batch_stale'],
])('a batch signed with %s is refused', async (_, how, code) => {
  const service = await started()
  expect(await outcome(await send(service, BATCH, how))).toEqual([401, code])
  expect(service.log.head()).toBe(0)
  expect(service.events).toEqual([{ kind: 'request refused', status: 401, code }])
})

test.each(['x-inkling-key-id', 'x-inkling-timestamp', 'x-inkling-signature'])(
  'a batch without %s is refused, from this machine too',
  async missing => {
    const service = await started()
    const { [missing]: _left, ...headers } = signedHeaders(BATCH, OLD, NOW)
    expect(await outcome(await service.post('/segment/batch', BATCH, headers))).toEqual([401, 'batch_unsigned'])
  },
)

test('clocks may be five minutes apart', async () => {
  const service = await started()
  for (const at of [NOW - 300_000, NOW + 300_000]) expect((await send(service, BATCH, { at })).status).toBe(200)
})

test('an altered byte is refused, whatever the body says', async () => {
  const service = await started()
  const headers = signedHeaders(BATCH, OLD, NOW)
  const altered = BATCH.replace('m-1', 'm-7')
  expect(await outcome(await service.post('/segment/batch', altered, headers))).toEqual([401, 'batch_forged'])
  expect(await outcome(await service.post('/segment/batch', `${BATCH} `, headers))).toEqual([401, 'batch_forged'])
})

test('a signature is taken once, and the same batch signed a second later again', async () => {
  const service = await started()
  expect((await send(service, BATCH)).status).toBe(200)
  expect(await outcome(await send(service, BATCH))).toEqual([409, 'batch_repeated'])
  expect((await send(service, BATCH, { at: NOW + 1_000 })).status).toBe(200)
  expect(service.log.head()).toBe(2)
})

test('a signature that arrives twice at the same moment is taken once', async () => {
  const service = await started()
  const answers = await Promise.all(Array.from({ length: 8 }, () => send(service, BATCH)))
  expect(answers.map(({ status }) => status).sort()).toEqual([200, ...new Array(7).fill(409)])
  expect(service.log.head()).toBe(1)
})

test('when no more signatures can be remembered, a genuine batch is put off and not taken', async () => {
  const kept: unknown[] = []
  const deps: IntakeDeps = {
    ...{ settings, now: () => NOW, overloaded: () => false, onEvent: () => undefined },
    append: async entry => kept.push(entry),
    limits: createLimits({ perAddress: 0, perKey: 0, trustedProxies: 0 }),
    turns: createTurns(Date.now, () => false),
  }
  const app = express().post('/segment/batch', createSignedBatchRoute(deps, createReplayGuard(1)))
  const server = await listening(app.listen(0, '127.0.0.1'))
  onTestFinished(() => void server.close())
  const post = (at: number) =>
    fetch(`http://127.0.0.1:${portOf(server)}/segment/batch`, {
      ...{ method: 'POST', body: BATCH, headers: { connection: 'close', ...signedHeaders(BATCH, OLD, at) } },
    })
  expect((await post(NOW)).status).toBe(200)
  const second = await post(NOW + 1_000)
  expect(second.headers.get('retry-after')).toBe('5')
  expect(await outcome(second)).toEqual([503, 'replay_guard_full'])
  expect(await outcome(await post(NOW))).toEqual([409, 'batch_repeated'])
  expect(kept).toHaveLength(1)
})

test('what could not be kept may be sent again as it was signed', async () => {
  let fails = true
  const append = () => (fails ? Promise.reject(new Error('disk full')) : Promise.resolve(1))
  const service = await started({ append })
  const first = await send(service, BATCH)
  expect(first.headers.get('retry-after')).toBe('5')
  expect(await outcome(first)).toEqual([503, 'not_stored'])
  fails = false
  expect((await send(service, BATCH)).status).toBe(200)
})

test('a slow sender cannot wait until its signature is forgotten', async () => {
  // The request begins when its timestamp is just recent enough; once its body is there, it no longer is.
  let now = NOW
  const begun = Promise.withResolvers<void>()
  const overloaded = () => {
    if (now > NOW) begun.resolve()
    return false
  }
  const service = await started({ now: () => now, overloaded })
  expect((await send(service, BATCH)).status).toBe(200)
  now = NOW + 300_000
  const late = new ReadableStream<Uint8Array>({
    async start(controller) {
      controller.enqueue(Buffer.from(BATCH.slice(0, 10)))
      await begun.promise
      now = NOW + 300_001
      controller.enqueue(Buffer.from(BATCH.slice(10)))
      controller.close()
    },
  })
  const request: RequestInit & { duplex: 'half' } = {
    ...{ method: 'POST', duplex: 'half' },
    headers: signedHeaders(BATCH, OLD, NOW),
    body: late,
  }
  expect(await outcome(await fetch(`${service.url}/segment/batch`, request))).toEqual([401, 'batch_stale'])
})

test('packed with gzip, the signature is over what was packed', async () => {
  const service = await started()
  const headers = { ...signedHeaders(BATCH, OLD, NOW), 'content-encoding': 'gzip' }
  expect((await service.post('/segment/batch', gzipSync(BATCH), headers)).status).toBe(200)
  expect(await service.messages()).toHaveLength(2)
  const overPacked = { ...signedHeaders(gzipSync(BATCH), OLD, NOW + 1_000), 'content-encoding': 'gzip' }
  expect(await outcome(await service.post('/segment/batch', gzipSync(BATCH), overPacked))).toEqual([
    401,
    'batch_forged',
  ])
})

test.each([
  ['no JSON', '{"batch":['],
  ['an array', '[]'],
  ['null', 'null'],
  ['an object without a batch', '{}'],
  ['a batch that is an object', '{"batch":{}}'],
  ['more events than one request may have', JSON.stringify({ batch: new Array(10_001).fill(1) })],
])('a genuine body that is %s is refused', async (_, body) => {
  const service = await started()
  expect(await outcome(await send(service, body))).toEqual([400, 'not_json'])
  expect(service.log.head()).toBe(0)
})

test('5 MB are taken and a byte more is not', async () => {
  const service = await started()
  const full = BATCH.padEnd(MAX_WEBHOOK_BYTES - Buffer.byteLength(BATCH) + BATCH.length, ' ')
  expect((await send(service, full)).status).toBe(200)
  expect(await outcome(await send(service, `${full} `))).toEqual([413, 'too_large'])
})

test('above the backlog bound a sender is told when to come back', async () => {
  const service = await started({ overloaded: () => true })
  const response = await send(service, BATCH)
  expect(response.headers.get('retry-after')).toBe('5')
  expect(await outcome(response)).toEqual([503, 'overloaded'])
})

test('without keys this machine may send unsigned, and a proxy on it may not', async () => {
  const service = await startService()
  for (let times = 0; times < 2; times++) expect((await service.post('/segment/batch', BATCH)).status).toBe(200)
  const forwarded = await service.post('/segment/batch', BATCH, { 'x-forwarded-for': '127.0.0.1' })
  expect(await outcome(forwarded)).toEqual([401, 'no_signing_keys'])
})
