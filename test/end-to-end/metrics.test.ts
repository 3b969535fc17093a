/** What an operator's Prometheus reads, after messages that were good, bad and repeated, and deliveries that failed. */
import { expect, onTestFinished, test } from 'vitest'
import { startKlaviyo } from '../../examples/platforms/klaviyo.ts'
import { openLiveService } from '../support/live-service.ts'

const API_KEY = 'pk_metrics'

/** Name with labels → value. */
async function scrape(url: string, token?: string): Promise<ReadonlyMap<string, number>> {
  const response = await fetch(`${url}/metrics`, {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  })
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
  const lines = (await response.text()).split('\n').filter(line => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map(line => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  )
}

test('counts what came in, what became of it, and what waits', async () => {
  const standIn = await startKlaviyo({ apiKey: API_KEY, limits: false })
  onTestFinished(() => standIn.close())
  const { url, events, send, until } = await openLiveService({
    environment: { KLAVIYO_API_KEY: API_KEY, KLAVIYO_BASE_URL: standIn.url },
  })
  const post = (body: unknown) => fetch(`${url}/segment`, { method: 'POST', body: JSON.stringify(body) })
  const attempts = (outcome: string) =>
    events.filter(event => event.kind === 'delivery attempted' && event.outcome === outcome)
  const attempted = (count: number, outcome = 'delivered') => until(() => attempts(outcome).length >= count)

  await send({ type: 'identify', userId: 'ada', traits: { email: 'ada@example.com' } })
  await attempted(1)
  // A repeated one, one that cannot be read, and a body that is none.
  expect(
    (await post([{ type: 'track', messageId: 'm1.0', event: 'A', userId: 'ada' }, { type: 'nothing' }])).status,
  ).toBe(200)
  expect((await fetch(`${url}/segment`, { method: 'POST', body: 'nonsense' })).status).toBe(400)
  // Twice, so that it waits for some seconds in all.
  standIn.fail({ kind: 'status', status: 503 }, { path: '/api/events', times: 2 })
  await send({ event: 'Product Added', userId: 'ada', properties: { product_id: 'p', price: 9 } })
  await attempted(1, 'retry')
  const retrying = async () =>
    (await scrape(url)).get('inkling_deliveries{connector="klaviyo",kind="event",state="retry"}')
  await expect.poll(retrying).toBe(1)
  await attempted(2)
  // Settled a moment after it is told.
  await expect.poll(retrying).toBeUndefined()

  const found = await scrape(url)
  const expected = {
    'inkling_messages_received_total{call="webhook"}': 4,
    inkling_messages_failed_on_ingest_total: 1,
    'inkling_messages_filtered_total{reason="duplicate"}': 1,
    inkling_messages_decided_total: 2,
    inkling_quarantined_messages: 1,
    inkling_backlog_entries: 0,
    'inkling_requests_refused_total{code="not_json"}': 1,
    'inkling_moments_fired_total{moment="Engagement Level Reached"}': 1,
    'inkling_deliveries_successful_total{connector="klaviyo",kind="event"}': 1,
    'inkling_delivery_attempts_total{connector="klaviyo",kind="event",outcome="retry"}': 2,
    'inkling_delivered_seconds_count{connector="klaviyo",kind="event"}': 1,
    inkling_durable_seconds_count: 3,
    'inkling_latency_objective_missed{stage="durable"}': 0,
  }
  for (const [name, value] of Object.entries(expected)) expect([name, found.get(name)]).toEqual([name, value])
  expect(found.get('inkling_log_bytes')).toBeGreaterThan(1_000)
  expect(found.get('inkling_disk_free_bytes')).toBeGreaterThan(1_000)
  expect([...found.keys()].join()).not.toMatch(/ada|example\.com|product/i)
})

test('the first scrape has what there is already', async () => {
  const { url } = await openLiveService({})
  expect((await fetch(`${url}/segment`, { method: 'POST', body: JSON.stringify([{ type: 'nothing' }]) })).status).toBe(
    200,
  )
  const found = await scrape(url)
  expect([found.get('inkling_quarantined_messages'), found.get('inkling_up')]).toEqual([1, 1])
  expect(found.get('inkling_store_bytes')).toBeGreaterThan(1_000)
})

test('what is given up is a failed delivery and waits as a dead letter', async () => {
  const standIn = await startKlaviyo({ apiKey: API_KEY, limits: false })
  onTestFinished(() => standIn.close())
  const { url, send, until, events } = await openLiveService({
    environment: { KLAVIYO_API_KEY: API_KEY, KLAVIYO_BASE_URL: standIn.url, ADMIN_TOKEN: 'operator' },
  })
  standIn.fail({ kind: 'status', status: 400 })
  await send({ type: 'identify', userId: 'ada', traits: { email: 'ada@example.com' } })
  await until(() => events.some(event => event.kind === 'delivery attempted' && event.became === 'dead'))
  expect((await fetch(`${url}/metrics`)).status).toBe(401)
  await expect
    .poll(async () =>
      (await scrape(url, 'operator')).get('inkling_deliveries{connector="klaviyo",kind="traits",state="dead"}'),
    )
    .toBe(1)
  const found = await scrape(url, 'operator')
  expect(found.get('inkling_deliveries_failed_total{connector="klaviyo",kind="traits"}')).toBe(1)
})
