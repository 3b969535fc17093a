import type { Analytics, EventContext } from './analytics.ts'
import { keepUnsent } from './unsent.ts'

/** A message with its writer's key and ids, as the tracking API takes it. */
export interface Message {
  readonly messageId: string
  readonly writeKey?: string | undefined
}

/** Completes a message with what identifies its sender. */
export function address<M extends { readonly messageId: string }>(analytics: Analytics, message: M): M & Message {
  const user = analytics.user()
  const writeKey = segmentLine(analytics)?.writeKey ?? analytics.settings.writeKey
  return { type: 'track', ...message, anonymousId: user.anonymousId(), userId: user.id(), writeKey }
}

export interface BeaconOptions {
  readonly analytics: Analytics
  /** The destination's own address; undefined for Segment's. */
  readonly endpoint: string | undefined
  readonly sentAt: Date
  /** Whether what does not arrive may still be stored. */
  readonly mayKeep: () => boolean
}

/**
 * Sends one message past the queue of analytics.js, which drops what it is given while a page goes away. As text and
 * without authorization, so that no preflight has to be answered first; the write key travels in the body. What did not
 * arrive is kept for the next page.
 */
export function sendBeacon(message: Message, { analytics, endpoint, sentAt, mayKeep }: BeaconOptions): void {
  const own = segmentLine(analytics)
  const host = own?.apiHost ?? analytics.settings.apiHost ?? 'api.segment.io/v1'
  const url = endpoint ? `${endpoint}/b` : `${own?.protocol ?? 'https'}://${host}/t`
  const body = JSON.stringify(
    endpoint ? { batch: [message], writeKey: message.writeKey, sentAt } : { ...message, sentAt },
  )
  const keep = () => {
    if (mayKeep()) keepUnsent(message)
  }
  const refused = () => {
    keep()
    navigator.sendBeacon(url, body)
  }
  // Nobody hears from a page that is gone, so it is kept beforehand.
  if (!navigator.onLine) keep()
  // Refused where other scripts used up the 64 KiB that a page may have in flight; the message id makes a second copy harmless.
  if ('keepalive' in Request.prototype)
    fetch(url, { method: 'POST', body, keepalive: true, headers: { 'content-type': 'text/plain' } }).then(
      ({ status }) => {
        if (status === 429 || status >= 500) keep()
      },
      refused,
    )
  else refused()
}

/** The plugin that talks to Segment knows best where to, also when a proxy is configured. */
function segmentLine({ queue }: Analytics) {
  return queue.plugins.find(({ name }) => name === 'Segment.io')?.metadata
}

/** The context of a call that analytics.js does not see: what only it adds to an event, consent above all, from the last it saw. */
export function carriedContext(last: EventContext = { userAgent: navigator.userAgent }): EventContext {
  const { userAgent, userAgentData, locale, timezone, library, campaign, consent } = last
  return { userAgent, userAgentData, locale, timezone, library, campaign, consent }
}
