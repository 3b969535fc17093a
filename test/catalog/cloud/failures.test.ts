/** What the destination reports to Segment, whatever the service or the way to it does: shown to the user, and retried or not. */
import { createHmac } from 'node:crypto'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { SegmentEvent } from '@segment/actions-core'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type PlatformServer, type Scripted, startPlatformServer } from '../../support/platform-server.ts'
import { connect, KEY_ID, SECRET } from './connection.ts'

let service: PlatformServer
beforeEach(async () => {
  service = await startPlatformServer()
})
afterEach(() => {
  vi.useRealTimers()
  return service.close()
})

const answer = (status: number, body: unknown = {}, headers = {}): Scripted => ({
  ...{ kind: 'answer', status, body: typeof body === 'string' ? body : JSON.stringify(body) },
  headers: { 'content-type': 'application/json', ...headers },
})
const said = (message: string) => ({ success: false, error: { code: 'x', message } })
const track = (event: string): SegmentEvent => ({ type: 'track', event, userId: 'ada', messageId: event })
const sendOne = () => connect(service.url).event(track('Feature Used'))
const sendTwo = () => connect(service.url).batch('trackEvent', [track('Feature Used'), track('Signed In')])
const failure = (sending: Promise<unknown>) =>
  sending.then(
    () => undefined,
    ({ name, status, message }: Error & { status?: number }) => ({ name, status, message }),
  )

const RETRIED = 'RetryableError'
const GIVEN_UP = 'APIError'

test.each([
  [400, 'PayloadValidationError', 400, 'Look here.'],
  [401, 'InvalidAuthenticationError', 401, 'Inkling refused the signature: check key id and secret. Look here.'],
  [403, 'InvalidAuthenticationError', 401, 'Inkling refused the signature: check key id and secret. Look here.'],
  [404, GIVEN_UP, 404, 'Inkling is not at this endpoint URL, or is too old to have /segment/batch.'],
  [408, RETRIED, 408, 'Inkling answered 408. Look here.'],
  [409, RETRIED, 503, 'Inkling has taken this very request before.'],
  [413, GIVEN_UP, 413, 'The batch is too large for Inkling or for a proxy before it: lower the batch size.'],
  [415, GIVEN_UP, 415, 'Inkling answered 415. Look here.'],
  [429, RETRIED, 429, 'Inkling answered 429. Look here.'],
  [500, RETRIED, 500, 'Inkling answered 500. Look here.'],
  [501, GIVEN_UP, 501, 'Inkling answered 501. Look here.'],
  [503, RETRIED, 503, 'Inkling answered 503. Look here.'],
])('an answer of %i is reported as %s with status %i, alone and in a batch', async (given, name, status, message) => {
  service.answers(answer(given, said('Look here.')))
  expect(await failure(sendOne())).toEqual({ name, status, message })
  expect(await failure(sendTwo())).toEqual({ name, status, message })
})

test('a redirect is not followed: the signature is for the address it was made for', async () => {
  service.answers(answer(302, '', { location: `${service.url}/elsewhere` }))
  expect(await failure(sendOne())).toEqual({ name: GIVEN_UP, status: 302, message: 'Inkling answered 302.' })
  expect(service.sent).toHaveLength(1)
})

test.each([
  ['a page of some proxy', answer(200, '<html>', { 'content-type': 'text/html' })],
  ['half an answer', answer(200, '{"success":true,"statu')],
  ['another JSON', answer(200, { success: true })],
  ['null', answer(200, 'null')],
  ['an outcome too many', answer(200, { statuses: [200, 200, 200] })],
])('%s with status 200 counts as nothing kept, and is tried again', async (_what, given) => {
  service.answers(given)
  expect(await failure(sendOne())).toMatchObject({ name: RETRIED, status: 502 })
  expect(await failure(sendTwo())).toMatchObject({ name: RETRIED, status: 502 })
})

test('a service that is not there is tried again', async () => {
  await service.close()
  const message = 'Inkling could not be reached (ECONNREFUSED).'
  expect(await failure(sendOne())).toEqual({ name: RETRIED, status: 503, message })
  service = await startPlatformServer()
})

const TIMED_OUT = { name: 'SelfTimeoutError', status: 408, message: 'Inkling did not answer in time.' }

/** @returns once a request has reached the service, which goes on as scripted. */
function asked(script: Scripted): Promise<void> {
  return new Promise(resolve => {
    service.answers(() => {
      resolve()
      return script
    })
  })
}

test('an answer that does not come is waited for ten seconds, then tried again', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const reached = asked({ kind: 'silence' })
  const failed = failure(sendOne())
  await reached
  vi.advanceTimersByTime(10_000)
  expect(await failed).toEqual(TIMED_OUT)
})

/** @returns once the beginning of an answer has been read, and its end is being waited for. */
async function begun(kind: 'trickle' | 'half-body'): Promise<void> {
  const beginning = Promise.withResolvers<unknown>()
  subscribe('http.client.response.finish', beginning.resolve)
  service.answers({ kind })
  await beginning.promise
  unsubscribe('http.client.response.finish', beginning.resolve)
  await new Promise(setImmediate)
}

test.each(['trickle', 'half-body'] as const)('an answer that begins and does not end (%s) is no answer', async kind => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const reached = begun(kind)
  const failed = failure(sendOne())
  await reached
  vi.advanceTimersByTime(10_000)
  expect(await failed).toEqual(TIMED_OUT)
})

test('a request that Segment can call off is not waited for longer', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const reached = begun('trickle')
  const failed = failure(connect(service.url).event(track('Feature Used'), new AbortController().signal))
  await reached
  vi.advanceTimersByTime(10_000)
  expect(await failed).toEqual(TIMED_OUT)
})

test.each([
  ['while it waits', () => asked({ kind: 'silence' })],
  ['while it reads', () => begun('trickle')],
])('a request that Segment calls off %s is tried again', async (_when, reach) => {
  const calledOff = new AbortController()
  const reached = reach()
  const failed = failure(connect(service.url).event(track('Feature Used'), calledOff.signal))
  await reached
  calledOff.abort()
  expect(await failed).toEqual(TIMED_OUT)
})

test('an error page larger than Segment reads of a copy is read to its end', async () => {
  service.answers(answer(502, `<html>${'x'.repeat(100_000)}</html>`, { 'content-type': 'text/html' }))
  expect(await failure(sendOne())).toEqual({ name: RETRIED, status: 502, message: 'Inkling answered 502.' })
})

test('an event that the service refuses for ever is reported with the reason', async () => {
  service.answers(answer(200, { statuses: [400], errors: [{ index: 0, reason: 'event: found an empty string' }] }))
  const message = 'event: found an empty string'
  expect(await failure(sendOne())).toEqual({ name: 'PayloadValidationError', status: 400, message })
})

test('of a batch, each event is reported by itself', async () => {
  const errors = [{ index: 2, message_id: 'c', reason: 'userId: found a list' }]
  service.answers(answer(200, { success: true, accepted: 1, statuses: [200, 400, 400, 503], errors, more: 1 }))
  const sent = await connect(service.url).batch('trackEvent', ['a', 'b', 'c', 'd'].map(track))
  const quarantined = 'Inkling refused the event and keeps it in quarantine with the reason.'
  expect(sent.map(({ status, errortype, errormessage }) => [status, errortype, errormessage])).toEqual([
    [200, undefined, undefined],
    [400, 'PAYLOAD_VALIDATION_FAILED', quarantined],
    [400, 'PAYLOAD_VALIDATION_FAILED', 'userId: found a list'],
    [503, 'SERVICE_UNAVAILABLE', quarantined],
  ])
  expect(sent[2]).toMatchObject({ errorreporter: 'DESTINATION' })
})

test('what the framework refuses of a batch takes no other event’s place', async () => {
  service.answers(answer(200, { statuses: [200, 400], errors: [{ index: 1, reason: 'no' }] }))
  const nameless: SegmentEvent = { type: 'track', userId: 'ada' }
  const foreign: SegmentEvent = { type: 'page', userId: 'ada' }
  const sent = await connect(service.url).batch('trackEvent', [nameless, track('a'), foreign, track('b')])
  expect(sent.map(({ status }) => status)).toEqual([400, 200, 400, 400])
  expect(sent[3]).toMatchObject({ errormessage: 'no' })
})

test('a thousand events come back with a thousand outcomes', async () => {
  service.answers(answer(200, { statuses: Array(1_000).fill(200) }))
  const sent = await connect(service.url).batch('trackEvent', Array(1_000).fill(track('Feature Used')))
  expect(sent.filter(({ status }) => status === 200)).toHaveLength(1_000)
})

test('the connection is tested with a signed batch of nothing', async () => {
  service.answers(answer(200, { success: true, accepted: 0, statuses: [] }))
  await connect(`${service.url}/behind/a/proxy/`).test()
  const [sent] = service.sent
  if (sent === undefined) throw new Error('nothing was sent')
  const { path, headers, body } = sent
  expect([path, body]).toEqual(['/behind/a/proxy/segment/batch', '{"batch":[]}'])
  const signed = `${KEY_ID}.${headers['x-inkling-timestamp']}.${body}`
  expect(headers).toMatchObject({
    'x-inkling-key-id': KEY_ID,
    'x-inkling-signature': `v1=${createHmac('sha256', SECRET).update(signed).digest('hex')}`,
    'content-type': 'application/json',
  })
  expect(Math.abs(Date.now() / 1_000 - Number(headers['x-inkling-timestamp']))).toBeLessThan(60)
})

test.each([
  [401, 'Credentials are invalid:  Inkling refused the signature: check key id and secret. No such key.'],
  [404, 'Credentials are invalid:  Inkling is not at this endpoint URL, or is too old to have /segment/batch.'],
])('a connection test that is answered %i says what to look at', async (status, message) => {
  service.answers(answer(status, said('No such key.')))
  await expect(connect(service.url).test()).rejects.toThrow(message)
})

test('a connection test that reaches nobody says so', async () => {
  await service.close()
  const { url } = service
  service = await startPlatformServer()
  await expect(connect(url).test()).rejects.toThrow('Inkling could not be reached (ECONNREFUSED).')
})

test.each(['http://inkling.example.com', 'ftp://inkling.example.com'])(
  '%s is refused before anything is sent',
  async url => {
    await expect(connect(url).test()).rejects.toThrow('The endpoint URL must begin with https://.')
  },
)

test('an endpoint that is no URL is refused', async () => {
  await expect(connect('inkling.example.com').test()).rejects.toThrow(/Endpoint URL/)
})

test('a deletion is sent at once, and a refused one is reported', async () => {
  service.answers(answer(200, { statuses: [200] }), answer(200, { statuses: [400] }))
  await connect(service.url).forget({ userId: 'ada' })
  expect(service.sent[0]?.body).toBe('{"batch":[{"type":"delete","userId":"ada"}]}')
  expect(await failure(connect(service.url).forget({}))).toMatchObject({ name: 'PayloadValidationError', status: 400 })
})
