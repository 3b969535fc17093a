/** `explain`, and `replay` of the service's own log, beside the running service. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { endOf, runCommand, startCommand } from '../../support/run-command.ts'

let folder: string
let url: string
let service: ReturnType<typeof startCommand>
const lines: { readonly kind: string; readonly url?: string; readonly moment?: string }[] = []
const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) => runCommand(args, { folder, env })

/** Waits until the service has told a line like this. */
function told(fits: (line: (typeof lines)[number]) => boolean): Promise<(typeof lines)[number]> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const found = lines.find(fits)
      if (found === undefined) return
      service.stdout.off('data', look)
      resolve(found)
    }
    service.stdout.on('data', look)
    service.once('exit', () => reject(new Error('the service ended')))
    look()
  })
}

async function send(path: string, body: object): Promise<void> {
  const headers = { authorization: `Basic ${btoa('any:')}` }
  const answer = await fetch(`${url}/v1/${path}`, { method: 'POST', body: JSON.stringify(body), headers })
  expect(await answer.json()).toEqual({ success: true })
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'inkling-explain-'))
  writeFileSync(join(folder, 'inkling.config.ts'), "export default { moments: { cartAbandoned: { after: '1s' } } }\n")
  service = startCommand(['serve'], { folder, env: { PORT: '0' } })
  let open = ''
  service.stdout.on('data', (chunk: Buffer) => {
    const [last = '', ...whole] = (open + chunk).split('\n').toReversed()
    open = last
    for (const line of whole.toReversed()) lines.push(JSON.parse(line))
  })
  const started = await told(({ kind }) => kind === 'started')
  url = started.url ?? ''
  const product = { product_id: 'fern', name: 'Fern', price: 10 }
  await send('track', { anonymousId: 'tab', event: 'Product Added', properties: product })
  await send('identify', { userId: 'ada', traits: { email: 'ada@shop.example' } })
  await send('identify', { userId: 'ada', anonymousId: 'tab' })
  await send('track', { anonymousId: 'tab', event: 'Product Added', properties: product })
  const hidden = { pageview_id: 'pv', page_type: 'pricing', active_ms: 95_000, automation: {} }
  await send('track', { anonymousId: 'other', event: 'Engagement Measured', properties: hidden })
  await told(({ kind, moment }) => kind === 'moment fired' && moment === 'Cart Abandoned')
  await vi.waitFor(async () => {
    const deliveries = await (await fetch(`${url}/api/deliveries?status=delivered`)).text()
    expect(deliveries).toContain('Cart Abandoned')
  })
})
afterAll(async () => {
  const ended = endOf(service)
  service.kill('SIGTERM')
  await ended
  rmSync(folder, { recursive: true })
})

test('a story is told in words, most recent first: who, what the platforms have, what fired and why, what was sent', async () => {
  const { code, out, err } = await run(['explain', 'ADA@shop.example'])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  for (const part of ['ada@shop.example', 'tab', 'Score ', 'Traits as the platforms have them', 'inkling_level'])
    expect(out).toContain(part)
  const fired = out.indexOf('Cart Abandoned fired')
  expect(fired).toBeGreaterThan(out.indexOf('Story, most recent first'))
  expect(out.indexOf('Visits joined')).toBeGreaterThan(fired)
  expect(out.slice(fired)).toMatch(
    /Cart Abandoned fired\n {4}Left 2 items worth 20 in the cart.*\n {4}→ preview has it/,
  )
})

test('what was withheld is told with its reason and its numbers', async () => {
  const { out } = await run(['explain', 'other'])
  expect(out).toMatch(/Pricing Intent Detected was withheld: unconfirmed\n {4}Spent 95 s active on the pricing page/)
})

test('as JSON it is what the API answers', async () => {
  const { out } = await run(['explain', 'ada', '--json'])
  const { score: _, ...explained } = JSON.parse(out)
  const answer = await fetch(`${url}/api/people/ada`)
  const { score: __, ...answered } = (await answer.json()) as Record<string, unknown>
  expect(explained).toEqual(answered)
})

test('who is unknown, and data that are not there, are named, with exit code 1', async () => {
  expect(await run(['explain', 'nobody'])).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringContaining('Nobody is known as "nobody"'),
  })
  expect(await run(['explain', 'ada'], { DATA_DIR: 'elsewhere' })).toMatchObject({
    code: 1,
    err: expect.stringContaining('There is no data folder'),
  })
  expect(await run(['explain', 'ada'], { DATA_DIR: '.' })).toMatchObject({
    code: 1,
    err: expect.stringContaining('holds no log.db and no store.db'),
  })
  expect(await run(['explain'])).toMatchObject({ code: 2, err: expect.stringContaining('Usage: inkling explain') })
})

test('a replay of the service\u2019s own log says what really fired, and another configuration what would have', async () => {
  const { code, out } = await run(['replay', '--compare', '--format', 'json'])
  expect(code).toBe(0)
  const { moments, withheld, examples } = JSON.parse(out)
  expect(moments).toContainEqual(
    expect.objectContaining({ moment: 'Cart Abandoned', fired: { would: 1, compared: 1 } }),
  )
  for (const { fired } of moments) expect(fired.would).toBe(fired.compared)
  for (const { times } of withheld) expect(times.would).toBe(times.compared)
  expect(examples).toEqual([])
  writeFileSync(join(folder, 'off.config.ts'), 'export default { moments: { cartAbandoned: { enabled: false } } }\n')
  const candidate = await run(['replay', '--compare', '--config', 'off.config.ts'])
  expect(candidate.out).toMatch(/Cart Abandoned +0 +1 +-1 /)
  expect(candidate.out).toContain('Cart Abandoned, only in what really fired')
})
