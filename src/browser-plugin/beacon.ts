import type { Analytics, EventContext, SegmentMetadata } from './analytics.ts'
import type { UnsentMessage } from './unsent.ts'

/**
 * Sends one message past the queue of analytics.js, which drops what it is given while a page goes away. As text and
 * without authorization, so that no preflight has to be answered first; the write key travels in the body.
 *
 * @param endpoint - the destination's own address; undefined for Segment's.
 */
export function sendBeacon(
  analytics: Analytics,
  endpoint: string | undefined,
  { message, sentAt, keep }: Letter,
): void {
  // The plugin that talks to Segment knows best where to, also when a proxy is configured.
  const line = analytics.queue.plugins.find(({ name }) => name === 'Segment.io')?.metadata ?? analytics.settings
  const { writeKey, apiHost = 'api.segment.io/v1', protocol = 'https' }: SegmentMetadata = line
  const url = endpoint ? `${endpoint}/b` : `${protocol}://${apiHost}/t`
  const signed = { ...message, writeKey }
  const body = JSON.stringify({ ...(endpoint ? { batch: [signed], writeKey } : signed), sentAt })
  // Nobody hears from a page that is gone.
  if (!navigator.onLine) {
    keep()
    return
  }
  fetch(url, { method: 'POST', body, keepalive: true, headers: { 'content-type': 'text/plain' } }).then(
    ({ status }) => {
      if (status === 429 || status >= 500) keep()
    },
    () => {
      // Refused where other scripts used up the 64 KiB that a page may have in flight; the message id makes a second copy harmless.
      keep()
      navigator.sendBeacon(url, body)
    },
  )
}

export interface Letter {
  readonly message: UnsentMessage
  readonly sentAt: Date
  /** Called when the message did not arrive, or nobody can know. */
  readonly keep: () => void
}

/** What only analytics.js adds to an event, consent above all. */
const CARRIED = ['userAgent', 'userAgentData', 'locale', 'timezone', 'library', 'campaign', 'consent'] as const

/** The context of a call that analytics.js does not see, from that of the last one it saw. */
export function carriedContext({ userAgent }: Navigator, last: EventContext = { userAgent }): object {
  return Object.fromEntries(CARRIED.map(key => [key, last[key]]))
}
