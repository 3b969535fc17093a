/** `inkling replay --send` as an operator runs it, against the platforms' stand-ins. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { startBraze } from '../../../examples/platforms/braze.ts'
import { type KlaviyoStandIn, startKlaviyo } from '../../../examples/platforms/klaviyo.ts'
import { startWebhook } from '../../../examples/platforms/webhook.ts'
import { sampleStream } from '../../../scripts/sample-stream.ts'
import { replay } from '../../../src/destination/commands/replay.ts'
import { type Environment, parseEnvironment } from '../../../src/destination/config.ts'
import { listen } from '../../../src/destination/listen.ts'
import { parsePolicy } from '../../../src/destination/parse-policy.ts'
import { startService } from '../../../src/destination/service.ts'
import { openReadyHubspot, TOKEN } from '../../support/hubspot-account.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'inkling-replay-send-'))
  writeFileSync(
    join(folder, 'stream.jsonl'),
    sampleStream(40)
      .map(sample => JSON.stringify(sample))
      .join('\n'),
  )
})
afterEach(() => rmSync(folder, { recursive: true }))

interface Told {
  readonly code: number
  readonly out: string
  readonly err: string
  /** How many it says it wrote, or would write. */
  readonly moments: number
}

interface Circumstances {
  /** Settles when somebody presses Ctrl-C. */
  readonly stop?: Promise<void>
  readonly now?: () => number
}

async function run(
  args: readonly string[],
  environment: Environment,
  { stop = new Promise(() => undefined), now = Date.now }: Circumstances = {},
): Promise<Told> {
  const told: { out: string[]; err: string[] } = { out: [], err: [] }
  const code = await replay(args, {
    ...{ environment, folder, now, random: () => 0, stdin: () => Readable.from([]), request: fetch },
    out: line => void told.out.push(line),
    err: line => void told.err.push(line),
    untilAskedToStop: () => stop,
  })
  const [out, err] = [told.out.join('\n'), told.err.join('\n')]
  const [, written = out.includes('there is nothing to write') ? '0' : ''] =
    /(\d+) (?:of \d+ )?moments?\b.*\bwritten/.exec(out) ?? []
  return { code, out, err, moments: Number.parseInt(written, 10) }
}

async function openKlaviyo(): Promise<{ readonly klaviyo: KlaviyoStandIn; readonly environment: Environment }> {
  const klaviyo = await startKlaviyo({ apiKey: 'pk_test', limits: false })
  onTestFinished(() => klaviyo.close())
  return { klaviyo, environment: { KLAVIYO_API_KEY: 'pk_test', KLAVIYO_BASE_URL: klaviyo.url } }
}

const history = ['--input', 'stream.jsonl', '--send', 'klaviyo']

test('Klaviyo gets the moments as history, each person\u2019s in order and with no trait, and the same run again adds nothing', async () => {
  const { klaviyo, environment } = await openKlaviyo()
  const { code, out, moments } = await run(history, environment)
  expect(code).toBe(0)
  expect(moments).toBeGreaterThan(50)
  const events = klaviyo.events()
  expect(events).toHaveLength(moments)
  expect(events.every(({ backfill }) => backfill)).toBe(true)
  expect(out).toContain('To klaviyo, as history')
  expect(klaviyo.requests().every(({ path }) => /^\/api\/event(s|-bulk-create-jobs)$/.test(path))).toBe(true)
  expect(klaviyo.profiles().every(({ properties }) => Object.keys(properties).length === 0)).toBe(true)
  for (const { id } of klaviyo.profiles()) {
    const times = klaviyo.events(id).map(({ time }) => time)
    expect(times).toEqual(times.toSorted())
  }
  const again = await run(history, environment)
  expect(again).toMatchObject({
    code: 0,
    moments: 0,
    out: expect.stringContaining(`${moments} there already: an earlier replay`),
  })
  // Klaviyo itself knows them too, by their ids.
  rmSync(join(folder, 'data'), { recursive: true })
  expect(await run(history, environment)).toMatchObject({ code: 0, moments })
  expect(klaviyo.events()).toHaveLength(moments)
})

test('--dry-run says how many there are, asks nobody and makes nothing', async () => {
  const { klaviyo, environment } = await openKlaviyo()
  const dry = await run([...history, '--dry-run'], environment)
  expect(dry).toMatchObject({ code: 0, out: expect.stringContaining('would be written') })
  expect([klaviyo.requests(), existsSync(join(folder, 'data'))]).toEqual([[], false])
  expect((await run(history, environment)).moments).toBe(dry.moments)
})

test('only what --from, --to and --config say is written', async () => {
  const { klaviyo, environment } = await openKlaviyo()
  writeFileSync(join(folder, 'sooner.config.ts'), "export default { moments: { pricingIntent: { dwell: '10s' } } }\n")
  const day = ['--from', '2026-03-03', '--to', '2026-03-04']
  const present = await run([...history, ...day, '--dry-run'], environment)
  const sooner = await run([...history, ...day, '--config', 'sooner.config.ts'], environment)
  expect(sooner.moments).not.toBe(present.moments)
  expect(klaviyo.events().every(({ time }) => time.startsWith('2026-03-03T'))).toBe(true)
})

/** The service over this folder, until what it was sent has come to an attempt at that kind of write. */
async function serve(environment: Environment, calls: readonly object[], kind: 'event' | 'deletion'): Promise<void> {
  const settings = parseEnvironment({ ...environment, DATA_DIR: join(folder, 'data') })
  const policy = parsePolicy(config)
  if (settings.kind === 'invalid' || policy.kind === 'invalid') throw new Error('the settings are wrong')
  const attempted = Promise.withResolvers<void>()
  const service = await startService({
    ...{ settings: settings.settings, policy: policy.policy, random: () => 0 },
    onEvent: told => told.kind === 'delivery attempted' && told.of === kind && attempted.resolve(),
  })
  const listening = await listen(service.app, { host: '127.0.0.1', port: 0 })
  const body = JSON.stringify(calls.map((call, place) => ({ messageId: `m${place}`, ...call })))
  const headers = { 'Content-Type': 'application/json' }
  const { status } = await fetch(`http://127.0.0.1:${listening.port}/segment`, { method: 'POST', headers, body })
  expect(status).toBe(200)
  await attempted.promise
  await listening.close(0)
  await service.stop()
}

const config = { moments: { engagementLevel: { enabled: false } } }
const ada = { type: 'identify', userId: 'ada', traits: { email: 'ada@example.com' } }
const added = { type: 'track', userId: 'ada', event: 'Product Added', properties: { product_id: 'fig', price: 35 } }
const loaded = { type: 'track', userId: 'ada', event: 'Content Downloaded', properties: { file: 'guide.pdf' } }

test('what the service has delivered is left out, what it may yet deliver is left to it, and the rest is written', async () => {
  const { klaviyo, environment } = await openKlaviyo()
  await serve(environment, [ada, added, loaded], 'event')
  expect(klaviyo.events()).toMatchObject([{ metric: 'Content Downloaded', backfill: false }])

  const more = { ...config, customMoments: [{ name: 'Fig Added', when: { event: 'Product Added' }, capped: false }] }
  writeFileSync(join(folder, 'more.config.ts'), `export default ${JSON.stringify(more)}\n`)
  const args = ['--send', 'klaviyo', '--config', 'more.config.ts', '--to', new Date(Date.now() + 1_000).toISOString()]
  const soon = await run(args, environment)
  expect(soon).toMatchObject({ code: 0, moments: 0, out: expect.stringContaining('2 of the last hour') })
  const later = await run(args, environment, { now: () => Date.now() + 7_200_000 })
  expect(later).toMatchObject({ code: 0, moments: 1, out: expect.stringContaining('1 there already: the service') })
  expect(klaviyo.events().slice(1)).toMatchObject([{ metric: 'Fig Added', backfill: true }])
})

test('whoever was deleted is not brought back by a stream that is older', async () => {
  const { klaviyo, environment } = await openKlaviyo()
  await serve(environment, [ada, { type: 'delete', userId: 'ada' }], 'deletion')
  const receivedAt = '2026-03-02T10:00:00.000Z'
  const lines = [
    ada,
    loaded,
    { ...ada, userId: 'bo', traits: { email: 'bo@example.com' } },
    { ...loaded, userId: 'bo' },
  ]
  const old = lines.map((call, place) =>
    JSON.stringify({ messageId: `old${place}`, receivedAt, timestamp: receivedAt, ...call }),
  )
  writeFileSync(join(folder, 'old.jsonl'), old.join('\n'))
  writeFileSync(join(folder, 'inkling.config.ts'), `export default ${JSON.stringify(config)}\n`)
  const told = await run(['--input', 'old.jsonl', '--send', 'klaviyo'], environment)
  expect(told).toMatchObject({ code: 0, moments: 1, out: expect.stringMatching(/1 of people who .* been deleted/) })
  expect(klaviyo.events().map(({ profileId }) => klaviyo.profiles().find(({ id }) => id === profileId)?.email)).toEqual(
    ['bo@example.com'],
  )
})

test('a platform that cannot be told that an event is of the past is refused, with what would happen, unless forced', async () => {
  const braze = await startBraze({ apiKey: 'rest-key', limits: false })
  onTestFinished(() => braze.close())
  const environment = { BRAZE_API_KEY: 'rest-key', BRAZE_REST_ENDPOINT: braze.url }
  const args = ['--input', 'stream.jsonl', '--send', 'braze']
  const refused = await run(args, environment)
  expect([refused.code, refused.out]).toEqual([1, ''])
  expect(refused.err).toMatch(/cannot be told that an event is of the past.*\n?.*start\s+now.*--force/s)
  const dry = await run([...args, '--dry-run'], environment)
  expect([dry.code, braze.requests()]).toEqual([0, []])
  const forced = await run([...args, '--force'], environment)
  expect(forced).toMatchObject({
    code: 0,
    moments: dry.moments,
    out: expect.stringContaining('To braze, as new events'),
  })
  expect(braze.events()).toHaveLength(dry.moments)
  const attributes = braze.profiles().flatMap(profile => Object.keys(profile.attributes))
  expect(attributes.filter(name => name.startsWith('inkling_'))).toEqual([])
  // Braze knows no repeats, but the replay does.
  expect(await run([...args, '--force'], environment)).toMatchObject({ code: 0, moments: 0 })
  expect(braze.events()).toHaveLength(dry.moments)
})

test('HubSpot, when forced, gets events at the time they happened, and its contacts stay as they are', async () => {
  const account = await openReadyHubspot()
  const environment = { HUBSPOT_ACCESS_TOKEN: TOKEN, HUBSPOT_BASE_URL: account.url }
  const args = ['--input', 'stream.jsonl', '--send', 'hubspot']
  expect(await run(args, environment)).toMatchObject({ code: 1, err: expect.stringContaining('--force') })
  const { code, moments } = await run([...args, '--force'], environment)
  expect([code, account.contacts()]).toEqual([0, []])
  expect(account.events()).toHaveLength(moments)
  expect(account.events().every(({ occurredAt }) => occurredAt < Date.UTC(2026, 2, 12))).toBe(true)
})

test('a HubSpot without custom events has no place for the past, and says so', async () => {
  const account = await openReadyHubspot({ customEvents: false })
  const environment = { HUBSPOT_ACCESS_TOKEN: TOKEN, HUBSPOT_BASE_URL: account.url }
  const told = await run(['--input', 'stream.jsonl', '--send', 'hubspot', '--force'], environment)
  expect(told).toMatchObject({
    code: 1,
    moments: 0,
    out: expect.stringContaining('times: the account has no custom events'),
  })
  expect(told.err).toContain('tried again')
})

test('a webhook, when forced, is told that they are replayed', async () => {
  const receiver = await startWebhook({ secret: 'whsec_1234567890', limits: false })
  onTestFinished(() => receiver.close())
  const environment = { WEBHOOK_URL: receiver.hook, WEBHOOK_SECRET: 'whsec_1234567890' }
  const { code, moments } = await run(['--input', 'stream.jsonl', '--send', 'webhook', '--force'], environment)
  expect(code).toBe(0)
  expect(receiver.deliveries()).toHaveLength(moments)
  expect(receiver.deliveries().every(({ replayed }) => replayed === true)).toBe(true)
})

test('a throttled Klaviyo is waited for, one that refuses a moment is quoted, and one that refuses the key ends it', async () => {
  const { klaviyo, environment } = await openKlaviyo()
  klaviyo.fail({ kind: 'throttle', retryAfterS: 1 })
  klaviyo.fail({ kind: 'status', status: 400 })
  const { code, out, err, moments } = await run(history, environment)
  expect(code).toBe(1)
  expect(out).toMatch(new RegExp(`${moments} of ${moments + 1} moments of \\d+ people written\\.\n {2}1 refused`))
  expect(out).toMatch(/1 time: 400 /)
  expect(err).toContain('tried again')
  // The one that was refused is all that is left.
  expect(await run(history, environment)).toMatchObject({ code: 0, moments: 1 })
  expect(klaviyo.events()).toHaveLength(moments + 1)
  const other = { ...environment, KLAVIYO_API_KEY: 'pk_wrong' }
  const wrong = await run(history, other)
  expect(wrong).toMatchObject({ code: 1, moments: 0, err: expect.stringContaining('klaviyo takes no more: 401') })
  expect(wrong.out + wrong.err).not.toContain('pk_wrong')
})

test('Ctrl-C ends it cleanly, and the same again goes on where it stopped', async () => {
  const { klaviyo, environment } = await openKlaviyo()
  const asked = Promise.withResolvers<void>()
  klaviyo.onChange(() => klaviyo.events().length >= 10 && asked.resolve())
  const stopped = await run(history, environment, { stop: asked.promise })
  expect(stopped).toMatchObject({ code: 130, err: expect.stringContaining('goes on where it stopped') })
  expect(stopped.moments).toBe(klaviyo.events().length)
  const before = klaviyo.requests().length
  const rest = await run(history, environment)
  expect(rest).toMatchObject({ code: 0, out: expect.stringContaining(`${stopped.moments} there already`) })
  expect(klaviyo.requests().length - before).toBe(rest.moments)
  expect(klaviyo.events()).toHaveLength(stopped.moments + rest.moments)
})

test('CSV and JSON stay by themselves: what is said of the sending stands beside', async () => {
  const { environment } = await openKlaviyo()
  const { out, err } = await run([...history, '--dry-run', '--format', 'json'], environment)
  expect(JSON.parse(out)).toHaveProperty('moments')
  expect(err).toContain('would be written')
})

test('what is wrong with the call is said before anything is played', async () => {
  const { environment } = await openKlaviyo()
  for (const [args, words] of [
    [['--send', 'mailchimp'], 'expected klaviyo, hubspot, braze, webhook'],
    [['--send', 'braze'], 'braze is not configured'],
    [['--force'], '--force: only says something with --send'],
    [['--dry-run'], '--dry-run: only says something with --send'],
  ] as const)
    expect(await run(['--input', 'stream.jsonl', ...args], environment)).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining(words),
    })
  expect(await run(history, { KLAVIYO_API_KEY: 'pk é' })).toMatchObject({
    code: 1,
    err: expect.stringMatching(/^KLAVIYO_API_KEY/),
  })
})
