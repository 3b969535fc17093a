import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { type Service, startService } from './service.ts'

const SECRET = 'shared'
const settings = { writeKeys: [], sharedSecret: SECRET }
const FIRST = { type: 'track', event: 'Bought "}{" \\', userId: 'u', messageId: 'm-1', properties: { a: { b: {} } } }
const SECOND = { ...FIRST, messageId: 'm-2' }

function sign(value: unknown): string {
  return createHmac('sha1', SECRET)
    .update(typeof value === 'string' ? value : JSON.stringify(value))
    .digest('hex')
}

function post(service: Service, body: unknown, signature: string): Promise<Response> {
  return service.post('/segment', typeof body === 'string' ? body : JSON.stringify(body), { 'x-signature': signature })
}

async function errorCode(response: Response): Promise<string> {
  const { success, error } = await response.json()
  expect(success).toBe(false)
  expect(error.message).toMatch(/\. [A-Z].*\./)
  return error.code
}

test.each([
  ['one event, over its body', FIRST, sign(FIRST)],
  ['a batch, over its whole body', [FIRST, SECOND], sign([FIRST, SECOND])],
  ['a batch, over its first event', [FIRST, SECOND], sign(FIRST)],
  ['a wrapped batch, over its first event', [{ json: FIRST }, { json: SECOND }], sign(FIRST)],
  ['a wrapped batch, over its first element', [{ json: FIRST }], sign({ json: FIRST })],
])('a signature is accepted for %s', async (_, body, signature) => {
  const service = await startService({ settings })
  const response = await post(service, body, signature)
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({ success: true })
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
  expect(response.headers.get('x-powered-by')).toBeNull()
  expect(response.headers.get('etag')).toBeNull()
})

test.each([
  ['with another secret', [FIRST], createHmac('sha1', 'other').update(JSON.stringify(FIRST)).digest('hex')],
  ['in capitals', FIRST, sign(FIRST).toUpperCase()],
  ['cut short', FIRST, sign(FIRST).slice(0, 39)],
  ['given twice', FIRST, `${sign(FIRST)}, ${sign(FIRST)}`],
  ['over the second event of a batch', [SECOND, FIRST], sign(FIRST)],
  ['over the wrapped event of an element with more members', [{ json: FIRST, more: 1 }], sign(FIRST)],
  ['over an object that an array only seems to begin with', `[1,${JSON.stringify(FIRST)}]`, sign(FIRST)],
  ['over nothing, for a body that never ends', `[${JSON.stringify(FIRST).slice(0, -1)}`, sign('')],
])('a signature %s is refused', async (_, body, signature) => {
  const service = await startService({ settings })
  const response = await post(service, body, signature)
  expect(response.status).toBe(401)
  expect(await errorCode(response)).toBe('bad_signature')
  expect(service.log.head()).toBe(0)
  expect(service.events).toEqual([{ kind: 'request refused', status: 401, code: 'bad_signature' }])
})

test('an unsigned request is refused, from this machine too', async () => {
  const service = await startService({ settings })
  const response = await service.post('/segment', JSON.stringify(FIRST))
  expect([response.status, await errorCode(response)]).toEqual([401, 'no_signature'])
})

test('without a shared secret this machine may send, and a proxy on it may not', async () => {
  const service = await startService()
  expect((await service.post('/segment', JSON.stringify(FIRST))).status).toBe(200)
  for (const header of ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via', 'x-forwarded-proto', 'x-forwarded-host']) {
    const response = await service.post('/segment', JSON.stringify(FIRST), { [header]: '127.0.0.1' })
    expect([response.status, await errorCode(response)]).toEqual([401, 'no_shared_secret'])
  }
})

test('a batch with refused messages is kept whole and names them', async () => {
  const service = await startService()
  const body = JSON.stringify([FIRST, { ...FIRST, messageId: 'm-3', userId: null }, 5])
  const response = await service.post('/segment', body)
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({
    success: true,
    accepted: 1,
    rejected: [
      { index: 1, message_id: 'm-3', reason: 'userId, anonymousId: found neither, expected at least one' },
      { index: 2, reason: 'message: found a number, expected an object' },
    ],
  })
  expect((await service.messages()).map(({ messageId }) => messageId)).toEqual(['m-1'])
  expect((await service.log.quarantine(10)).map(({ position, index }) => [position, index])).toEqual([
    [1, 1],
    [1, 2],
  ])
  expect(service.events).toEqual([
    { kind: 'request accepted', call: 'webhook', accepted: 1, rejected: 2, bytes: body.length, tookMs: 0 },
  ])
})

test('a request in which every message is refused is kept too', async () => {
  const service = await startService()
  const response = await service.post('/segment', '{"type":"track","userId":"u"}')
  expect([response.status, await response.json()]).toMatchObject([
    200,
    { success: true, accepted: 0, rejected: [{ index: 0 }] },
  ])
  expect(await service.log.quarantine(10)).toHaveLength(1)
})

test('an empty batch succeeds and leaves nothing', async () => {
  const service = await startService()
  const response = await service.post('/segment', '[]')
  expect([response.status, await response.json()]).toEqual([200, { success: true }])
  expect(service.log.head()).toBe(0)
})

test('the reply stays below the 16 KB that Segment can read, and counts what it leaves out', async () => {
  const service = await startService()
  const response = await service.post('/segment', JSON.stringify(Array(1_000).fill({ messageId: 'm'.repeat(200) })))
  const text = await response.text()
  expect(text.length).toBeLessThan(16_384)
  const { rejected, more } = JSON.parse(text)
  expect(rejected.length + more).toBe(1_000)
  expect(await service.log.quarantine(2_000)).toHaveLength(1_000)
})
