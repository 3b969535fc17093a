import { describe, expect, onTestFinished, test } from 'vitest'
import type { HubspotOptions } from '../../examples/platforms/hubspot.ts'
import type { TraitsDelivery } from '../../src/connectors/connector.ts'
import { createHubspot } from '../../src/connectors/hubspot/index.ts'
import { eventNameOf } from '../../src/connectors/hubspot/map.ts'
import { platformContract } from '../contracts/connector.ts'
import { deletionDelivery, eventDelivery, traitsDelivery } from '../support/deliveries.ts'
import { openReadyHubspot, setUp, TOKEN } from '../support/hubspot-account.ts'
import { type Scripted, type Sent, startPlatformServer } from '../support/platform-server.ts'
import { hasShared, NEEDS_SHARED, sharedJson } from '../support/shared.ts'

const json = (status: number, body: unknown): Scripted => ({
  kind: 'answer',
  status,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
})

/** An account that takes everything and has defined the event of the deliveries. */
function taking({ path, body }: Sent): Scripted {
  if (path.startsWith('/events/v3/event-definitions'))
    return json(200, { results: [{ fullyQualifiedName: 'pe1_inkling_cart_abandoned', archived: false }] })
  if (path === '/events/v3/send' || path.endsWith('/gdpr-delete')) return { kind: 'answer', status: 204 }
  return json(200, { status: 'COMPLETE', results: JSON.parse(body).inputs.map(() => ({ id: '1', properties: {} })) })
}

platformContract({
  name: 'hubspot',
  open: ({ url, apiKey, timeoutMs, now }) => createHubspot({ accessToken: apiKey, baseUrl: url }, { timeoutMs, now }),
  taken: { traits: taking, event: taking, deletion: taking },
  kindOf: ({ path }) => (path.endsWith('/gdpr-delete') ? 'deletion' : path.startsWith('/events/') ? 'event' : 'traits'),
  refusal: words => JSON.stringify({ status: 'error', message: words, category: 'VALIDATION_ERROR' }),
  idempotencyKey: ({ body }) => JSON.parse(body).uuid,
})

async function open(options: Partial<HubspotOptions> = {}, now: () => number = Date.now) {
  const account = await openReadyHubspot(options)
  const connector = await createHubspot({ accessToken: TOKEN, baseUrl: account.url }, { now })
  const before = account.requests().length
  return { account, connector, requests: () => account.requests().slice(before) }
}

/** Traits of as many people, the `bad` of them with a property nobody made. */
function people(count: number, bad: readonly number[] = []): readonly TraitsDelivery[] {
  return Array.from({ length: count }, (_, index) =>
    traitsDelivery({
      id: `delivery-${index}`,
      profileId: `person-${index}`,
      identifiers: { email: `person-${index}@example.com` },
      traits: bad.includes(index) ? { inkling_nope: 1 } : { inkling_score: index },
    }),
  )
}

describe('how somebody is deleted at HubSpot', () => {
  test('the contact with the address goes, the others stay, and the address is not used again', async () => {
    const { account, connector, requests } = await open()
    await connector.deliver(people(3))
    const deletion = deletionDelivery({ profileId: 'person-1', identifiers: { email: 'Person-1@example.com' } })
    expect(await connector.deliver([deletion])).toEqual([
      { kind: 'delivered', note: 'took the deletion by e-mail address' },
    ])
    expect(requests().at(-1)).toMatchObject({ method: 'POST', path: '/crm/v3/objects/contacts/gdpr-delete' })
    expect(account.contacts().map(({ email }) => email)).toEqual(['person-0@example.com', 'person-2@example.com'])
    expect((await connector.deliver(people(2))).map(({ kind }) => kind)).toEqual(['delivered', 'rejected'])
  })

  test('somebody HubSpot does not know counts as deleted, however it says so', async () => {
    const { connector } = await open()
    expect(await connector.deliver([deletionDelivery()])).toMatchObject([{ kind: 'delivered' }])
    const server = await startPlatformServer()
    onTestFinished(() => server.close())
    server.answers(json(404, { status: 'error', message: 'resource not found', category: 'OBJECT_NOT_FOUND' }))
    const other = await createHubspot({ accessToken: TOKEN, baseUrl: server.url })
    expect(await other.deliver([deletionDelivery()])).toEqual([
      { kind: 'delivered', note: 'knows nobody with this e-mail address' },
    ])
    server.answers(json(404, { status: 'error', message: 'no such path' }))
    expect(await other.deliver([deletionDelivery()])).toMatchObject([{ kind: 'rejected' }])
  })

  test('behind one that has to be tried again, the others of a batch are not tried', async () => {
    const { account, connector, requests } = await open()
    account.fail({ kind: 'throttle', retryAfterS: 3 })
    const batch = people(3).map(({ profileId, identifiers }) => deletionDelivery({ profileId, identifiers }))
    expect(await connector.deliver(batch)).toMatchObject(batch.map(() => ({ kind: 'retry', afterMs: 3_000 })))
    expect(requests()).toHaveLength(1)
  })

  test('without an address nobody can be found, which is said', async () => {
    const { connector, requests } = await open()
    expect(await connector.deliver([deletionDelivery({ identifiers: { userId: 'u-1' } })])).toEqual([
      { kind: 'rejected', reason: expect.stringContaining('it needs an e-mail address') },
    ])
    expect(requests()).toEqual([])
  })
})

describe('what HubSpot receives', () => {
  test('traits become properties of the contact with that address, a cleared one is emptied', async () => {
    const { account, connector } = await open()
    await connector.deliver([traitsDelivery({ traits: { inkling_cart_value: 12.5, inkling_level: 'high' } })])
    expect(account.contact('ada@example.com')?.properties).toEqual({
      email: 'ada@example.com',
      inkling_cart_value: '12.5',
      inkling_level: 'high',
    })
    await connector.deliver([traitsDelivery({ traits: { inkling_cart_value: null, inkling_returning: false } })])
    expect(account.contact('ada@example.com')?.properties).toEqual({
      email: 'ada@example.com',
      inkling_level: 'high',
      inkling_returning: 'false',
    })
  })

  test('a moment is an event of the contact, which is written before it', async () => {
    const { account, connector, requests } = await open()
    expect(await connector.deliver([eventDelivery()])).toEqual([{ kind: 'delivered' }])
    expect(requests().map(({ path }) => path.replace(/\?.*/, ''))).toEqual([
      '/crm/v3/objects/contacts/batch/upsert',
      '/events/v3/event-definitions',
      '/events/v3/send',
    ])
    const contact = account.contact('ada@example.com')
    expect(account.events()).toMatchObject([
      {
        name: 'inkling_cart_abandoned',
        contactId: contact?.id,
        occurredAt: eventDelivery().time,
        uuid: eventDelivery().id,
        properties: { cart_value: '99.5', cart_item_count: '2' },
      },
    ])
    expect(contact?.properties).toMatchObject({
      inkling_level: 'high',
      inkling_cart_abandoned_at: '2026-07-15T12:00:00.123Z',
      inkling_cart_abandoned_details: 'cart_value: 99.5\ncart_item_count: 2\nproduct_name: Trail shoe',
    })
  })

  test('a moment that is delivered twice is recorded once', async () => {
    const { account, connector } = await open()
    account.fail({ kind: 'status', status: 502 }, { path: '/events/v3/send', afterRecording: true })
    expect(await connector.deliver([eventDelivery()])).toMatchObject([{ kind: 'retry' }])
    expect(await connector.deliver([eventDelivery()])).toEqual([{ kind: 'delivered' }])
    expect(account.events()).toHaveLength(1)
  })

  test('a value too long for an event is cut there, an address is left out, and the contact has both whole', async () => {
    const { account, connector } = await open()
    const long = { cart_items: 'Fern, '.repeat(60), cart_last_item_url: `https://example.com/${'p'.repeat(300)}` }
    await connector.deliver([eventDelivery({ properties: { ...long, cart_currency: null } })])
    const [event] = account.events()
    expect(event?.properties).toEqual({ cart_items: expect.stringMatching(/^.{199}…$/) })
    const details = account.contact('ada@example.com')?.properties['inkling_cart_abandoned_details']
    expect(details).toBe(
      Object.entries(long)
        .map(([name, value]) => `${name}: ${value}`)
        .join('\n'),
    )
  })

  test.skipIf(!hasShared)(`the bytes are those of the captured SDK request${NEEDS_SHARED}`, async () => {
    const server = await startPlatformServer()
    server.answers(taking)
    const connector = await createHubspot({ accessToken: TOKEN, baseUrl: server.url })
    await connector.deliver([
      traitsDelivery({
        id: 'w-1',
        identifiers: { email: 'a@example.com' },
        traits: { eng_score: 42, eng_last_seen: '1784116800000', eng_topics: 'shoes;bags' },
      }),
    ])
    await server.close()
    const captured = capturedUpsert()
    const [sent] = server.sent
    expect([sent?.method, sent?.path]).toEqual([captured.method, captured.path])
    expect(sent?.body).toBe(JSON.stringify({ inputs: captured.body.inputs.slice(0, 1) }))
    expect(sent?.headers).toMatchObject({
      Accept: captured.headers['Accept'],
      'Content-Type': captured.headers['Content-Type'],
      Authorization: captured.headers['Authorization']?.replace('<REDACTED>', TOKEN),
    })
  })
})

describe('a batch', () => {
  test('of a hundred people is one request', async () => {
    const { account, connector, requests } = await open()
    expect(await connector.deliver(people(100))).toEqual(people(100).map(() => ({ kind: 'delivered' })))
    expect(requests()).toHaveLength(1)
    expect(account.contacts()).toHaveLength(100)
  })

  test.each([[[0]], [[57]], [[3, 4, 98, 99]]])(
    'that is refused for %j delivers all others and rejects those in the words of HubSpot',
    async bad => {
      const { account, connector, requests } = await open()
      const outcomes = await connector.deliver(people(100, bad))
      const rejected = { kind: 'rejected', reason: expect.stringContaining('Property "inkling_nope" does not exist') }
      expect(outcomes).toEqual(people(100).map((_, index) => (bad.includes(index) ? rejected : { kind: 'delivered' })))
      expect(account.contacts()).toHaveLength(100 - bad.length)
      // Halving: at most two requests per bad one and level.
      expect(requests().length).toBeLessThanOrEqual(1 + bad.length * 14)
    },
  )

  test('that is refused in part rejects the named ones without another request', async () => {
    const { account, connector, requests } = await open({ partialFailures: true })
    const outcomes = await connector.deliver(people(10, [2, 7]))
    expect(outcomes.flatMap(({ kind }, index) => (kind === 'rejected' ? [index] : []))).toEqual([2, 7])
    expect(outcomes.filter(({ kind }) => kind === 'delivered')).toHaveLength(8)
    expect([requests().map(({ status }) => status), account.contacts().length]).toEqual([[207], 8])
  })

  test('whose splitting meets a busy HubSpot is not asked about further', async () => {
    const { account, connector, requests } = await open()
    account.fail({ kind: 'status', status: 400 }, { path: '/crm' })
    account.fail({ kind: 'throttle', retryAfterS: 7 }, { path: '/crm' })
    const outcomes = await connector.deliver(people(10))
    expect(outcomes.every(outcome => outcome.kind === 'retry' && outcome.afterMs === 7000)).toBe(true)
    expect(requests()).toHaveLength(2)
  })

  test('keeps the order of a person, and does not name one address twice', async () => {
    const { account, connector, requests } = await open()
    const grace = { email: 'Grace@Example.com' }
    const outcomes = await connector.deliver([
      traitsDelivery({ id: '1', traits: { inkling_score: 1 } }),
      traitsDelivery({ id: '2', traits: { inkling_score: 2 } }),
      traitsDelivery({ id: '3', profileId: 'grace', identifiers: grace }),
      traitsDelivery({ id: '4', profileId: 'her twin', identifiers: { email: 'grace@example.com' } }),
    ])
    expect(outcomes.every(({ kind }) => kind === 'delivered')).toBe(true)
    expect(account.contact('ada@example.com')?.properties).toMatchObject({ inkling_score: '2' })
    expect([requests().length, account.contacts().length]).toEqual([2, 2])
  })

  test('that names nobody HubSpot can know is refused before any request', async () => {
    const { connector, requests } = await open()
    expect(await connector.deliver([traitsDelivery({ identifiers: { userId: 'u-1' } })])).toEqual([
      { kind: 'rejected', reason: expect.stringContaining('e-mail address') },
    ])
    expect(requests()).toEqual([])
  })

  const results = [{ id: '1', properties: {} }]
  const failure = { status: 'error', category: 'VALIDATION_ERROR', message: 'no', errors: [], links: {} }
  const traced = (trace: string, category: string) => ({
    ...failure,
    category,
    context: { objectWriteTraceId: [trace] },
  })
  test.each([
    ['a failure that passes', { results, errors: [traced('delivery-1', 'RATE_LIMITS')] }, ['delivered', 'retry']],
    ['a failure for good', { results, errors: [traced('delivery-0', 'CONFLICT')] }, ['rejected', 'delivered']],
    ['failures of nobody', { results: [], errors: [failure] }, ['rejected', 'rejected']],
    ['nothing at all', { results: [] }, ['retry', 'retry']],
  ])('answered with %s tells each what became of it', async (_what, answer, kinds) => {
    const server = await startPlatformServer()
    server.answers(json(207, { status: 'COMPLETE', ...answer }))
    const connector = await createHubspot({ accessToken: TOKEN, baseUrl: server.url })
    const outcomes = await connector.deliver(people(2))
    await server.close()
    expect(outcomes.map(({ kind }) => kind)).toEqual(kinds)
  })
})

describe('waiting', () => {
  test.each([
    ['SECONDLY', 1_000],
    ['TEN_SECONDLY_ROLLING', 10_000],
    ['DAILY', 3_600_000],
    ['ANOTHER', undefined],
  ])('for %s is %s ms', async (policyName, afterMs) => {
    const server = await startPlatformServer()
    server.answers(json(429, { status: 'error', message: 'You have reached your limit.', policyName }))
    const connector = await createHubspot({ accessToken: TOKEN, baseUrl: server.url })
    const [outcome] = await connector.deliver([traitsDelivery()])
    await server.close()
    expect(outcome?.kind === 'retry' && outcome.afterMs).toBe(afterMs)
  })
})

describe('custom events', () => {
  test('that the account does not have are left on the contact, and looked for again ten minutes later', async () => {
    let now = 0
    const { account, connector, requests } = await open({ customEvents: false }, () => now)
    const asked = () => requests().filter(({ path }) => path.includes('event-definitions')).length
    expect(await connector.deliver([eventDelivery()])).toEqual([{ kind: 'delivered' }])
    expect(account.contact('ada@example.com')?.properties).toHaveProperty('inkling_cart_abandoned_at')
    now = 599_999
    await connector.deliver([eventDelivery()])
    expect(asked()).toBe(1)
    now = 600_000
    await connector.deliver([eventDelivery()])
    expect([asked(), account.events().length]).toEqual([2, 0])
  })

  test('that are not defined are rejected with the remedy, and found once they are', async () => {
    let now = 0
    const { account, connector } = await open({}, () => now)
    const wanted = { traits: [], moments: [{ name: 'Pricing Again', properties: [] }] }
    const own = eventDelivery({ name: 'Pricing Again', properties: {} })
    expect(await connector.deliver([own])).toMatchObject([
      { kind: 'rejected', reason: expect.stringMatching(/inkling_pricing_again_at/) },
    ])
    // A set-up that gets as far as the properties.
    account.fail({ kind: 'status', status: 503 }, { path: '/events/v3/event-definitions' })
    await setUp(account, { wanted })
    const remedy = { kind: 'rejected', reason: expect.stringContaining('run "inkling setup hubspot"') }
    expect(await connector.deliver([own])).toEqual([remedy])
    await setUp(account, { wanted })
    expect(await connector.deliver([own])).toEqual([remedy])
    now = 60_000
    expect(await connector.deliver([own])).toEqual([{ kind: 'delivered' }])
  })

  test('are asked for once by all that need them, and anew after an answer that failed', async () => {
    const { account, connector, requests } = await open()
    account.fail({ kind: 'status', status: 503 }, { path: '/events/v3/event-definitions' })
    const events = people(20).map(({ id, profileId, identifiers }) => eventDelivery({ id, profileId, identifiers }))
    const outcomes = await connector.deliver(events.slice(0, 5))
    expect(outcomes.every(({ kind }) => kind === 'retry')).toBe(true)
    expect((await connector.deliver(events)).every(({ kind }) => kind === 'delivered')).toBe(true)
    expect(requests().filter(({ path }) => path.includes('event-definitions'))).toHaveLength(2)
    expect(account.events()).toHaveLength(20)
  })

  test.each([
    ['a token that may not send them', 403, 'unauthorized'],
    ['an event that has already arrived', 409, 'delivered'],
    ['an event refused for good', 400, 'rejected'],
  ])('meet %s', async (_what, status, kind) => {
    const { account, connector } = await open()
    account.fail({ kind: 'status', status }, { path: '/events/v3/send' })
    expect(await connector.deliver([eventDelivery()])).toMatchObject([{ kind }])
  })

  test('have names HubSpot takes, whatever a moment is called', () => {
    expect(eventNameOf('Re-engaged')).toBe('inkling_re_engaged')
    const names = ['Preis → Anfrage', 'Preis – Anfrage', '価格', 'A'.repeat(80), 'B'.repeat(80)].map(eventNameOf)
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(name).toMatch(/^[a-z][a-z0-9_]{0,41}$/)
  })
})

test('a token or an address that cannot be right is told by name, without the token', async () => {
  await expect(createHubspot({ accessToken: 'pat_secret\n' })).rejects.toThrow(/^HUBSPOT_ACCESS_TOKEN (?!.*pat_secret)/)
  await expect(createHubspot({ accessToken: 'pat', baseUrl: 'ftp://a.b' })).rejects.toThrow('HUBSPOT_BASE_URL')
})

interface Captured {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: { readonly inputs: readonly object[] }
}

function capturedUpsert(): Captured {
  const { captures }: { captures: readonly { call: string; request: Captured }[] } = JSON.parse(
    JSON.stringify(sharedJson('fixtures/platforms/hubspot.json')),
  )
  const found = captures.find(({ call }) => call === 'crm.contacts.batchApi.upsert')
  if (found === undefined) throw new Error('the capture is gone')
  return found.request
}
