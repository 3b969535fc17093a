/** What the Destination Function makes of answers that a running service does not give on request. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { transform } from 'esbuild'
import { expect, onTestFinished, test } from 'vitest'
import { FUNCTION, functionText } from '../../scripts/generate-function.ts'
import { listening, portOf } from '../destination/routes/service.ts'
import { type FunctionSettings, loadFunction } from './segment-function.ts'

const KEY = { keyId: 'segment', secret: 'a-secret-of-thirty-two-characters' }
const EVENT = { type: 'track', event: 'Product Viewed', messageId: 'm1', userId: 'ada' }

interface Asked {
  readonly path: string | undefined
  readonly events: number
}

/** A server that answers every request alike, and the settings that lead to it. */
async function answering(
  answer: (response: ServerResponse, events: readonly unknown[]) => void,
): Promise<{ readonly settings: FunctionSettings; readonly requests: readonly Asked[] }> {
  const requests: Asked[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = await request.toArray()
    const { batch } = JSON.parse(Buffer.concat(chunks).toString())
    requests.push({ path: request.url, events: batch.length })
    answer(response, batch)
  })
  await listening(server.listen(0, '127.0.0.1'))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise(closed => server.close(closed))
  })
  return { settings: { ...KEY, endpoint: `http://127.0.0.1:${portOf(server)}` }, requests }
}

const saying = (status: number, body: string, headers: Readonly<Record<string, string>> = {}) =>
  answering(response => response.writeHead(status, headers).end(body))

test('the function in the repository is what its script makes of the source', () => {
  expect(readFileSync(FUNCTION, 'utf8')).toBe(functionText())
})

test('the function uses nothing that Segment does not give it', async () => {
  const compiler = ['node_modules/typescript/bin/tsc', '-p', 'catalog/function']
  const { stdout } = await promisify(execFile)(process.execPath, compiler).catch(failed => failed)
  expect(stdout).toBe('')
})

test('the function uses no syntax that an older Node would not read', async () => {
  const text = readFileSync(FUNCTION, 'utf8')
  const [old, current] = await Promise.all([
    transform(text, { target: 'es2020' }),
    transform(text, { target: 'esnext' }),
  ])
  expect(old.code).toBe(current.code)
})

test.each([
  ['a redirect', 302, '', { location: 'https://elsewhere.example.com/' }, /leads to another one/],
  ['a page that is not there', 404, '<h1>Not found</h1>', {}, /not at this endpoint/],
  ['a proxy that lost the service', 502, '<h1>Bad gateway</h1>', {}, /^Inkling answered 502\.$/],
  ['a request that was taken before', 409, '{"error":{"message":"Taken."}}', {}, /^Inkling answered 409\. Taken\.$/],
  ['a service that is busy', 429, '{}', {}, /^Inkling answered 429\.$/],
  ['a page of another service', 200, '<h1>Welcome</h1>', {}, /is not Inkling/],
  ['an answer to other events', 200, '{"statuses":[200,200]}', {}, /is not Inkling/],
])('%s is tried again, and says what to look at', async (_what, status, body, headers, message) => {
  const { settings } = await saying(status, body, headers)
  const outcome = await loadFunction(settings).call(EVENT)
  expect(outcome).toEqual({ kind: 'failed', error: 'RetryError', message: expect.stringMatching(message) })
  expect(JSON.stringify(outcome)).not.toMatch(/127\.0\.0\.1|elsewhere|a-secret/)
})

test('a request that Inkling cannot read is given up with what it said', async () => {
  const { settings } = await saying(400, '{"error":{"message":"Send JSON."}}')
  const message = 'Inkling could not read the request. Send JSON.'
  expect(await loadFunction(settings).call(EVENT)).toEqual({ kind: 'failed', error: 'ValidationError', message })
})

test('a service that never answers is given up before Segment gives up, and tried again', async () => {
  const [, milliseconds = ''] = /const TIMEOUT_MS = (\d+)/.exec(readFileSync(FUNCTION, 'utf8')) ?? []
  expect(Number(milliseconds)).toBeLessThan(5_000)
  const { settings } = await answering(() => undefined)
  const message = 'Inkling could not be reached (request-timeout).'
  expect(await loadFunction(settings, 50).call(EVENT)).toEqual({ kind: 'failed', error: 'RetryError', message })
})

test('a batch that is too large goes in parts, and an event that is too large alone is refused', async () => {
  const { settings, requests } = await answering((response, events) => {
    const tooLarge = events.length > 2 || JSON.stringify(events).includes('Everything Seen')
    response.writeHead(tooLarge ? 413 : 200).end(JSON.stringify({ statuses: events.map(() => 200) }))
  })
  const batch = ['m1', 'm2', 'm3', 'm4', 'm5'].map(messageId => ({ ...EVENT, messageId }))
  const large = { ...EVENT, event: 'Everything Seen' }
  expect(await loadFunction(settings).call([...batch, large])).toEqual({
    kind: 'delivered',
    verdicts: [...batch.map(() => ({ status: 200 })), { status: 400, errormessage: 'The event is too large.' }],
  })
  expect(requests.map(({ events }) => events).toSorted((a, b) => b - a)).toEqual([6, 3, 3, 2, 2, 1, 1])
})

test.each([
  ['no secret', { secret: '' }, /Fill in/],
  ['no key id', { keyId: '' }, /Fill in/],
  ['an address without TLS', { endpoint: 'http://inkling.example.com' }, /must begin with https/],
  ['an address that is none', { endpoint: 'inkling.example.com' }, /must begin with https/],
])('%s in the settings is said before anything is sent', async (_what, wrong, message) => {
  const { settings, requests } = await saying(200, '{"statuses":[200]}')
  const outcome = await loadFunction({ ...settings, ...wrong }).call(EVENT)
  expect(outcome).toEqual({ kind: 'failed', error: 'RetryError', message: expect.stringMatching(message) })
  expect(requests).toEqual([])
})

test('what is pasted with a space, a slash or the route behind it still leads there', async () => {
  const { settings, requests } = await saying(200, '{"statuses":[200]}')
  for (const tail of ['', '/', ' ', '/segment/batch', '/segment/batch/ '])
    expect(await loadFunction({ ...settings, endpoint: settings.endpoint + tail }).call(EVENT)).toEqual({
      kind: 'delivered',
    })
  expect(requests.map(({ path }) => path)).toEqual(Array(5).fill('/segment/batch'))
})
