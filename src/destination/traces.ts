/**
 * What happened as OpenTelemetry traces, where an endpoint is set: a trace for each moment at each platform, from the behaviour
 * to its decision on disk, with a span for each try to deliver it; and a span in its sender's own trace for each request
 * that names one. Nothing in them says who it is about.
 */
import { type Context, ROOT_CONTEXT, type SpanContext, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import type { Ingested } from './ingest.ts'
import type { LogEvent } from './log-event.ts'
import type { EdgeEvent } from './routes/accept.ts'

export interface Traces {
  hearEdge(event: EdgeEvent): void
  /** After a commit. */
  ingested(ingested: Ingested): void
  hear(event: LogEvent): void
  /** Sends what is left, for as long as an operator waits; what cannot be sent is let go. */
  stop(): Promise<void>
}

export interface TracesOptions {
  /** `/v1/traces` is put behind it. */
  readonly endpoint: string
  readonly version: string
  /** Epoch ms. */
  readonly now: () => number
}

/** Deliveries under way whose moment is remembered: after a restart, or beyond that, a try has a trace of its own. */
const MOST_UNDER_WAY = 10_000
const SENT_WITHIN_MS = 2_000

export function createTraces({ endpoint, version, now }: TracesOptions): Traces {
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
    timeoutMillis: SENT_WITHIN_MS,
  })
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'inkling', 'service.version': version }),
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  })
  const tracer = provider.getTracer('inkling', version)
  /** By the delivery's id. */
  const moments = new Map<string, { readonly context: SpanContext; readonly name: string }>()

  const remember = (id: string, moment: { readonly context: SpanContext; readonly name: string }) => {
    moments.set(id, moment)
    const [oldest] = moments.size > MOST_UNDER_WAY ? moments.keys() : []
    if (oldest !== undefined) moments.delete(oldest)
  }
  return {
    hearEdge: event => {
      if (event.kind !== 'request accepted') return
      const { call, accepted, rejected, bytes, tookMs, traceparent } = event
      const sender = contextOf(traceparent)
      if (sender === undefined) return
      const at = now()
      const options = {
        kind: SpanKind.SERVER,
        startTime: at - tookMs,
        attributes: {
          'inkling.call': call,
          'inkling.accepted': accepted,
          'inkling.rejected': rejected,
          'inkling.bytes': bytes,
        },
      }
      tracer.startSpan('receive', options, sender).end(at)
    },
    ingested: ({ events }) => {
      for (const { id, name, connector, time } of events) {
        const attributes = { 'inkling.moment': name, 'inkling.connector': connector, 'inkling.delivery': id }
        const span = tracer.startSpan('decide', { startTime: time, attributes }, ROOT_CONTEXT)
        span.end(now())
        remember(id, { context: span.spanContext(), name })
      }
    },
    hear: event => {
      if (event.kind !== 'delivery attempted') return
      const { connector, delivery, of: kind, outcome, became, attempt, tookMs } = event
      const moment = moments.get(delivery)
      if (became === 'delivered' || became === 'dead') moments.delete(delivery)
      // Traits that go by themselves follow from much that happened, and from nothing in particular.
      if (kind === 'traits') return
      const at = now()
      const attributes = {
        ...{ 'inkling.connector': connector, 'inkling.delivery': delivery, 'inkling.kind': kind },
        ...{ 'inkling.attempt': attempt, 'inkling.outcome': outcome, 'inkling.became': became },
        ...(moment !== undefined && { 'inkling.moment': moment.name }),
      }
      const context = moment === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, moment.context)
      const span = tracer.startSpan('deliver', { kind: SpanKind.CLIENT, startTime: at - tookMs, attributes }, context)
      if (became !== 'delivered') span.setStatus({ code: SpanStatusCode.ERROR })
      span.end(at)
    },
    stop: () => provider.shutdown().catch(() => undefined),
  }
}

/** W3C Trace Context, version 00. Whoever may send may choose it: it joins spans, and nothing else. */
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/

function contextOf(traceparent: string | undefined): Context | undefined {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent ?? '') ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined
  const sender = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true }
  return trace.setSpanContext(ROOT_CONTEXT, sender)
}
