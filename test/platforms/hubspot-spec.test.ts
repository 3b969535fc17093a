import { Client } from '@hubspot/api-client'
import { describe, expect, test } from 'vitest'
import { createHubspotLookUp } from '../../src/connectors/hubspot/feed.ts'
import { createHubspot } from '../../src/connectors/hubspot/index.ts'
import { openAccount } from '../../src/connectors/hubspot/sdk.ts'
import { setUpHubspot } from '../../src/connectors/hubspot/setup.ts'
import { deletionDelivery, eventDelivery, traitsDelivery } from '../support/deliveries.ts'
import { openHubspot, openReadyHubspot, TOKEN, WANTED } from '../support/hubspot-account.ts'
import { openHubspotSpec } from '../support/hubspot-spec.ts'
import { type Exchange, recording } from '../support/recording.ts'
import { hasShared, NEEDS_SHARED, sharedJson } from '../support/shared.ts'

describe.skipIf(!hasShared)(`against HubSpot's published structure${NEEDS_SHARED}`, () => {
  test('every request of the connector and every answer to it is valid', async () => {
    const account = await openReadyHubspot({ partialFailures: true })
    const seen: Exchange[] = []
    const settings = { accessToken: TOKEN, baseUrl: account.url, readBack: true }
    const connector = await createHubspot(settings, { fetch: recording(seen) })
    const other = { profileId: 'other', identifiers: { email: 'grace@example.com' } }
    await connector.deliver([traitsDelivery(), eventDelivery({ ...other, id: 'other' })])
    await connector.deliver([traitsDelivery({ traits: { inkling_nope: 1 } }), traitsDelivery({ ...other, id: 'good' })])
    await connector.deliver([traitsDelivery({ identifiers: { email: 'no address' } })])
    account.fail({ kind: 'throttle', retryAfterS: 1 })
    await connector.deliver([traitsDelivery()])
    account.fail({ kind: 'status', status: 503 }, { path: '/events/v3/send' })
    await connector.deliver([eventDelivery()])
    await connector.reads?.read({ email: 'ada@example.com' })
    await connector.deliver([deletionDelivery(), deletionDelivery({ ...other, id: 'nobody' })])
    expect(described(seen).map(({ status }) => status)).toEqual([200, 204, 207, 207, 429, 200, 503, 200, 204, 204])
    const faultsOf = openHubspotSpec()
    const [throttled, others] = [true, false].map(is => described(seen).filter(({ status }) => (status === 429) === is))
    expect(others?.flatMap(exchange => faultsOf(exchange))).toEqual([])
    // A throttled answer is not of the published model; it has the members that were seen.
    const shape = shapeNamed('rate limited (10 s)')
    expect(throttled?.map(({ reply }) => Object.keys(Object(reply)))).toEqual([Object.keys(shape)])
  })

  test('every request of the set-up and every answer to it is valid', async () => {
    const account = await openHubspot({ limits: false })
    const seen: Exchange[] = []
    const settings = { accessToken: TOKEN, baseUrl: account.url }
    for await (const { kind } of setUpHubspot(settings, WANTED, { dryRun: false, fetch: recording(seen) }))
      expect(kind).toBe('made')
    const faultsOf = openHubspotSpec()
    expect(new Set(described(seen).map(({ method, status }) => `${method} ${status}`))).toEqual(
      new Set(['GET 404', 'POST 201']),
    )
    expect(described(seen).flatMap(exchange => faultsOf(exchange))).toEqual([])
  })

  test('the addresses of contacts are asked for and told as described, also when some are gone', async () => {
    const account = await openReadyHubspot()
    const seen: Exchange[] = []
    const settings = { accessToken: TOKEN, baseUrl: account.url }
    await (await createHubspot(settings)).deliver([traitsDelivery()])
    const lookUp = createHubspotLookUp(await openAccount(settings, { fetch: recording(seen) }))
    const [contact] = account.contacts()
    const id = contact?.id ?? ''
    expect(await lookUp([id, '9999'])).toEqual({ kind: 'found', people: new Map([[id, { email: contact?.email }]]) })
    expect(await lookUp([id])).toMatchObject({ kind: 'found' })
    const faultsOf = openHubspotSpec()
    expect(described(seen).map(({ status }) => status)).toEqual([207, 200])
    expect(described(seen).flatMap(exchange => faultsOf(exchange))).toEqual([])
  })

  test('the judge itself finds a wrong request and a wrong answer', () => {
    const faultsOf = openHubspotSpec()
    const exchange = { method: 'POST', path: '/events/v3/send', status: 204, reply: undefined }
    expect(faultsOf({ ...exchange, request: {} })).toEqual([expect.stringContaining('request: ')])
    expect(faultsOf({ ...exchange, request: { eventName: 'pe1_x' }, reply: {} })).toEqual(['reply: 204 has no body'])
    expect(faultsOf({ ...exchange, request: { eventName: 'pe1_x' }, status: 400, reply: {} })).toHaveLength(1)
  })

  test.each(capturedRequests())('the captured $call is met with $status', async ({ method, path, body, status }) => {
    const { url } = await openReadyHubspot()
    const response = await fetch(url + path, {
      method,
      headers: { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' },
      ...(body !== null && { body: JSON.stringify(body) }),
    })
    expect(response.status).toBe(status)
  })
})

test("HubSpot's own client, untouched, writes to the stand-in and reads back what it wrote", async () => {
  const account = await openReadyHubspot()
  const { crm, events } = new Client({ accessToken: TOKEN, basePath: account.url })
  const written = await crm.contacts.batchApi.upsert({
    inputs: [{ id: 'ada@example.com', idProperty: 'email', properties: { inkling_score: '42' } }],
  })
  expect(written.results[0]?.properties).toEqual({ email: 'ada@example.com', inkling_score: '42' })
  const read = await crm.contacts.basicApi.getById('ada@example.com', undefined, undefined, undefined, false, 'email')
  expect(read).toMatchObject({ id: written.results[0]?.id, properties: { inkling_score: '42' } })
  const event = { eventName: 'pe1234567_inkling_cart_abandoned', email: 'ada@example.com', uuid: 'u', properties: {} }
  await events.send.basicApi.send({ ...event, occurredAt: new Date(0) })
  expect(account.events()).toMatchObject([{ contactId: read.id, occurredAt: 0 }])
})

/** Definitions of events are not part of the published structure. */
function described(seen: readonly Exchange[]): readonly Exchange[] {
  return seen.filter(({ path }) => !path.startsWith('/events/v3/event-definitions'))
}

function shapeNamed(wanted: string): object {
  const { shapes }: { shapes: readonly { platform: string; name: string; body: object }[] } = JSON.parse(
    JSON.stringify(sharedJson('fixtures/platforms/wire-shapes.json')),
  )
  const shape = shapes.find(({ platform, name }) => platform === 'hubspot' && name === wanted)
  if (shape === undefined) throw new Error('the shape is gone')
  return shape.body
}

interface Captured {
  readonly call: string
  readonly method: string
  readonly path: string
  readonly body: unknown
  /** What an account answers that was set up for us, and knows nothing of the capture's own properties and events. */
  readonly status: number
}

function capturedRequests(): readonly Captured[] {
  if (!hasShared) return []
  const expected: Readonly<Record<string, number>> = {
    'crm.contacts.batchApi.upsert': 400,
    'crm.contacts.basicApi.getById by email': 404,
    'events.send.basicApi.send': 400,
    'events.send.basicApi.send numeric property': 400,
    // Its group is not there.
    'crm.properties.coreApi.create': 400,
    'crm.properties.groupsApi.create': 201,
    'apiRequest POST /events/v3/event-definitions': 201,
    'apiRequest POST /automation/v4/flows': 201,
  }
  const { captures }: { captures: readonly { call: string; request: Omit<Captured, 'call' | 'status'> }[] } =
    JSON.parse(JSON.stringify(sharedJson('fixtures/platforms/hubspot.json')))
  return captures.flatMap(({ call, request }) => {
    const status = expected[call]
    return status === undefined ? [] : [{ ...request, call, status }]
  })
}
