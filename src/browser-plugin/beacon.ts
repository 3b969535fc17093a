import type { Analytics, EventContext, SegmentMetadata } from './analytics.ts'
import { readTimeZone } from './device.ts'

/** A message with its writer's key and ids, as the tracking API takes it. */
export interface Message {
  readonly messageId: string
  readonly writeKey?: string | undefined
}

/** Where messages go past the queue of analytics.js. */
export interface Line {
  /** The destination's own address; undefined for Segment's. */
  readonly endpoint: string | undefined
  /** Called when a message did not arrive, or nobody can know. */
  readonly keep: (message: Message) => void
}

/** Completes a message with what identifies its sender. */
export function address<M extends { readonly messageId: string }>(analytics: Analytics, message: M): M & Message {
  const user = analytics.user()
  const writeKey = segmentLine(analytics)?.writeKey ?? analytics.settings.writeKey
  return { type: 'track', ...message, anonymousId: user.anonymousId(), userId: user.id(), writeKey }
}

/**
 * Sends one message past the queue of analytics.js, which drops what it is given while a page goes away. As text and
 * without authorization, so that no preflight has to be answered first; the write key travels in the body.
 */
export function sendBeacon(analytics: Analytics, message: Message, sentAt: Date, { endpoint, keep }: Line): void {
  const own = segmentLine(analytics)
  const host = `${own?.protocol ?? 'https'}://${own?.apiHost ?? analytics.settings.apiHost ?? 'api.segment.io/v1'}`
  const url = endpoint ? `${endpoint}/b` : `${host}/t`
  const body = JSON.stringify(
    endpoint ? { batch: [message], writeKey: message.writeKey, sentAt } : { ...message, sentAt },
  )
  const refused = () => {
    keep(message)
    navigator.sendBeacon(url, body)
  }
  // Nobody hears from a page that is gone, so it is kept beforehand.
  if (!navigator.onLine) keep(message)
  // Refused where other scripts used up the 64 KiB that a page may have in flight; the message id makes a second copy harmless.
  if ('keepalive' in Request.prototype)
    fetch(url, { method: 'POST', body, keepalive: true, headers: { 'content-type': 'text/plain' } }).then(
      ({ status }) => {
        if (status === 429 || status >= 500) keep(message)
      },
      refused,
    )
  else if (!navigator.sendBeacon(url, body)) keep(message)
}

/** The plugin that talks to Segment knows best where to, also when a proxy is configured. */
function segmentLine({ queue }: Analytics): SegmentMetadata | undefined {
  return queue.plugins.find(({ name }) => name === 'Segment.io')?.metadata
}

/** What only analytics.js adds to an event, consent above all. */
const CARRIED = ['userAgent', 'userAgentData', 'locale', 'timezone', 'library', 'campaign', 'consent'] as const

/** The context of a call that analytics.js does not see, from that of the last one it saw. */
export function carriedContext(last: EventContext | undefined): object {
  const known = last ?? {
    userAgent: navigator.userAgent,
    timezone: readTimeZone(),
    library: { name: 'segment-inkling' },
  }
  return Object.fromEntries(CARRIED.map(key => [key, known[key]]))
}
