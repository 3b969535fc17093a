/** The service within somebody else's app: under a path, beside their routes, behind their body parser. */
import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express, { type Express } from 'express'
import { expect, onTestFinished, test } from 'vitest'
import { createDestination, type Destination, type Environment } from '../../src/destination/index.ts'
import { listen } from '../../src/destination/listen.ts'

const SECRET = 'a secret of this test, long enough'
const HUBSPOT = { HUBSPOT_ACCESS_TOKEN: 'pat-test', HUBSPOT_CLIENT_SECRET: SECRET }

interface Mounted {
  readonly url: string
  readonly destination: Destination
}

/** Mounts the service at `/inkling` of an app, after what `first` adds to it. */
async function mount(first: (app: Express) => void, environment: Environment = {}): Promise<Mounted> {
  const folder = mkdtempSync(join(tmpdir(), 'inkling-mount-'))
  const destination = await createDestination({
    environment: { DATA_DIR: folder, SEGMENT_SHARED_SECRET: SECRET, ...environment },
  })
  const app = express()
  first(app)
  app.use('/inkling', destination.handler)
  app.get('/after', (_request, response) => void response.send('theirs'))
  const listening = await listen(app, { host: '127.0.0.1', port: 0 })
  onTestFinished(async () => {
    await listening.close(1_000)
    await destination.stop()
    rmSync(folder, { recursive: true })
  })
  return { url: `http://127.0.0.1:${listening.port}`, destination }
}

const EVENT = JSON.stringify({ type: 'track', event: 'Product Added', userId: 'ada', messageId: 'm1' })

function webhook({ url }: Mounted, signed = EVENT): Promise<Response> {
  const signature = createHmac('sha1', SECRET).update(signed).digest('hex')
  const headers = { 'content-type': 'application/json', 'x-signature': signature }
  return fetch(`${url}/inkling/segment`, { method: 'POST', body: EVENT, headers })
}

test('their routes answer as before, and ours under the path', async () => {
  const { url } = await mount(app => app.get('/healthz', (_request, response) => void response.send('theirs')))
  const text = async (path: string) => (await fetch(url + path)).text()
  expect(await text('/healthz')).toBe('theirs')
  expect(await text('/after')).toBe('theirs')
  expect(await text('/inkling/healthz')).toBe('{"status":"ok"}')
  expect(await text('/inkling/after')).toContain('not_found')
})

test('the webhook takes what is signed and refuses what is not', async () => {
  const mounted = await mount(() => undefined)
  expect((await webhook(mounted)).status).toBe(200)
  expect((await webhook(mounted, `${EVENT} `)).status).toBe(401)
})

test('the settings for analytics.js name the path', async () => {
  const { url } = await mount(() => undefined, { SEGMENT_WRITE_KEYS: 'web' })
  const settings = await (await fetch(`${url}/inkling/v1/projects/web/settings`)).json()
  expect(settings.integrations['Segment.io'].apiHost).toBe(`${new URL(url).host}/inkling/v1`)
})

test.each([
  ['as the request says', {}, (url: string) => `${url}/inkling`],
  ['as PUBLIC_URL says', { PUBLIC_URL: 'https://shop.example/inkling' }, () => 'https://shop.example/inkling'],
])('a hook that signs its address is genuine under the path, %s', async (_how, environment, seen) => {
  const { url } = await mount(() => undefined, { ...HUBSPOT, ...environment })
  const stamp = String(Date.now())
  const signature = createHmac('sha256', SECRET)
    .update(`POST${seen(url)}/hooks/hubspot[]${stamp}`)
    .digest('base64')
  const answer = await fetch(`${url}/inkling/hooks/hubspot`, {
    method: 'POST',
    body: '[]',
    headers: { 'x-hubspot-signature-v3': signature, 'x-hubspot-request-timestamp': stamp },
  })
  expect([answer.status, await answer.text()]).toEqual([200, '{"success":true}'])
})

test('behind a body parser that kept no bytes, it is said what to do, in a way that Segment sends again', async () => {
  const answer = await webhook(await mount(app => app.use(express.json())))
  const { error } = await answer.json()
  expect([answer.status, error.code]).toEqual([500, 'already_read'])
  expect(error.message).toContain('Mount Inkling ahead of it')
})

test.each([
  [200, EVENT],
  [401, `${EVENT} `],
])('behind a body parser that kept the bytes, the signature is checked all the same: %i', async (status, signed) => {
  const keepBytes = express.json({
    verify: (request, _response, bytes) => void Object.assign(request, { rawBody: bytes }),
  })
  const mounted = await mount(app => app.use(keepBytes))
  expect((await webhook(mounted, signed)).status).toBe(status)
})

test('bytes that a body parser kept have the same bound', async () => {
  const keepBytes = express.json({
    limit: '10mb',
    verify: (request, _response, bytes) => void Object.assign(request, { rawBody: bytes }),
  })
  const { url } = await mount(app => app.use(keepBytes))
  const body = JSON.stringify({ event: 'a'.repeat(600_000) })
  const headers = { 'content-type': 'application/json' }
  expect((await fetch(`${url}/inkling/v1/track`, { method: 'POST', body, headers })).status).toBe(413)
})

test('after it was stopped, nothing is taken that would not be kept, and their routes go on', async () => {
  const mounted = await mount(() => undefined)
  await mounted.destination.stop()
  const answer = await webhook(mounted)
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5'])
  expect(await (await fetch(`${mounted.url}/after`)).text()).toBe('theirs')
})
