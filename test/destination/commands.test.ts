import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { configSchema } from '../../src/destination/config-schema.ts'
import { MOMENTS, RESTRAINTS } from '../../src/destination/engine/fact.ts'
import { defaultPolicy } from '../../src/destination/engine/policy.ts'

const MAIN = fileURLToPath(new URL('../../dist/src/destination/main.js', import.meta.url))
const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url))

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'inkling-command-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

function inkling(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return new Promise(resolve => {
    execFile(
      process.execPath,
      [MAIN, ...args],
      { cwd: folder, env: { PATH: process.env['PATH'] ?? '', ...env } },
      (error, out, err) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err })
      },
    )
  })
}

test('every command explains itself and exits 0', async () => {
  expect(await inkling(['--help'])).toMatchObject({
    code: 0,
    out: expect.stringMatching(/serve.*check.*setup.*explain.*replay.*calibrate.*demo/s),
  })
  for (const command of ['serve', 'check', 'setup', 'explain', 'replay', 'calibrate', 'demo']) {
    expect(await inkling([command, '--help'])).toMatchObject({
      code: 0,
      out: expect.stringContaining(`inkling ${command}`),
    })
  }
})

test('an unknown command or option exits 2 and says what there is', async () => {
  expect(await inkling(['sevre'])).toMatchObject({
    code: 2,
    err: expect.stringContaining(
      'serve, check, setup, explain, replay, calibrate, dead-letters, forget, export, backup, migrate, demo',
    ),
  })
  expect(await inkling(['check', '--verbose'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('Usage: inkling check'),
  })
  expect(await inkling([])).toMatchObject({ code: 2 })
})

test('check explains the defaults in words', async () => {
  const { code, out } = await inkling(['check'])
  expect(code).toBe(0)
  expect(out).toContain('nothing leaves this machine')
  expect(out).toContain('Pricing Intent Detected: after 90 s active on a pricing page')
})

test('check says what comes back from the platforms, by which way', async () => {
  expect((await inkling(['check'])).out).toContain('Feedback: none')
  const env = { KLAVIYO_API_KEY: 'k', KLAVIYO_FEEDBACK_MINUTES: '5', BRAZE_CURRENTS_TOKEN: 'shown-to-nobody' }
  const { out } = await inkling(['check'], { ...env, PUBLIC_URL: 'https://shop.example/inkling/' })
  expect(out).toContain('klaviyo is asked every 5 min; braze tells it at https://shop.example/inkling/hooks/braze')
  expect(out).not.toContain('shown-to-nobody')
})

test('check says what several processes share, and no password', async () => {
  const { out } = await inkling(['check'], {
    DATABASE_URL: 'postgres://u:hunter2@db.example:5432/inkling',
    KAFKA_BROKERS: 'k1:9092,k2:9092',
  })
  expect(out).toContain('shares the topic inkling at k1:9092, k2:9092 and the database inkling at db.example:5432')
  expect(out).not.toContain('hunter2')
})

test('check says who may send signed batches, by their ids', async () => {
  expect((await inkling(['check'])).out).toContain('Signed batches: from this machine only (SIGNING_KEYS is not set)')
  const { out } = await inkling(['check'], { SIGNING_KEYS: 'spring:0123456789abcdef,autumn:fedcba9876543210' })
  expect(out).toContain('Signed batches: with spring or autumn (SIGNING_KEYS)')
  expect(out).not.toMatch(/0123456789|fedcba/)
})

test('check tells of every moment, restraint, page type and event of the policy', async () => {
  const { out } = await inkling(['check'])
  for (const key of Object.keys(defaultPolicy.moments)) expect(out).toContain(`[moments.${key}]`)
  for (const name of MOMENTS) expect(out).toMatch(new RegExp(`\n +${name}: |told as ${name}\n`))
  for (const { name } of defaultPolicy.sequences) expect(out).toContain(`\n    ${name}: `)
  for (const restraint of RESTRAINTS) expect(out).toContain(`\n    ${restraint}: `)
  for (const { type, paths } of defaultPolicy.pages) for (const path of [type, ...paths]) expect(out).toContain(path)
  for (const [event, points] of Object.entries(defaultPolicy.weights.events))
    expect(out).toContain(`${event} ${points}`)
})

test('check tells of custom moments and segments by their conditions, and of what is off', async () => {
  writeFileSync(
    join(folder, 'inkling.config.ts'),
    `export default {
      moments: { comparison: { enabled: false } },
      customMoments: [{ name: 'Big Look', when: { event: { name: 'Product Viewed', properties: { price: { over: 100 } } } } }],
      segments: [{ name: 'trial', when: { traits: { plan: 'trial' } }, caps: [{ limit: 1, within: '7d' }] }],
    }`,
  )
  const { out } = await inkling(['check'])
  expect(out).toContain('Comparison Detected: off')
  expect(out).toContain('Big Look: when did Product Viewed with price at least 100; at most once in 1 d')
  expect(out).toContain('trial (plan is trial): 1 in 7 d')
})

test('check --schema prints what the package carries for editors', async () => {
  const { code, out } = await inkling(['check', '--schema'])
  const packed = readFileSync(fileURLToPath(import.meta.resolve('segment-inkling/schema.json')), 'utf8')
  expect({ code, out }).toEqual({ code: 0, out: packed })
  expect(JSON.parse(packed)).toEqual(configSchema())
})

test('check reads inkling.config.ts where it stands, types and all', async () => {
  writeFileSync(
    join(folder, 'inkling.config.ts'),
    "const dwell: string = '45s'\nexport default { moments: { pricingIntent: { dwell } } }\n",
  )
  const keys = { KLAVIYO_API_KEY: 'pk_secret_key_1234567890', HUBSPOT_ACCESS_TOKEN: 'pat_secret_1234567890' }
  const { code, out } = await inkling(['check'], keys)
  expect(code).toBe(0)
  expect(out).toContain('klaviyo at https://a.klaviyo.com, hubspot at https://api.hubapi.com')
  expect(out).toContain('"inkling setup hubspot"')
  expect(out).not.toContain('pat_secret')
  expect(out).toContain('after 45 s active on a pricing page')
  expect(out).not.toContain('pk_secret')
})

test('check says where Braze is and what becomes of an event it does not answer', async () => {
  const braze = { BRAZE_API_KEY: 'rest_secret_key', BRAZE_REST_ENDPOINT: 'https://rest.iad-01.braze.com/' }
  const { code, out } = await inkling(['check'], braze)
  expect(code).toBe(0)
  expect(out).toContain('Platforms: braze at https://rest.iad-01.braze.com')
  expect(out).toContain('that Braze does not answer is sent again, and may count twice there')
  expect((await inkling(['check'], { ...braze, BRAZE_UNANSWERED_EVENTS: 'drop' })).out).toContain('may be lost')
  const more = { ...braze, BRAZE_ANONYMOUS_VISITORS: 'alias', READ_BACK: 'braze' }
  const [usual, other] = [(await inkling(['check'], braze)).out, (await inkling(['check'], more)).out]
  expect(usual).toContain('Visitors without a name wait until')
  expect(usual).toContain('Read back: nothing (READ_BACK is not set)')
  expect(other).toContain('Visitors without a name become alias-only profiles')
  expect(other).toContain('Read back: consent and value, from braze, at most once a day')
  expect(out).not.toContain('rest_secret')
})

test('check says at which host the webhook is, and neither its path nor its secret', async () => {
  const webhook = { WEBHOOK_URL: 'https://hooks.zapier.com/hooks/catch/1/abc/', WEBHOOK_SECRET: 'whsec_1234567890' }
  const { code, out } = await inkling(['check'], webhook)
  expect(code).toBe(0)
  expect(out).toContain('Platforms: webhook at https://hooks.zapier.com/…')
  expect(out).not.toMatch(/catch|whsec/)
})

test('check lists every mistake of environment and configuration at once, exits 1, and shows no secret', async () => {
  writeFileSync(join(folder, 'inkling.config.ts'), "export default { moments: { pricingIntent: { dwell: '90' } } }\n")
  const { code, err } = await inkling(['check'], {
    PORT: 'eighty',
    KLAVIYO_BASE_URL: 'nowhere',
    KLAVIYO_API_KEY: 'pk_secret_key_1234567890',
  })
  expect(code).toBe(1)
  expect(err).toContain('PORT')
  expect(err).toContain('KLAVIYO_BASE_URL')
  expect(err).toContain('moments.pricingIntent.dwell: found "90"')
  expect(err).not.toContain('pk_secret')
})

test('a configuration that is missing, broken or exports nothing is named', async () => {
  expect((await inkling(['check', '--config', 'missing.ts'])).err).toContain('missing.ts: there is no such file')
  writeFileSync(join(folder, 'broken.ts'), 'export default {')
  expect((await inkling(['check', '--config', 'broken.ts'])).err).toContain('it cannot be loaded')
  writeFileSync(join(folder, 'empty.ts'), 'export const config = {}\n')
  expect((await inkling(['check', '--config', 'empty.ts'])).err).toContain('it exports no default')
})

test('serve says so when the port is taken, and exits 1', async () => {
  const other = createServer()
  await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address() as AddressInfo
  const { code, err } = await inkling(['serve'], { PORT: String(port) })
  await new Promise(resolve => other.close(resolve))
  expect({ code, err }).toEqual({
    code: 1,
    err: `127.0.0.1:${port} is already in use. Stop what listens there, or set PORT to another port.\n`,
  })
})

test('serve takes messages, stops when it is asked to, and exits 0', async () => {
  const child = spawn(process.execPath, [MAIN, 'serve'], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', PORT: '0' },
  })
  const lines: { readonly kind: string; readonly url?: string }[] = []
  const told = (kind: string) =>
    new Promise<{ readonly url?: string }>((resolve, reject) => {
      child.once('exit', () => reject(new Error(`it ended before it told "${kind}"`)))
      child.stdout.on('data', (chunk: Buffer) => {
        for (const line of chunk.toString().split('\n').filter(Boolean)) lines.push(JSON.parse(line))
        const found = lines.find(line => line.kind === kind)
        if (found) resolve(found)
      })
    })
  const { url = '' } = await told('started')
  const body = JSON.stringify({ userId: 'ada', event: 'Product Added', properties: { product_id: 'fern', price: 10 } })
  const answer = await fetch(`${url}/v1/track`, {
    method: 'POST',
    body,
    headers: { authorization: `Basic ${btoa('any:')}` },
  })
  expect(await answer.json()).toEqual({ success: true })
  const ended = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
  expect(lines.at(-1)).toMatchObject({ kind: 'stopped' })
})

test('under an older Node it says which it needs instead of failing on a line of its own', async () => {
  const script = `Object.defineProperty(process.versions, 'node', { value: '20.1.0' }); process.argv[1] = ${JSON.stringify(MAIN)}; await import(${JSON.stringify(MAIN)})`
  const ended = await new Promise<Ended>(resolve => {
    execFile(process.execPath, ['--input-type=module', '-e', script], { cwd: REPOSITORY }, (error, out, err) =>
      resolve({ code: Number(error?.code ?? 0), out, err }),
    )
  })
  expect(ended).toMatchObject({
    code: 1,
    err: expect.stringContaining('Inkling needs Node 24 or later; this is 20.1.0'),
  })
})
