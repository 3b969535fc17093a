/** `inkling setup hubspot` as an operator runs it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SCOPES } from '../../../examples/platforms/hubspot/endpoints.ts'
import { type HubspotOptions, type HubspotStandIn, startHubspot } from '../../../examples/platforms/hubspot.ts'
import { setUpHubspot } from '../../../src/connectors/hubspot/setup.ts'
import type { Environment } from '../../../src/destination/config.ts'
import { MOMENTS } from '../../../src/destination/engine/fact.ts'
import { TRAITS } from '../../../src/destination/engine/traits.ts'
import { TOKEN, WANTED } from '../../support/hubspot-account.ts'
import { runSetup, type Told } from '../../support/run-setup.ts'

let folder: string
let account: HubspotStandIn

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'inkling-setup-'))
})
afterEach(async () => {
  await account?.close()
  rmSync(folder, { recursive: true })
})

async function open(options: Partial<HubspotOptions> = {}): Promise<void> {
  account = await startHubspot({ accessToken: TOKEN, limits: false, ...options })
}

function run(args: readonly string[], environment?: Environment): Promise<Told> {
  return runSetup(args, environment ?? { HUBSPOT_ACCESS_TOKEN: TOKEN, HUBSPOT_BASE_URL: account.url }, folder)
}

/** The group, a property for each trait, two properties and an event for each moment. */
const PROPERTIES = TRAITS.length + 2 * MOMENTS.length
const THINGS = 1 + PROPERTIES + MOMENTS.length

test('an empty account gets a property for each trait and an event for each moment, and a second run changes nothing', async () => {
  await open()
  expect(await run(['hubspot'])).toMatchObject({
    code: 0,
    out: expect.stringContaining(`${THINGS} made, 0 there already.`),
    err: '',
  })
  const types = new Map(account.properties().map(({ name, type }) => [name, type]))
  expect(types.get('inkling_score')).toBe('number')
  expect(types.get('inkling_level')).toBe('string')
  expect(types.get('inkling_last_viewed_at')).toBe('datetime')
  expect(account.properties().filter(({ groupName }) => groupName === 'inkling')).toHaveLength(PROPERTIES)
  expect(account.definitions().map(({ label }) => label)).toEqual(MOMENTS)
  const cart = account.definitions().find(({ name }) => name === 'inkling_cart_abandoned')
  expect(cart?.properties).toContainEqual({ name: 'cart_value', label: 'Cart value', type: 'number' })

  const [properties, definitions] = [account.properties(), account.definitions()]
  expect((await run(['hubspot'])).out).toContain(`0 made, ${THINGS} there already.`)
  expect([account.properties(), account.definitions()]).toEqual([properties, definitions])
})

test('--dry-run says what is missing and makes nothing', async () => {
  await open()
  const { code, out } = await run(['hubspot', '--dry-run'])
  expect(code).toBe(0)
  expect(out).toContain('missing  contact property inkling_score (number)')
  expect(out).toContain('missing  event inkling_cart_abandoned (Cart Abandoned)')
  expect(out).toContain(`Nothing was changed. ${THINGS} missing, 0 there.`)
  expect(account.requests().every(({ method }) => method === 'GET')).toBe(true)
})

test('a moment of your own, another prefix and a property that is new since are made by the next run', async () => {
  await open()
  await run(['hubspot'])
  const path = `${account.url}/events/v3/event-definitions`
  const headers = { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' }
  const old = { name: 'inkling_pricing_again', label: 'Pricing Again', includeDefaultProperties: false }
  const body = JSON.stringify({ ...old, propertyDefinitions: [{ name: 'page_url', label: 'Page', type: 'string' }] })
  await fetch(path, { method: 'POST', headers, body })
  const own = { traits: { prefix: 'ink_' }, customMoments: [{ name: 'Pricing Again', when: { page: 'pricing' } }] }
  writeFileSync(join(folder, 'own.config.ts'), `export default ${JSON.stringify(own)}\n`)
  const { code, out } = await run(['hubspot', '--config', 'own.config.ts'])
  expect(code).toBe(0)
  expect(out).toContain('made     contact property ink_score (number)')
  expect(out).toContain('there    event inkling_pricing_again (Pricing Again)')
  expect(out).toContain('made     property last_product of event inkling_pricing_again')
  expect(out).not.toContain('property page_url of event')
})

test('a property of another type is told and left as it is', async () => {
  await open()
  const headers = { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' }
  const mine = {
    name: 'inkling_score',
    label: 'Mine',
    type: 'string',
    fieldType: 'text',
    groupName: 'contactinformation',
  }
  await fetch(`${account.url}/crm/v3/properties/contacts`, { method: 'POST', headers, body: JSON.stringify(mine) })
  const { code, out, err } = await run(['hubspot'])
  expect(code).toBe(1)
  expect(err).toMatch(/differs +contact property inkling_score \(number\): it is of the type string/)
  expect(out).toContain('made     contact property inkling_level (string)')
  expect(account.properties().find(({ name }) => name === 'inkling_score')?.type).toBe('string')
})

test('without custom events the properties are made all the same, and it says what happens to moments', async () => {
  await open({ customEvents: false })
  const { code, out } = await run(['hubspot'])
  expect(code).toBe(0)
  expect(out).toContain('need an Enterprise subscription')
  expect(out).toContain('can start whenever the former changes')
  expect(account.properties().map(({ name }) => name)).toContain('inkling_cart_abandoned_at')
})

test('a refused token, a missing scope and a busy HubSpot are told, without the token', async () => {
  await open({ scopes: SCOPES.filter(scope => scope !== 'crm.schemas.contacts.write') })
  const narrow = await run(['hubspot'])
  expect([narrow.code, narrow.err]).toEqual([1, expect.stringContaining('403')])
  expect(narrow.err).toContain('scopes')
  const other = { HUBSPOT_ACCESS_TOKEN: 'pat-other-9876543210', HUBSPOT_BASE_URL: account.url }
  const wrong = await run(['hubspot'], other)
  expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('401')])
  expect(wrong.out + wrong.err).not.toContain('pat-other')
  // Longer than anybody waits before a terminal.
  account.fail({ kind: 'throttle', retryAfterS: 120 })
  expect((await run(['hubspot'])).err).toContain('it goes on where it stopped')
})

test('without a token, or called wrongly, it says what it needs', async () => {
  await open()
  expect(await run(['hubspot'], {})).toMatchObject({ code: 1, err: expect.stringContaining('HUBSPOT_ACCESS_TOKEN') })
  expect(await run(['mailer'])).toMatchObject({ code: 2, err: expect.stringContaining('klaviyo, hubspot, braze') })
  expect((await run([])).code).toBe(2)
  expect((await run(['--help'])).out).toContain('--dry-run')
  expect((await run(['hubspot', '--help'])).out).toContain('HUBSPOT_ACCESS_TOKEN')
  expect(await run(['hubspot', '--profile', 'a@b.co'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('--profile'),
  })
  expect(account.requests()).toEqual([])
})

describe('--flows', () => {
  const names = ['Inkling: cart recovery', 'Inkling: pricing intent', 'Inkling: engagement levels']
  const enrolments = () => account.workflows().map(({ criteria }) => JSON.stringify(criteria))

  test('makes workflows that are switched off and start by the custom events, once', async () => {
    await open()
    const { code, out } = await run(['hubspot', '--flows'])
    expect(code).toBe(0)
    expect(out).toContain(
      'made     workflow "Inkling: cart recovery" (switched off; starts by the event Cart Abandoned)',
    )
    expect(account.workflows()).toMatchObject(
      names.map(name => ({ name, isEnabled: false, criteria: { shouldReEnroll: true } })),
    )
    const types = ['Cart Abandoned', 'Pricing Intent Detected', 'Engagement Level Reached'].map(
      label => account.definitions().find(definition => definition.label === label)?.objectTypeId,
    )
    for (const [place, type] of types.entries()) expect(enrolments()[place]).toContain(`"eventTypeId":"${type}"`)
    expect((await run(['hubspot', '--flows'])).out).toContain(
      'there    workflow "Inkling: cart recovery" (switched off)',
    )
    expect(account.workflows()).toHaveLength(3)
  })

  test('without custom events they start whenever the property of the moment changes', async () => {
    await open({ customEvents: false })
    const { code, out } = await run(['hubspot', '--flows'])
    expect(code).toBe(0)
    expect(out).toContain('starts whenever inkling_cart_abandoned_at changes')
    expect(account.workflows().map(({ name }) => name)).toEqual(names)
    expect(enrolments()[1]).toContain('inkling_pricing_intent_detected_at')
  })

  test('only looks with --dry-run, and says so where an account has no workflows', async () => {
    await open()
    expect((await run(['hubspot', '--flows', '--dry-run'])).out).toContain('missing  workflow "Inkling: cart recovery"')
    expect(account.workflows()).toEqual([])
    await account.close()
    await open({ scopes: SCOPES.filter(scope => scope !== 'automation') })
    const without = await run(['hubspot', '--flows'])
    expect([without.code, without.out]).toEqual([0, expect.stringContaining('none     workflows: HubSpot refuses')])
    expect(account.workflows()).toEqual([])
  })

  test('a workflow of the same name is left as it is', async () => {
    await open()
    const headers = { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' }
    // So many of their own that ours stand on the second page.
    const other = {
      ...{
        type: 'CONTACT_FLOW',
        flowType: 'WORKFLOW',
        objectTypeId: '0-1',
        name: 'Theirs',
        isEnabled: true,
        actions: [],
      },
      ...{ blockedDates: [], timeWindows: [], customProperties: {}, dataSources: [], suppressionListIds: [] },
      canEnrollFromSalesforce: false,
    }
    for (let n = 0; n < 100; n += 1)
      await fetch(`${account.url}/automation/v4/flows`, { method: 'POST', headers, body: JSON.stringify(other) })
    await run(['hubspot', '--flows'])
    const before = account.workflows()
    expect(before).toHaveLength(103)
    await run(['hubspot', '--flows'])
    expect(account.workflows()).toEqual(before)
  })
})

test('the limit of the smallest account is waited for, as HubSpot says how long', async () => {
  let now = Date.UTC(2026, 6, 15, 12)
  await open({ limits: true, now: () => now })
  const waits: number[] = []
  const pause = async (ms: number) => {
    waits.push(ms)
    now += ms
  }
  const kinds = new Set<string>()
  const settings = { accessToken: TOKEN, baseUrl: account.url }
  for await (const { kind } of setUpHubspot(settings, WANTED, { dryRun: false, flows: true, pause })) kinds.add(kind)
  expect([...kinds]).toEqual(['made'])
  expect(waits).toEqual([10_000])
})
