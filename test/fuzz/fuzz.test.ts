/**
 * Some seconds of what `npm run bench:fuzz` does for a million requests. `FUZZ_SEED` runs the same again.
 */
import { randomInt } from 'node:crypto'
import { existsSync } from 'node:fs'
import { request as ask } from 'node:http'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { openLiveService } from '../support/live-service.ts'
import { createRandom } from '../support/random.ts'
import { mutate, SOUND } from './mutate.ts'
import { fuzz } from './run.ts'

const FIXTURES = '../shared/fixtures'
const seed = Number(process.env['FUZZ_SEED'] ?? randomInt(2 ** 31))

test(`whatever is sent is read or refused with a reason (FUZZ_SEED=${seed})`, async () => {
  const fixtures = existsSync(FIXTURES) ? { fixtures: FIXTURES } : {}
  const { messages, rejected, unreadable } = await fuzz({ seed, requests: 6_000, ...fixtures })
  // It means nothing if nearly everything is refused at the door.
  expect(Math.min(messages, rejected, unreadable)).toBeGreaterThan(300)
})

const PATHS = [
  '/segment',
  '/v1/t',
  '/v1/batch',
  '/v1/identify',
  '/segment/batch',
  '/v1/nothing',
  '/hooks/klaviyo',
  '/v1/m',
  '/api/forget',
  '/api/dead-letters/retry',
]
const HEADERS = [
  {},
  { 'content-type': 'text/plain' },
  { 'content-encoding': 'gzip' },
  { 'content-encoding': 'br' },
  { 'x-signature': 'f'.repeat(40) },
  { authorization: 'Basic %%%' },
  { authorization: `Bearer ${'x'.repeat(8_000)}` },
  { 'x-forwarded-for': '1.2.3.4,,,' },
  { origin: 'null', 'access-control-request-headers': 'a,,b\u00e9' },
  { expect: '100-continue' },
]

test(`over HTTP nothing is answered 5xx, and the next sender is served (FUZZ_SEED=${seed})`, async () => {
  const random = createRandom(seed)
  const { url } = await openLiveService({ environment: { REQUESTS_PER_ADDRESS: '0', REQUESTS_PER_KEY: '0' } })
  const statuses = new Map<number, number>()
  for (let sent = 0; sent < 800; sent += 1) {
    const body = mutate(random.pick(SOUND), random)
    const headers = random.pick(HEADERS)
    const packed =
      'content-encoding' in headers && random.chance(0.7)
        ? gzipSync(random.chance(0.1) ? Buffer.alloc(20_000_000) : body)
        : body
    const status = await post(url + random.pick(PATHS), packed, headers)
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
  }
  expect([...statuses.keys()].filter(status => status >= 500)).toEqual([])
  expect(statuses.get(200)).toBeGreaterThan(50)
  expect(statuses.get(400)).toBeGreaterThan(10)
  const good = JSON.stringify({ type: 'track', event: 'A', userId: 'u' })
  expect(await post(`${url}/segment`, Buffer.from(good), {})).toBe(200)
})

/** Not `fetch`, which sends no bad header. */
function post(url: string, body: Uint8Array, headers: object): Promise<number> {
  return new Promise((resolve, reject) => {
    try {
      const sent = ask(url, { method: 'POST', headers: { ...headers, 'content-length': body.length } }, response => {
        response.resume()
        response.on('end', () => resolve(response.statusCode ?? 0))
      })
      sent.on('error', reject)
      sent.end(body)
    } catch {
      // A header that cannot even be sent.
      resolve(0)
    }
  })
}
