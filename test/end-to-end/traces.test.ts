/** What an OpenTelemetry collector receives of a moment on its way, and of the request it came with. */
import { createServer } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { startKlaviyo } from '../../examples/platforms/klaviyo.ts'
import { openLiveService } from '../support/live-service.ts'

const API_KEY = 'pk_traces'

interface Span {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[]
}

/** As the protocol has it: JSON to /v1/traces. */
async function startCollector() {
  const bodies: string[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', part => {
      body += part
    })
    request.on('end', () => {
      if (request.url === '/v1/traces') bodies.push(body)
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const spans = () => bodies.flatMap(spansIn)
  return { url: `http://127.0.0.1:${port}`, bodies, spans }
}

function spansIn(body: string): readonly Span[] {
  const { resourceSpans }: { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] } = JSON.parse(body)
  return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(scope => scope.spans))
}

function attributeOf({ attributes }: Span, name: string): unknown {
  const found = attributes.find(({ key }) => key === `inkling.${name}`)
  return Object.values(found?.value ?? {})[0]
}

test('a trace for each moment, a span for each try, and nothing of whom it is about', async () => {
  const collector = await startCollector()
  const standIn = await startKlaviyo({ apiKey: API_KEY, limits: false })
  onTestFinished(() => standIn.close())
  const { url, events, until } = await openLiveService({
    environment: {
      ...{ KLAVIYO_API_KEY: API_KEY, KLAVIYO_BASE_URL: standIn.url },
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    },
  })
  standIn.fail({ kind: 'status', status: 503 }, { path: '/api/events' })
  const sender = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }
  const happenedAt = Date.now() - 2_000
  const calls = [
    { type: 'identify', messageId: 'm1', userId: 'ada-4711', traits: { email: 'ada@example.com' } },
    {
      ...{ type: 'track', event: 'Product Added', messageId: 'm2', userId: 'ada-4711' },
      ...{ properties: { product_id: 'fern-4711', price: 9 }, timestamp: new Date(happenedAt).toISOString() },
    },
  ]
  const answer = await fetch(`${url}/segment`, {
    ...{ method: 'POST', body: JSON.stringify(calls) },
    headers: { traceparent: `00-${sender.traceId}-${sender.spanId}-01` },
  })
  expect(answer.status).toBe(200)
  await until(() => events.filter(event => event.kind === 'delivery attempted' && event.of === 'event').length >= 2)

  const named = (name: string) => collector.spans().filter(span => span.name === name)
  await expect.poll(() => named('deliver').length, { timeout: 15_000 }).toBeGreaterThan(1)
  const [received] = named('receive')
  expect(received).toMatchObject({ traceId: sender.traceId, parentSpanId: sender.spanId })
  const [decided, ...more] = named('decide')
  if (decided === undefined) throw new Error('nothing was decided')
  expect(more).toEqual([])
  expect(attributeOf(decided, 'moment')).toBe('Engagement Level Reached')
  expect(Number(BigInt(decided.startTimeUnixNano) / 1_000_000n)).toBe(happenedAt)
  expect(Number(decided.endTimeUnixNano)).toBeGreaterThan(Number(decided.startTimeUnixNano))
  const tries = named('deliver')
  for (const one of tries) expect(one).toMatchObject({ traceId: decided.traceId, parentSpanId: decided.spanId })
  expect(tries.map(one => [attributeOf(one, 'attempt'), attributeOf(one, 'became')])).toEqual([
    [1, 'retry'],
    [2, 'delivered'],
  ])
  for (const body of collector.bodies) expect(body).not.toMatch(/4711|ada|fern|pk_traces/i)
})

test('a collector that is down costs nothing but its traces', async () => {
  const { send, events, until } = await openLiveService({
    environment: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' },
  })
  await send({ type: 'identify', userId: 'ada', traits: { email: 'ada@example.com' } })
  await send({ event: 'Product Added', userId: 'ada', properties: { product_id: 'p', price: 9 } })
  await until(() => events.some(({ kind }) => kind === 'delivery attempted' || kind === 'would write'))
})
