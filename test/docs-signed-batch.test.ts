/** Holds docs/signed-batch.md to the code: its senders work, its answers are the ones given, its numbers are the code's. */
import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { MAX_SKEW_MS } from '../src/destination/routes/batch-signature.ts'
import { MAX_REMEMBERED } from '../src/destination/routes/replay-guard.ts'
import { MAX_WEBHOOK_BYTES } from '../src/destination/routes/segment.ts'
import { signedHeaders } from './destination/routes/sign-batch.ts'
import { additions, KEY, openFedService } from './end-to-end/feeding/fed-service.ts'
import { openLiveService } from './support/live-service.ts'
import { fencesOf, read, rowsOf, sectionOf } from './support/markdown.ts'

const document = read('docs/signed-batch.md')
const run = promisify(execFile)
const hasTools = ['curl', 'openssl'].every(name => spawnSync(name, ['version']).error === undefined)

async function opened() {
  const { url } = await openLiveService({ environment: { SIGNING_KEYS: `${KEY.id}:${KEY.secret}` } })
  const { PATH = '' } = process.env
  return { url, env: { PATH, INKLING_URL: url, KEY_ID: KEY.id, SECRET: KEY.secret } }
}

test('the sender in Node has its events taken, in fifteen lines', async () => {
  const [code = ''] = fencesOf(document, 'js')
  expect(code.split('\n').filter(line => line !== '').length).toBeLessThanOrEqual(15)
  const { url, env } = await opened()
  const EVENTS = JSON.stringify(additions(2, 'ada'))
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code], { env: { ...env, EVENTS } })
  expect(stdout).toBe('200 {"success":true,"accepted":2,"statuses":[200,200]}\n')
  await expect.poll(async () => (await fetch(`${url}/api/people/ada`)).status, { timeout: 10_000 }).toBe(200)
})

test.skipIf(!hasTools)(
  'the lines for a shell test a connection (skipped where curl or openssl is absent)',
  async () => {
    const script = fencesOf(document, 'sh').at(-1) ?? ''
    const { env } = await opened()
    expect((await run('sh', ['-c', script], { env })).stdout).toBe('{"success":true,"accepted":0,"statuses":[]}')
    const { stdout } = await run('sh', ['-c', script], { env: { ...env, SECRET: 'another' } })
    expect(stdout).toContain('batch_forged')
  },
)

test('the example of a batch is taken, and the example of an answer is what is given', async () => {
  const [batch = '', answer = ''] = fencesOf(document, 'json')
  const service = await openFedService()
  const send = (body: string) =>
    service.post('/segment/batch', body, signedHeaders(body, KEY, Date.parse('2026-11-21T01:00:00Z')))
  expect(await (await send(batch)).json()).toEqual({ success: true, accepted: 1, statuses: [200] })
  const { userId, ...nobody } = JSON.parse(batch).batch[0]
  const good = { ...nobody, userId }
  const mixed = JSON.stringify({ batch: [good, { ...nobody, messageId: 'order-1002' }, good] })
  expect(await (await send(mixed)).json()).toEqual(JSON.parse(answer))
})

test('the signature to try one\u2019s own code with is the right one', () => {
  const key = { id: 'queue', secret: 'secret_0123456789abcdef' }
  const headers = signedHeaders('{"batch":[]}', key, 1_784_116_800_000)
  expect(document).toContain(`\`${headers['x-inkling-signature']}\``)
})

test('the table of answers has every code with its status', () => {
  const said = read('src/destination/routes/reply.ts')
  const [, ...rows] = rowsOf(sectionOf(document, 'What is answered'))
  for (const [status, code] of rows) expect(said).toMatch(new RegExp(`${code}: \\{\\s*status: ${status},`))
  const route = read('src/destination/routes/signed-batch.ts') + read('src/destination/routes/batch-signature.ts')
  const own = [...route.matchAll(/'((?:batch|replay|no|unknown)_[a-z_]+)'/g)].map(([, code]) => code)
  expect(rows.map(([, code]) => code)).toEqual(expect.arrayContaining(own))
})

test('the bounds are the code\u2019s', () => {
  const seconds = MAX_SKEW_MS / 1_000
  expect(document).toContain(`more than ${seconds} s from the clock`)
  expect(document).toContain(`After ${seconds} s its timestamp`)
  expect(document).toContain(`At most ${MAX_REMEMBERED.toLocaleString('en-US')} signatures`)
  expect(document).toContain(`At most ${MAX_WEBHOOK_BYTES / 1e6} MB and 10,000 events, 32 KB each`)
})
