/** The stand-in of HubSpot is as strict as the real one. */
import { describe, expect, test } from 'vitest'
import { SCOPES } from '../../examples/platforms/hubspot/endpoints.ts'
import type { HubspotStandIn } from '../../examples/platforms/hubspot.ts'
import { openHubspot, openReadyHubspot, TOKEN } from '../support/hubspot-account.ts'

const UPSERT = '/crm/v3/objects/contacts/batch/upsert'
const EVENT = 'pe1234567_inkling_cart_abandoned'

interface Reply {
  readonly status: number
  readonly headers: Headers
  readonly body: { readonly message?: string; readonly policyName?: string; readonly category?: string }
}

async function post({ url }: HubspotStandIn, path: string, body: unknown, token = TOKEN): Promise<Reply> {
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }
  const {
    status,
    headers: got,
    ...response
  } = await send(url + path, { method: 'POST', headers, body: JSON.stringify(body) })
  return { status, headers: got, body: response.text === '' ? {} : JSON.parse(response.text) }
}

async function send(url: string, init: RequestInit) {
  const response = await fetch(url, init)
  return { status: response.status, headers: response.headers, text: await response.text() }
}

const input = (properties: object, id = 'ada@example.com') => ({ id, idProperty: 'email', properties })

describe('a batch of contacts', () => {
  test.each([
    ['an unknown property', [input({ nope: '1' })], 'PROPERTY_DOESNT_EXIST'],
    ['a number that is none', [input({ inkling_score: 'high' })], 'was not a valid number'],
    ['a time that is none', [input({ inkling_last_viewed_at: 'yesterday' })], 'was not a valid datetime'],
    ['a text that is too long', [input({ inkling_level: 'x'.repeat(65_537) })], 'is longer than 65536 characters'],
    ['a malformed address', [input({}, 'ada')], 'is invalid'],
    ['one address twice', [input({}), input({}, 'ADA@example.com')], 'Duplicate IDs found in batch input'],
    ['nobody', [], 'must not be empty'],
    ['too many', Array.from({ length: 101 }, (_, n) => input({}, `p${n}@example.com`)), 'maximum batch size is 100'],
    ['another id property', [{ ...input({}), idProperty: 'phone' }], 'non-unique'],
    ['a misspelt member', [{ ...input({}), idproperty: 'email' }], 'Unrecognized field'],
    ['a null', [input({ inkling_level: null })], 'Invalid input JSON'],
  ])('is refused as a whole for %s', async (_what, inputs, words) => {
    const account = await openReadyHubspot()
    const good = input({ inkling_score: '1' }, 'grace@example.com')
    const all = inputs.length > 0 && inputs.length < 100 ? [good, ...inputs] : inputs
    const { status, body } = await post(account, UPSERT, { inputs: all })
    expect([status, body.category, body.message]).toEqual([400, 'VALIDATION_ERROR', expect.stringContaining(words)])
    expect(account.contacts()).toEqual([])
  })

  test('is refused in part only where that is switched on and every input has a trace id', async () => {
    const account = await openReadyHubspot({ partialFailures: true })
    const good = { ...input({ inkling_score: '1' }, 'grace@example.com'), objectWriteTraceId: 'a' }
    expect((await post(account, UPSERT, { inputs: [good, input({ nope: '' })] })).status).toBe(400)
    const bad = { ...input({ nope: '1' }), objectWriteTraceId: 'b' }
    expect((await post(account, UPSERT, { inputs: [good, bad] })).body).toMatchObject({
      numErrors: 1,
      results: [{ objectWriteTraceId: 'a', new: true }],
      errors: [{ category: 'VALIDATION_ERROR', context: { objectWriteTraceId: ['b'] } }],
    })
    expect(account.contacts().map(({ email }) => email)).toEqual(['grace@example.com'])
  })
})

describe('an event', () => {
  test.each([
    ['an event nobody defined', { eventName: 'pe1234567_nope' }, 'No event definition'],
    ['a name without the account', { eventName: 'inkling_cart_abandoned' }, 'No event definition'],
    ['a property it does not have', { properties: { nope: 'x' } }, 'does not exist'],
    ['a number as such', { properties: { cart_value: 1 } }, 'must be a string'],
    ['a number that is none', { properties: { cart_value: 'much' } }, 'was not a valid number'],
    ['a value that is too long', { properties: { cart_items: 'x'.repeat(201) } }, 'is longer than 200'],
    ['nobody', { email: undefined }, 'is required'],
    ['a time that is none', { occurredAt: 'now' }, 'not a valid date'],
    ['a misspelt member', { occured: 1 }, 'Unrecognized field'],
  ])('is refused for %s', async (_what, changes, words) => {
    const account = await openReadyHubspot()
    const event = { eventName: EVENT, email: 'ada@example.com', properties: {}, ...changes }
    const { status, body } = await post(account, '/events/v3/send', event)
    expect([status, body.message]).toEqual([400, expect.stringContaining(words)])
    expect(account.events()).toEqual([])
  })

  test('is recorded once for its uuid, and belongs to nobody before its contact is there', async () => {
    const account = await openReadyHubspot()
    const event = { eventName: EVENT, email: 'ada@example.com', uuid: 'u1' }
    for (const one of [event, event, { ...event, uuid: 'u2' }])
      expect((await post(account, '/events/v3/send', one)).status).toBe(204)
    await post(account, UPSERT, { inputs: [input({})] })
    await post(account, '/events/v3/send', { ...event, uuid: 'u3' })
    expect(account.events().map(({ contactId }) => contactId)).toEqual([undefined, undefined, '101'])
  })
})

test('a wrong token, a missing scope and an account without custom events are refused', async () => {
  const account = await openReadyHubspot()
  expect((await post(account, UPSERT, { inputs: [input({})] }, 'other')).status).toBe(401)
  const narrow = await openHubspot({ scopes: SCOPES.filter(scope => !scope.includes('objects')) })
  const professional = await openReadyHubspot({ customEvents: false })
  expect(await post(narrow, UPSERT, { inputs: [input({})] })).toMatchObject({
    status: 403,
    body: { category: 'MISSING_SCOPES' },
  })
  expect((await post(professional, '/events/v3/send', { eventName: EVENT, email: 'a@b.c' })).status).toBe(403)
  expect((await post(professional, UPSERT, { inputs: [input({})] })).status).toBe(200)
})

test('a hundred calls in ten seconds are allowed, events do not count, and the answers say what is left', async () => {
  const now = 1_784_116_800_000
  const account = await openHubspot({ now: () => now })
  const first = await post(account, UPSERT, { inputs: [input({})] })
  expect(first.headers.get('X-HubSpot-RateLimit-Remaining')).toBe('99')
  for (let call = 1; call < 100; call += 1) await post(account, UPSERT, { inputs: [input({})] })
  const over = await post(account, UPSERT, { inputs: [input({})] })
  expect([over.status, over.body]).toMatchObject([429, { policyName: 'TEN_SECONDLY_ROLLING', errorType: 'RATE_LIMIT' }])
  expect((await post(account, '/events/v3/send', { eventName: EVENT, email: 'a@b.c' })).status).toBe(400)
})

describe('deleting a contact for good', () => {
  const PURGE = '/crm/v3/objects/contacts/gdpr-delete'

  test.each([
    ['no id', { idProperty: 'email' }, 400],
    ['another member', { objectId: 'ada@example.com', idProperty: 'email', why: 'gdpr' }, 400],
    ['a property that identifies nobody', { objectId: 'Ada', idProperty: 'firstname' }, 400],
    ['a record that is not there', { objectId: '7' }, 404],
  ])('%s is refused', async (_what, body, status) => {
    const account = await openReadyHubspot()
    await post(account, UPSERT, { inputs: [input({})] })
    expect((await post(account, PURGE, body)).status).toBe(status)
    expect(account.contacts()).toHaveLength(1)
  })

  test('it goes by address or record, and its address is refused from then on, even if nobody had it', async () => {
    const account = await openReadyHubspot()
    await post(account, UPSERT, { inputs: [input({}), input({}, 'bo@example.com')] })
    const bo = account.contact('bo@example.com')
    for (const body of [
      { objectId: 'ADA@example.com', idProperty: 'email' },
      { objectId: 'nobody@example.com', idProperty: 'email' },
      { objectId: bo?.id },
    ])
      expect((await post(account, PURGE, body)).status).toBe(204)
    expect(account.contacts()).toEqual([])
    for (const address of ['ada@example.com', 'nobody@example.com', 'bo@example.com'])
      expect((await post(account, UPSERT, { inputs: [input({}, address)] })).status).toBe(400)
  })
})
