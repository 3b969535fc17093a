import type { Analytics, EventContext } from './analytics.ts'
import { readTimeZone } from './device.ts'

/**
 * Sends one track call past the queue of analytics.js, which drops what it is given while a page goes away. As text and
 * without authorization, so that no preflight has to be answered first; the write key travels in the body.
 *
 * @param message - the fields of the call that are about this message: event, properties, messageId, timestamp, sentAt, context.
 */
export function sendBeacon(analytics: Analytics, message: object): void {
  const { queue, settings } = analytics
  const user = analytics.user()
  // The plugin that talks to Segment knows best where to, also when a proxy is configured.
  const own = queue.plugins.find(({ name }) => name === 'Segment.io')?.metadata
  const url = `${own?.protocol ?? 'https'}://${own?.apiHost ?? settings.apiHost ?? 'api.segment.io/v1'}/t`
  const body = JSON.stringify({
    type: 'track',
    ...message,
    anonymousId: user.anonymousId(),
    userId: user.id(),
    writeKey: own?.writeKey ?? settings.writeKey,
  })
  const unkept = () => navigator.sendBeacon(url, body)
  // Refused where other scripts used up the 64 KiB that a page may have in flight; the message id makes a second copy harmless.
  if ('keepalive' in Request.prototype)
    fetch(url, { method: 'POST', body, keepalive: true, headers: { 'content-type': 'text/plain' } }).catch(unkept)
  else unkept()
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
