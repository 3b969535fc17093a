/**
 * How soon the largest batches Segment sends are answered: 4,000 events each, by every way that carries batches. First
 * each alone, with everything taken in before the next; then ten at once, as when Segment catches up. Webhooks (classic)
 * gives up after 5 s, so this exits with 1 when an answer took longer.
 *
 * `inkling serve` is a process of its own with its defaults, in preview. `npm run bench:batches`
 */
import { createHmac } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, startChild } from '../test/support/service-child.ts'
import { figuresOf } from './latency/stages.ts'
import { printTable } from './plugin/table.ts'

const EVENTS = 4_000
const EVENTS_EACH = 4
const ROUNDS = 5
const AT_ONCE = 10
const GIVEN_UP_AFTER_MS = 5_000
const SECRET = 'bench-secret-0123456789'

interface Request {
  readonly path: string
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

const WAYS: Readonly<Record<string, (events: readonly object[]) => Request>> = {
  'webhook, its first event signed': events => {
    const signature = createHmac('sha1', SECRET).update(JSON.stringify(events[0])).digest('hex')
    return { path: '/segment', body: JSON.stringify(events), headers: { 'x-signature': signature } }
  },
  'Extensible Webhook, each event wrapped': events => {
    const signature = createHmac('sha1', SECRET).update(JSON.stringify(events[0])).digest('hex')
    const body = JSON.stringify(events.map(json => ({ json })))
    return { path: '/segment', body, headers: { 'x-signature': signature } }
  },
  'signed batch': events => {
    const body = JSON.stringify({ batch: events })
    const timestamp = String(Math.floor(Date.now() / 1_000))
    const signature = createHmac('sha256', SECRET).update(`bench.${timestamp}.${body}`).digest('hex')
    const headers = {
      'x-inkling-key-id': 'bench',
      'x-inkling-timestamp': timestamp,
      'x-inkling-signature': `v1=${signature}`,
    }
    return { path: '/segment/batch', body, headers }
  },
}

const folder = await mkdtemp(join(tmpdir(), 'inkling-batches-'))
await writeFile(join(folder, 'inkling.config.mjs'), 'export default {}\n')
const service = startChild({
  dataDir: join(folder, 'data'),
  port: await freePort(),
  config: join(folder, 'inkling.config.mjs'),
  environment: { SEGMENT_SHARED_SECRET: SECRET, SIGNING_KEYS: `bench:${SECRET}` },
})
await service.ready
try {
  const rows = []
  let slowest = 0
  for (const [way, toRequest] of Object.entries(WAYS)) {
    const alone: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      alone.push(await answered(toRequest(events())))
      await takenIn()
    }
    const begun = performance.now()
    const together = await Promise.all(Array.from({ length: AT_ONCE }, () => answered(toRequest(events()))))
    await takenIn()
    const perSecond = (AT_ONCE * EVENTS * 1_000) / (performance.now() - begun)
    slowest = Math.max(slowest, ...alone, ...together)
    rows.push([way, ...cells(alone), ...cells(together), `${Math.round(perSecond)}`])
  }
  const size = Buffer.byteLength(JSON.stringify(events()))
  console.log(`${EVENTS} events, ${(size / 1e6).toFixed(1)} MB a batch; ms until it was answered\n`)
  printTable(
    ['way', 'alone', 'longest', `${AT_ONCE} at once`, 'longest', 'events a second until all were decided upon'],
    rows,
  )
  if (slowest > GIVEN_UP_AFTER_MS) process.exitCode = 1
} finally {
  await service.kill('SIGTERM')
  await rm(folder, { recursive: true })
}

/** @returns ms until the answer was complete. */
async function answered({ path, body, headers }: Request): Promise<number> {
  const begun = performance.now()
  const response = await fetch(service.url + path, { method: 'POST', body, headers })
  const text = await response.text()
  if (response.status !== 200) throw new Error(`${path} was answered ${response.status}: ${text}`)
  return performance.now() - begun
}

async function takenIn(): Promise<void> {
  for (;;) {
    const answer = await fetch(`${service.url}/readyz`)
    const { backlog }: { backlog: number } = await answer.json()
    if (backlog === 0) return
    await sleep(20)
  }
}

/** Each time other people: a thousand of them, who look at products and put them into their carts. */
function events(): readonly object[] {
  const crowd = crypto.randomUUID().slice(0, 8)
  const now = Date.now()
  return Array.from({ length: EVENTS }, (_, index) => {
    const timestamp = new Date(now - (EVENTS - index)).toISOString()
    const product = `p-${index % 50}`
    return {
      type: 'track',
      event: index % EVENTS_EACH === 0 ? 'Product Added' : 'Product Viewed',
      messageId: `ajs-next-${crypto.randomUUID()}`,
      userId: `${crowd}-${index % (EVENTS / EVENTS_EACH)}`,
      anonymousId: `${crowd}-anonymous-${index % (EVENTS / EVENTS_EACH)}`,
      properties: { product_id: product, name: `Product ${product}`, price: 19.9, category: 'Plants' },
      context: {
        page: { path: `/products/${product}`, url: `https://shop.example/products/${product}`, title: product },
        userAgent:
          'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
        locale: 'en-US',
        timezone: 'Europe/Berlin',
        library: { name: 'analytics.js', version: 'npm:next-1.84.3' },
      },
      integrations: {},
      channel: 'client',
      version: 2,
      ...{ timestamp, originalTimestamp: timestamp, sentAt: timestamp, receivedAt: timestamp },
    }
  })
}

function cells(ms: readonly number[]): readonly string[] {
  const { median, max } = figuresOf(ms)
  return [median.toFixed(0), max.toFixed(0)]
}
