/** `inkling setup klaviyo` as an operator runs it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { type KlaviyoOptions, type KlaviyoStandIn, startKlaviyo } from '../../../examples/platforms/klaviyo.ts'
import { setUpKlaviyo } from '../../../src/connectors/klaviyo/setup.ts'
import type { Step } from '../../../src/connectors/setup.ts'
import { MOMENTS } from '../../../src/destination/engine/fact.ts'
import { momentProperties } from '../../../src/destination/engine/moments/properties.ts'
import { TRAITS } from '../../../src/destination/engine/traits.ts'
import { call, KEY, profileBody } from '../../support/klaviyo-call.ts'
import { runSetup, type Told } from '../../support/run-setup.ts'

let account: KlaviyoStandIn
afterEach(() => account?.close())

async function open(options: Partial<KlaviyoOptions> = {}): Promise<void> {
  account = await startKlaviyo({ apiKey: KEY, limits: false, readDelayMs: 0, ...options })
}

const run = (args: readonly string[], apiKey: string = KEY, folder?: string): Promise<Told> =>
  runSetup(['klaviyo', ...args], { KLAVIYO_API_KEY: apiKey, KLAVIYO_BASE_URL: account.url }, folder)

/** The test profile, a property for each trait, a metric for each moment. */
const THINGS = 1 + TRAITS.length + MOMENTS.length

test('an empty account hears of every trait and moment, on one profile nobody can mail; a second run changes nothing', async () => {
  await open()
  const { code, out, err } = await run([])
  expect([code, err]).toEqual([0, ''])
  expect(out).toContain('account Leaf & Fig (AbC123, Europe/Berlin)')
  // The account itself was there.
  expect(out).toContain(`${THINGS} made, 1 there already.`)
  expect(account.profiles()).toHaveLength(1)
  const [profile] = account.profiles()
  expect(profile).toMatchObject({ externalId: 'inkling-setup' })
  expect(profile).not.toHaveProperty('email')
  expect(Object.keys(profile?.properties ?? {}).toSorted()).toEqual(
    TRAITS.map(({ name }) => `inkling_${name}`).toSorted(),
  )
  expect(account.events().map(({ metric }) => metric)).toEqual(MOMENTS)
  expect(account.events().every(({ backfill }) => backfill)).toBe(true)

  const [profiles, events] = [account.profiles(), account.events()]
  const again = await run([])
  expect([again.code, again.out]).toEqual([0, expect.stringContaining(`0 made, ${THINGS + 1} there already.`)])
  expect([account.profiles(), account.events()]).toEqual([profiles, events])
})

test('each first event has every property of its moment, of its type', async () => {
  await open()
  await run([])
  for (const { name, properties } of momentProperties([])) {
    const sent = account.events().find(({ metric }) => metric === name)?.properties ?? {}
    expect(Object.keys(sent)).toEqual(properties.map(property => property.name))
    for (const { name: property, type } of properties) {
      expect(typeof sent[property]).toBe(type === 'number' ? 'number' : 'string')
      if (type === 'time') expect(String(sent[property])).toMatch(/^\d{4}-\d\d-\d\dT/)
    }
  }
})

test('--dry-run says what is missing and writes nothing', async () => {
  await open()
  const { code, out } = await run(['--dry-run', '--flows'])
  expect(code).toBe(0)
  expect(out).toContain('missing  metric Cart Abandoned')
  expect(out).toContain('missing  profile property inkling_score (number)')
  expect(out).toContain('missing  flow "Inkling: cart recovery"')
  expect(out).toContain(`Nothing was changed. ${THINGS + 3} missing, 1 there.`)
  expect(account.requests().every(({ method }) => method === 'GET')).toBe(true)
})

test('a moment of your own and another prefix are made by the next run', async () => {
  await open()
  await run([])
  const folder = mkdtempSync(join(tmpdir(), 'inkling-setup-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const own = { traits: { prefix: 'ink_' }, customMoments: [{ name: 'Pricing Again', when: { page: 'pricing' } }] }
  writeFileSync(join(folder, 'inkling.config.ts'), `export default ${JSON.stringify(own)}\n`)
  const { code, out } = await run([], KEY, folder)
  expect(code).toBe(0)
  expect(out).toContain('made     metric Pricing Again')
  expect(out).toContain('made     profile property ink_score (number)')
  expect(out).toContain(`${TRAITS.length + 1} made`)
})

test('a profile of your own keeps its real values, and is the only one written to', async () => {
  await open()
  await call(account.url, '/api/profile-import', {
    body: profileBody({ email: 'me@example.com', properties: { inkling_score: 77 } }),
  })
  const { code, out } = await run(['--profile', 'me@example.com'])
  expect(code).toBe(0)
  expect(out).toContain('there    profile property inkling_score (number)')
  expect(out).not.toContain('me@example.com')
  expect(account.profiles()).toHaveLength(1)
  expect(account.profile({ email: 'me@example.com' })?.properties).toMatchObject({
    inkling_score: 77,
    inkling_level: 'example',
  })
  expect((await run(['--profile', 'me'])).err).toContain('--profile must be an e-mail address')
})

test('a metric of the same name from the shop\u2019s own integration is not taken for ours', async () => {
  await open({ foreignMetrics: ['Cart Abandoned'] })
  expect((await run([])).out).toContain('made     metric Cart Abandoned')
})

test('a refused key, a missing scope and a broken answer are told, without the key', async () => {
  await open()
  const wrong = await run([], 'pk_other_9876543210')
  expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('account: 401')])
  expect(wrong.out + wrong.err).not.toContain('pk_other')
  account.fail({ kind: 'status', status: 403 }, { path: '/api/metrics' })
  const narrow = await run([])
  expect([narrow.code, narrow.err]).toEqual([1, expect.stringContaining('The key needs the scope metrics:read')])
  account.fail({ kind: 'half-body' }, { path: '/api/events' })
  const broken = await run([])
  expect([broken.code, broken.err]).toEqual([1, expect.stringContaining('goes on where it stopped')])
  expect((await run([])).code).toBe(0)
  expect(account.events()).toHaveLength(MOMENTS.length)
  const unset = await runSetup(['klaviyo'], {})
  expect([unset.code, unset.err]).toEqual([1, expect.stringContaining('KLAVIYO_API_KEY is not set')])
})

describe('--flows', () => {
  test('makes three drafts that start by our metrics, once, and sets none live', async () => {
    await open({ foreignMetrics: ['Placed Order'] })
    const { code, out } = await run(['--flows'])
    expect(code).toBe(0)
    expect(out).toContain('made     flow "Inkling: cart recovery" (draft)')
    expect(account.flows().map(({ name, status }) => [name, status])).toEqual([
      ['Inkling: cart recovery', 'draft'],
      ['Inkling: pricing intent', 'draft'],
      ['Inkling: engagement levels', 'draft'],
    ])
    for (const { definition } of account.flows()) {
      const written = JSON.stringify(definition)
      expect(written).not.toMatch(/"status":"(?!draft)/)
      expect(written).toContain('"from_email":"hello@leaf-and-fig.example"')
      expect(written).toContain('"can_receive_marketing":true')
      // An order since the flow began ends it.
      expect(written).toContain('"metric_id":"S00001"')
    }
    expect(account.requests().filter(({ method }) => method === 'PATCH')).toEqual([])
    expect((await run(['--flows'])).out).toContain('there    flow "Inkling: cart recovery" (draft)')
    expect(account.flows()).toHaveLength(3)
  })

  test('names only properties that the moment carries', async () => {
    await open()
    await run(['--flows'])
    const moments = ['Cart Abandoned', 'Pricing Intent Detected', 'Engagement Level Reached']
    for (const [place, { definition }] of account.flows().entries()) {
      const carried = momentProperties([])
        .find(({ name }) => name === moments[place])
        ?.properties.map(({ name }) => name)
      const written = JSON.stringify(definition)
      const named = [...written.matchAll(/event\.(\w+)/g), ...written.matchAll(/"field":"(\w+)"/g)].map(
        ([, name]) => name,
      )
      expect(carried).toEqual(expect.arrayContaining(named))
    }
    expect(JSON.stringify(account.flows()[0]?.definition)).toContain('event.cart_last_item')
  })

  test('waits as Klaviyo asks it to, and for a metric that does not show yet', async () => {
    let now = Date.UTC(2026, 6, 15, 12)
    await open({ limits: true, readDelayMs: 3_000, now: () => now })
    const waits: number[] = []
    const settings = { apiKey: KEY, baseUrl: account.url }
    const wanted = {
      traits: [{ name: 'inkling_score', type: 'number' as const, meaning: '' }],
      moments: momentProperties([]).filter(({ name }) => /Cart A|Pricing|Level/.test(name)),
    }
    const pause = async (ms: number) => {
      waits.push(ms)
      now += ms
    }
    const steps: Step[] = []
    for await (const step of setUpKlaviyo(settings, wanted, { dryRun: false, flows: true, now: () => now, pause }))
      steps.push(step)
    expect(steps.filter(({ kind }) => kind === 'failed')).toEqual([])
    expect(account.flows()).toHaveLength(3)
    expect(waits).toContain(2_000)
    expect(waits).toContain(1_000)
  })
})
