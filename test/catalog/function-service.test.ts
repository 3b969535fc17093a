/** The Destination Function in Segment's runtime, against the service as it runs. */
import { createServer } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { startBraze } from '../../examples/platforms/braze.ts'
import type { Person } from '../../src/destination/explain.ts'
import type { IntakeDeps } from '../../src/destination/routes/accept.ts'
import { listening, portOf, startService } from '../destination/routes/service.ts'
import { openLiveService } from '../support/live-service.ts'
import { type FunctionSettings, loadFunction } from './segment-function.ts'

const SECRET = 'a-secret-of-thirty-two-characters'
const KEYS = { keyId: 'segment', secret: SECRET }

/** The edge with its log. */
async function openEdge(deps: Partial<IntakeDeps> = {}) {
  const signingKeys = [
    { id: 'retired', secret: 'another-secret-of-some-length' },
    { id: KEYS.keyId, secret: KEYS.secret },
  ]
  const edge = await startService({ settings: { writeKeys: [], signingKeys }, now: Date.now, ...deps })
  const settings: FunctionSettings = { ...KEYS, endpoint: edge.url }
  return { edge, settings, segment: loadFunction(settings) }
}

/** The whole service, with a platform behind it. */
async function openService() {
  const braze = await startBraze({ apiKey: SECRET })
  const service = await openLiveService({
    environment: { SIGNING_KEYS: `segment:${SECRET}`, BRAZE_API_KEY: SECRET, BRAZE_REST_ENDPOINT: braze.url },
    config: { customMoments: [{ name: 'Price Asked', when: { event: 'Price Asked' } }] },
  })
  onTestFinished(() => braze.close())
  const delivered = (of: string, times: number) => () =>
    service.events.filter(event => event.kind === 'delivery attempted' && event.of === of).length >= times
  return { braze, service, delivered, segment: loadFunction({ ...KEYS, endpoint: service.url }) }
}

const TRACK = { type: 'track', event: 'Product Added', userId: 'ada', properties: { product_id: 'fig', price: 35 } }
const EVENTS = [
  { ...TRACK, messageId: 'm-track' },
  { type: 'identify', messageId: 'm-identify', userId: 'ada', traits: { email: 'ada@example.com', city: 'Köln' } },
  { type: 'page', messageId: 'm-page', anonymousId: 'anonymous', name: 'Ferns', properties: { path: '/ferns' } },
  { type: 'screen', messageId: 'm-screen', userId: 'ada', name: 'Ferns' },
  { type: 'group', messageId: 'm-group', userId: 'ada', groupId: 'acme', traits: { name: 'Acme' } },
  { type: 'alias', messageId: 'm-alias', previousId: 'anonymous', userId: 'ada' },
  {
    type: 'delete',
    messageId: 'm-delete',
    userId: 'bo',
    context: [],
    integrations: null,
    originalTimestamp: '2020-05-09 m=+1',
  },
]
/** No rule for what they are about would ever let them in. */
const REFUSED = { type: 'track', event: 'Product Viewed', messageId: 'm-nobody' }

test('there is a handler for every type of event and for batches', async () => {
  const { segment } = await openEdge()
  expect(segment.handlers.toSorted()).toEqual(
    ['Alias', 'Batch', 'Delete', 'Group', 'Identify', 'Page', 'Screen', 'Track'].map(name => `on${name}`),
  )
})

test.each(EVENTS)('a $type event by itself is kept and acted on', async event => {
  const { edge, segment } = await openEdge()
  expect(await segment.call(event)).toEqual({ kind: 'delivered' })
  expect(await edge.messages()).toEqual([expect.objectContaining({ type: event.type, messageId: event.messageId })])
})

test('an event that can never be taken is given up with the reason', async () => {
  const { segment } = await openEdge()
  expect(await segment.call(REFUSED)).toEqual({
    kind: 'failed',
    error: 'InvalidEventPayload',
    message: expect.stringContaining('userId'),
  })
})

test('of a batch, each event is told by itself', async () => {
  const { edge, segment } = await openEdge()
  const [first = TRACK, ...others] = EVENTS
  expect(await segment.call([first, REFUSED, ...others])).toEqual({
    kind: 'delivered',
    verdicts: [
      { status: 200 },
      { status: 400, errormessage: expect.stringContaining('userId') },
      ...others.map(() => ({ status: 200 })),
    ],
  })
  expect((await edge.messages()).map(({ messageId }) => messageId)).toEqual(EVENTS.map(({ messageId }) => messageId))
})

test('a batch of nothing is delivered without a request', async () => {
  const { edge, segment } = await openEdge()
  expect(await segment.call([])).toEqual({ kind: 'delivered', verdicts: [] })
  expect(edge.events).toEqual([])
})

test.each([
  ['another secret', { secret: 'a-secret-that-nobody-else-knows' }, 'SIGNING_KEYS has for this id'],
  ['another key id', { keyId: 'segmnt' }, 'names no key here'],
])('%s is said, and the event is tried again', async (_what, wrong, said) => {
  const { edge, settings } = await openEdge()
  const outcome = await loadFunction({ ...settings, ...wrong }).call(TRACK)
  expect(outcome).toMatchObject({ kind: 'failed', error: 'RetryError', message: expect.stringContaining(said) })
  expect(outcome).toMatchObject({ message: expect.stringContaining('compare keyId and secret with its SIGNING_KEYS') })
  expect(JSON.stringify(outcome)).not.toMatch(/127\.0\.0\.1|a-secret|segmnt/)
  expect(await edge.messages()).toEqual([])
})

test('a service whose backlog is full is tried again', async () => {
  const { segment } = await openEdge({ overloaded: () => true })
  expect(await segment.call([TRACK])).toEqual({
    kind: 'failed',
    error: 'RetryError',
    message: expect.stringContaining('Inkling answered 503. The backlog is full'),
  })
})

test('a service that does not run is tried again', async () => {
  const port = await freePort()
  const segment = loadFunction({ ...KEYS, endpoint: `http://127.0.0.1:${port}` })
  const message = 'Inkling could not be reached (ECONNREFUSED).'
  expect(await segment.call(TRACK)).toEqual({ kind: 'failed', error: 'RetryError', message })
})

test('events that come again in batches of other members count once', async () => {
  const { service, delivered, segment } = await openService()
  const asked = (id: string) => ({ type: 'track', event: 'Price Asked', userId: 'ada', messageId: `m-${id}` })
  const [a, b, c, last] = [asked('a'), asked('b'), asked('c'), { ...asked('d'), userId: 'bo' }]
  for (const batch of [[a, b], [b, c], [c, a, b], [last]])
    expect(await segment.call(batch)).toMatchObject({ kind: 'delivered' })
  await service.until(delivered('event', 2))
  const person: Person = await (await fetch(`${service.url}/api/people/ada`)).json()
  expect(person.story.filter(({ what }) => what === 'Price Asked')).toHaveLength(3)
})

test('a deletion arrives and is passed on to the platforms', async () => {
  const { braze, service, delivered, segment } = await openService()
  const identify = { type: 'identify', messageId: 'm1', userId: 'ada', traits: { email: 'ada@example.com' } }
  expect(await segment.call(identify)).toEqual({ kind: 'delivered' })
  await service.until(delivered('traits', 1))
  expect(braze.profiles()).toHaveLength(1)
  const deletion = { type: 'delete', messageId: 'delete-1', userId: 'ada', context: null, integrations: [] }
  expect(await segment.call(deletion)).toEqual({ kind: 'delivered' })
  await service.until(delivered('deletion', 1))
  expect(braze.profiles()).toEqual([])
})

/** A port that nothing listens on any more. */
async function freePort(): Promise<number> {
  const server = await listening(createServer().listen(0, '127.0.0.1'))
  const port = portOf(server)
  await new Promise(closed => server.close(closed))
  return port
}
