/** What the platforms tell of a person when they are asked; run over each of them, against their stand-ins and bad answers. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startBraze } from '../../examples/platforms/braze.ts'
import { startKlaviyo } from '../../examples/platforms/klaviyo.ts'
import { createBraze } from '../../src/connectors/braze/index.ts'
import type { Connector, Identifiers, PlatformFacts, ReadOutcome } from '../../src/connectors/connector.ts'
import { createHubspot } from '../../src/connectors/hubspot/index.ts'
import { createKlaviyo } from '../../src/connectors/klaviyo/index.ts'
import { traitsDelivery } from '../support/deliveries.ts'
import { openReadyHubspot, TOKEN } from '../support/hubspot-account.ts'
import { type PlatformServer, type Scripted, startPlatformServer } from '../support/platform-server.ts'

const KEY = 'key-1234567890'
const ada = { email: 'ada@example.com', userId: 'ada' }

interface Member {
  readonly name: string
  readonly open: (url: string, readBack: boolean, timeoutMs?: number) => Connector | Promise<Connector>
  readonly refusal: (words: string) => object
}

const members: readonly Member[] = [
  {
    name: 'klaviyo',
    open: (baseUrl, readBack, timeoutMs = 20_000) => createKlaviyo({ apiKey: KEY, baseUrl, readBack }, { timeoutMs }),
    refusal: detail => ({ errors: [{ id: '1', code: 'x', title: 'X', detail, source: { pointer: '/data' } }] }),
  },
  {
    name: 'hubspot',
    open: (baseUrl, readBack, timeoutMs = 20_000) =>
      createHubspot({ accessToken: KEY, baseUrl, readBack }, { timeoutMs }),
    refusal: message => ({ status: 'error', message, category: 'VALIDATION_ERROR' }),
  },
  {
    name: 'braze',
    open: (baseUrl, readBack, timeoutMs = 20_000) => createBraze({ apiKey: KEY, baseUrl, readBack }, { timeoutMs }),
    refusal: message => ({ message, errors: [] }),
  },
]

let server: PlatformServer
beforeAll(async () => {
  server = await startPlatformServer()
})
afterAll(() => server.close())

function reading(connector: Connector, identifiers: Identifiers): Promise<ReadOutcome> {
  if (connector.reads === undefined) throw new Error('nothing is read back')
  return connector.reads.read(identifiers)
}

describe.each(members)('$name asked about a person', ({ open, refusal }) => {
  test('is asked only where that was switched on, and says how often', async () => {
    expect((await open(server.url, false)).reads).toBeUndefined()
    const { reads } = await open(server.url, true)
    expect(reads?.needs.length).toBeGreaterThan(0)
    expect(reads?.everyMs).toBeGreaterThanOrEqual(400)
  })

  const says = (status: number, headers: Record<string, string> = {}): Scripted => ({
    kind: 'answer',
    status,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(refusal(`no ${status} for ${KEY} or ada@example.com`)),
  })
  const page: Scripted = { kind: 'answer', status: 200, headers: { 'Content-Type': 'text/html' }, body: '<html>' }

  test.each([
    ['a refused key', says(401), { kind: 'unauthorized' }],
    ['a missing permission', says(403), { kind: 'unauthorized' }],
    ['a limit', says(429, { 'Retry-After': '7' }), { kind: 'retry', afterMs: 7_000 }],
    ['a broken platform', says(503), { kind: 'retry' }],
    ['a refused question', says(400), { kind: 'rejected' }],
    ['a page', page, { kind: 'retry' }],
    ['half an answer', { kind: 'half-body' } as const, { kind: 'retry' }],
    ['silence', { kind: 'silence' } as const, { kind: 'retry' }],
  ])('meets %s', async (what, answer, expected) => {
    server.answers(answer)
    const outcome = await reading(await open(server.url, true, what === 'silence' ? 200 : 20_000), ada)
    expect(outcome).toMatchObject(expected)
    expect(JSON.stringify(outcome)).not.toContain(KEY)
    expect(JSON.stringify(outcome)).not.toContain('ada@example.com')
  })

  test('tells nothing of what it does not know, whatever it answers', async () => {
    for (const body of ['{}', '[]', 'null', '{"data":[{}],"users":[],"properties":7}', '{"data":{},"users":7}']) {
      server.answers({ kind: 'answer', status: 200, headers: { 'Content-Type': 'application/json' }, body })
      const outcome = await reading(await open(server.url, true), ada)
      const facts: PlatformFacts = outcome.kind === 'read' ? outcome.facts : {}
      expect(facts).toEqual(facts.mayEmail === true ? { mayEmail: true } : {})
    }
  })

  test('is not asked about somebody it cannot know', async () => {
    const before = server.sent.length
    expect(await reading(await open(server.url, true), { anonymousId: 'anon' })).toEqual({ kind: 'unknown' })
    expect(server.sent.length).toBe(before)
  })
})

test('Klaviyo tells whether e-mail may reach them, what they spent and how many orders they made', async () => {
  const account = await startKlaviyo({ apiKey: KEY, readDelayMs: 0 })
  onTestFinished(() => account.close())
  const connector = await createKlaviyo({ apiKey: KEY, baseUrl: account.url, readBack: true })
  expect(await reading(connector, ada)).toEqual({ kind: 'unknown' })
  await connector.deliver([traitsDelivery({ identifiers: { email: 'bo@example.com' } })])
  await connector.deliver([traitsDelivery({ identifiers: ada })])
  const written = account.requests().length
  expect(await reading(connector, ada)).toEqual({ kind: 'read', facts: { mayEmail: true } })
  account.learn(ada.email, { suppressed: 'SPAM_COMPLAINT', historicClv: 93.87, orders: 3 })
  const facts = { mayEmail: false, reason: 'SPAM_COMPLAINT', lifetimeValue: 93.87, orders: 3 }
  expect(await reading(connector, ada)).toEqual({ kind: 'read', facts })
  expect(await reading(connector, { userId: 'ada' })).toEqual({ kind: 'read', facts })
  expect(
    new Set(
      account
        .requests()
        .slice(written)
        .map(({ method }) => method),
    ),
  ).toEqual(new Set(['GET']))
})

test('HubSpot tells the life cycle stage as well, and each way in which an address is out of reach', async () => {
  const account = await openReadyHubspot()
  const connector = await createHubspot({ accessToken: TOKEN, baseUrl: account.url, readBack: true })
  expect(await reading(connector, ada)).toEqual({ kind: 'unknown' })
  account.learn(ada.email, { lifecyclestage: 'customer', total_revenue: '120.5', num_associated_deals: '2' })
  const written = account.requests().length
  const facts = { lifecycleStage: 'customer', lifetimeValue: 120.5, orders: 2 }
  expect(await reading(connector, { ...ada, email: ' Ada@example.com' })).toEqual({
    kind: 'read',
    facts: { ...facts, mayEmail: true },
  })
  for (const [property, value, reason] of [
    ['hs_email_quarantined', 'true', 'quarantined'],
    ['hs_email_hard_bounce_reason_enum', 'UNKNOWN_USER', 'bounced: UNKNOWN_USER'],
    ['hs_email_optout', 'true', 'opted out'],
  ] as const) {
    account.learn(ada.email, { [property]: value })
    expect(await reading(connector, ada)).toEqual({ kind: 'read', facts: { ...facts, mayEmail: false, reason } })
  }
  expect(
    new Set(
      account
        .requests()
        .slice(written)
        .map(({ method }) => method),
    ),
  ).toEqual(new Set(['GET']))
})

test('Braze tells whether e-mail may reach them and what they spent, and of a shared address only the first', async () => {
  const workspace = await startBraze({ apiKey: KEY })
  onTestFinished(() => workspace.close())
  const connector = createBraze({ apiKey: KEY, baseUrl: workspace.url, readBack: true })
  expect(await reading(connector, ada)).toEqual({ kind: 'unknown' })
  for (const userId of ['ada', 'bo']) await connector.deliver([traitsDelivery({ identifiers: { ...ada, userId } })])
  expect(await reading(connector, ada)).toEqual({ kind: 'read', facts: { mayEmail: true, lifetimeValue: 0 } })
  workspace.learn('ada', { emailSubscribe: 'unsubscribed', totalRevenue: 40 })
  expect(await reading(connector, ada)).toEqual({
    kind: 'read',
    facts: { mayEmail: false, reason: 'unsubscribed', lifetimeValue: 40 },
  })
  const byAddress = await reading(connector, { email: ada.email })
  expect(byAddress).toEqual({ kind: 'read', facts: { mayEmail: false, reason: 'unsubscribed' } })
})
