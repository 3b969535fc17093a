import { expect, test } from 'vitest'
import { areCapturesHere, type Captured, captures, replay } from './captured.ts'
import { NOW, type Service, startService } from './service.ts'

function started(captured: Captured): Promise<Service> {
  const { sharedSecret } = captured
  const settings = { writeKeys: ['WK', 'TESTWRITEKEY'], ...(sharedSecret === undefined ? {} : { sharedSecret }) }
  return startService({ settings })
}

const [posts, preflights] = [
  captures().filter(({ method }) => method === 'POST'),
  captures().filter(({ method }) => method === 'OPTIONS'),
]

test.skipIf(!areCapturesHere)('every kind of request was captured (skipped where ../shared/fixtures is absent)', () => {
  expect(posts.map(({ path }) => path).sort()).toEqual([
    '/segment',
    '/segment',
    '/segment',
    '/v1/a',
    '/v1/b',
    '/v1/batch',
    '/v1/g',
    '/v1/i',
    '/v1/p',
    '/v1/s',
    '/v1/t',
  ])
  expect(preflights).toHaveLength(1)
})

test.each(posts)('$name is accepted, and read back from the log as it was sent', async captured => {
  const service = await started(captured)
  expect(await replay(service.url, captured)).toMatchObject({ status: 200, body: '{"success":true}' })
  const [logged] = await service.log.read(0, 10)
  expect(Buffer.from(logged?.body ?? []).toString()).toBe(captured.body)
  const sent = [JSON.parse(captured.body)].flat().flatMap(one => one.batch ?? one.json ?? one)
  const read = await service.messages()
  expect(read.map(({ messageId, type }) => ({ messageId, type }))).toEqual(
    sent.map(({ messageId, type }: { messageId: string; type: string }) => ({ messageId, type })),
  )
  for (const one of read) expect(one.timestamp).toBeLessThanOrEqual(NOW)
})

test.each(posts.filter(({ sharedSecret }) => sharedSecret))(
  '$name is refused once its first event is tampered with',
  async captured => {
    const service = await started(captured)
    const body = captured.body.replace('Product Viewed', 'Product Bought')
    const headers = { ...captured.headers, 'content-length': String(Buffer.byteLength(body)) }
    expect(await replay(service.url, { ...captured, body, headers })).toMatchObject({ status: 401 })
    expect(service.log.head()).toBe(0)
  },
)

test.each(preflights)('$name is granted what analytics.js asks for', async captured => {
  const service = await started(captured)
  const { status, headers, body } = await replay(service.url, captured)
  expect({ status, body }).toEqual({ status: 204, body: '' })
  expect(headers).toMatchObject({
    'access-control-allow-origin': captured.headers.origin,
    'access-control-allow-methods': 'POST, OPTIONS',
    'access-control-allow-headers': 'authorization, content-type, x-retry-count',
  })
})
