import { request as send } from 'node:http'
import { expect, test } from 'vitest'
import { type Service, startService } from './service.ts'

const settings = { writeKeys: ['web'] }
const ORIGIN = 'https://shop.example'

test('every reply to a page can be read by it, refusals too', async () => {
  const service = await startService({ settings })
  const call = JSON.stringify({ event: 'Bought', userId: 'u', writeKey: 'web' })
  for (const [body, status] of [
    [call, 200],
    ['{}', 401],
  ] as const) {
    const response = await service.post('/v1/t', body, { origin: ORIGIN })
    expect(response.status).toBe(status)
    expect(response.headers.get('access-control-allow-origin')).toBe(ORIGIN)
    expect(response.headers.get('access-control-allow-credentials')).toBe('true')
    expect(response.headers.get('access-control-expose-headers')).toBe('Retry-After')
    expect(response.headers.get('vary')).toContain('Origin')
  }
})

test('a preflight allows what every library sends and whatever else is asked for by a proper name', async () => {
  const service = await startService({ settings })
  const response = await fetch(`${service.url}/v1/t`, {
    method: 'OPTIONS',
    headers: { origin: ORIGIN, 'access-control-request-headers': 'X-Custom, content-type, b@d name' },
  })
  expect(response.status).toBe(204)
  expect(response.headers.get('access-control-allow-headers')).toBe(
    'authorization, content-type, x-retry-count, x-custom',
  )
  expect(response.headers.get('access-control-allow-methods')).toBe('POST, OPTIONS')
  expect(Number(response.headers.get('access-control-max-age'))).toBeGreaterThanOrEqual(7_200)
})

test('the webhook is not for pages', async () => {
  const service = await startService()
  const response = await service.post('/segment', '[]', { origin: ORIGIN })
  expect(response.headers.get('access-control-allow-origin')).toBeNull()
})

test('a source that exists has settings with which analytics.js starts and comes back here', async () => {
  const service = await startService({ settings })
  const response = await fetch(`${service.url}/v1/projects/web/settings`)
  expect(response.status).toBe(200)
  const document = await response.json()
  expect(document.integrations).toEqual({
    'Segment.io': expect.objectContaining({
      apiKey: 'web',
      apiHost: `${new URL(service.url).host}/v1`,
      protocol: 'http',
    }),
  })
  expect(document).toMatchObject({
    metrics: { sampleRate: 0 },
    remotePlugins: [],
    plan: { track: {}, identify: {}, group: {} },
  })
})

test('an unknown source has none, and without write keys only this machine may name one', async () => {
  const closed = await startService({ settings })
  const refused = await fetch(`${closed.url}/v1/projects/other/settings`)
  expect([refused.status, (await refused.json()).error.code]).toEqual([404, 'unknown_source'])
  const open = await startService()
  expect((await fetch(`${open.url}/v1/projects/any/settings`)).status).toBe(200)
  expect((await fetch(`${open.url}/v1/projects/%3Cb%3E/settings`)).status).toBe(404)
  expect((await fetch(`${open.url}/v1/projects/any/settings`, { headers: { via: 'proxy' } })).status).toBe(404)
})

/** `fetch` does not let a caller choose `Host`. */
function addressFor(service: Service, headers: Readonly<Record<string, string>>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const request = send(`${service.url}/v1/projects/web/settings`, { headers, agent: false }, async response => {
      const parts = await response.toArray()
      const { apiHost, protocol } = JSON.parse(Buffer.concat(parts).toString()).integrations['Segment.io']
      resolve(apiHost === undefined ? undefined : `${protocol}://${apiHost}`)
    })
    request.on('error', reject)
    request.end()
  })
}

test.each([
  [{ host: 'collect.example' }, 'http://collect.example/v1'],
  [
    { host: '127.0.0.1:8080', 'x-forwarded-host': 'collect.example', 'x-forwarded-proto': 'https' },
    'https://collect.example/v1',
  ],
  [{ host: 'collect.example', 'x-forwarded-for': '203.0.113.7' }, 'https://collect.example/v1'],
  [{ host: 'collect.example', 'x-forwarded-proto': 'http' }, 'http://collect.example/v1'],
  [{ host: 'localhost:8080', origin: 'http://localhost:3000' }, 'http://localhost:8080/v1'],
  [{ host: '[::1]:8080' }, 'http://[::1]:8080/v1'],
  [{ host: '127.0.0.1:8080', origin: ORIGIN }, undefined],
  [{ host: 'a/b"c' }, undefined],
])('a page asking with %o is sent to %s', async (headers, address) => {
  expect(await addressFor(await startService({ settings }), headers)).toBe(address)
})
