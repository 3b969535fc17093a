/** With a key, no file has an anonymous id as it stands in a cookie, and everything is as it was without one. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createDestination } from '../../src/destination/index.ts'
import { listen } from '../../src/destination/listen.ts'
import { runCommand } from '../support/run-command.ts'

const KEY = 'a key of sixteen characters'
const BROWSER = '7d8a2f0c-5a4e-4b6f-9f3d-0b1c2d3e4f5a'
const PHONE = 'c0ffee00-1111-4222-8333-444455556666'

async function open(environment: Readonly<Record<string, string>>) {
  const dataDir = mkdtempSync(join(tmpdir(), 'inkling-hidden-'))
  const start = async () => {
    const destination = await createDestination({ environment: { DATA_DIR: dataDir, ...environment } })
    return { destination, listening: await listen(destination.handler, { host: '127.0.0.1', port: 0 }) }
  }
  let running = await start()
  const stop = async () => {
    await running.listening.close(0)
    await running.destination.stop()
  }
  onTestFinished(async () => {
    await stop()
    rmSync(dataDir, { recursive: true })
  })
  const url = () => `http://127.0.0.1:${running.listening.port}`
  return {
    dataDir,
    async send(path: string, body: unknown) {
      const { status } = await fetch(url() + path, { method: 'POST', body: JSON.stringify(body) })
      expect(status).toBe(200)
    },
    idle: () =>
      expect.poll(async () => (await (await fetch(`${url()}/readyz`)).json()).backlog, { timeout: 10_000 }).toBe(0),
    person: async (id: string) => (await fetch(`${url()}/api/people/${encodeURIComponent(id)}`)).json(),
    async restart() {
      await stop()
      running = await start()
    },
  }
}

const added = (anonymousId: string, messageId: string) => ({
  ...{ type: 'track', event: 'Product Added', anonymousId, messageId },
  context: { page: { url: `https://shop.example/?ajs_aid=${anonymousId}` } },
  properties: { product_id: 'p', price: 9, name: 'Fern' },
})

/** A visit in two browsers that turn out to be one person's, by all the ways in; one message cannot be read. */
async function visit({ send, idle, restart }: Awaited<ReturnType<typeof open>>) {
  await send('/v1/track', added(BROWSER, 'm1'))
  await send('/v1/batch', { batch: [{ ...added(BROWSER, 'm2'), event: 'Product Viewed' }] })
  await idle()
  await restart()
  await send('/segment', [{ json: { ...added(PHONE, 'm3'), properties: { product_id: 'q', price: 5 } } }])
  await send('/segment', { type: 'track', event: 7, anonymousId: PHONE })
  await send('/segment', { type: 'identify', userId: 'ada', anonymousId: BROWSER, messageId: 'm4' })
  await send('/segment', { type: 'alias', userId: 'ada', previousId: PHONE, anonymousId: PHONE, messageId: 'm5' })
  await idle()
}

test('the cookie of nobody stands in a file, and who they are is found out all the same', async () => {
  const [plain, hiding] = [await open({}), await open({ ANONYMOUS_ID_KEY: KEY })]
  await visit(plain)
  await visit(hiding)
  const [known, again] = [await plain.person('ada'), await hiding.person('ada')]
  expect(known).toMatchObject({
    identifiers: { userId: 'ada', anonymousId: PHONE },
    traits: { inkling_cart_item_count: 2, inkling_cart_value: 14 },
  })
  const { inkling_last_viewed_at: _, ...traits } = known.traits
  expect(again).toMatchObject({ traits, identifiers: { userId: 'ada' }, score: known.score })
  expect(again.identifiers.anonymousId).toMatch(/^hidden-/)
  // Whoever asks by what stands in the cookie is answered.
  for (const id of [BROWSER, PHONE]) expect(await hiding.person(id)).toMatchObject({ id: again.id })

  await hiding.restart()
  const bytes = (folder: string) => readdirSync(folder).map(file => readFileSync(join(folder, file)).toString('latin1'))
  for (const id of [BROWSER, PHONE]) {
    expect(bytes(plain.dataDir).some(text => text.includes(id))).toBe(true)
    expect(bytes(hiding.dataDir).filter(text => text.includes(id))).toEqual([])
  }
})

test.each(['explain', 'export'])('%s finds them by what stands in the cookie, with the key', async command => {
  const hiding = await open({ ANONYMOUS_ID_KEY: KEY })
  await visit(hiding)
  const run = (env: Readonly<Record<string, string>>) =>
    runCommand([command, BROWSER], { folder: hiding.dataDir, env: { DATA_DIR: hiding.dataDir, ...env } })
  expect(await run({})).toMatchObject({ code: 1, err: expect.stringContaining('Nobody is known') })
  expect(await run({ ANONYMOUS_ID_KEY: KEY })).toMatchObject({ code: 0, out: expect.stringContaining('ada') })
})

test('an alias finds a browser by its former id alone', async () => {
  const { send, idle, person } = await open({ ANONYMOUS_ID_KEY: KEY })
  await send('/v1/track', added(PHONE, 'm1'))
  await send('/segment', { type: 'alias', userId: 'ada', previousId: PHONE, messageId: 'm2' })
  await idle()
  expect(await person('ada')).toMatchObject({ traits: { inkling_cart_item_count: 1 } })
})
