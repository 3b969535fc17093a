import type { Analytics, EventContext } from './analytics.ts'
import { address as addressed, carriedContext, type Line, sendBeacon } from './beacon.ts'
import { type EngagementOptions, toSettings } from './options.ts'
import { openPage, type PageAddress, type Stop, together } from './page.ts'
import { type Outgoing, type PageView, startPageView } from './page-view.ts'
import { ENGAGEMENT_MEASURED } from './signals.ts'
import { keepUnsent, takeUnsent } from './unsent.ts'

/** After this many errors of its own the plugin stops: something here does not fit this page. */
const MAX_ERRORS = 5

export interface Engagement {
  /** An event passed through. */
  passed(): void
  /** A `page()` call passed through, with what it says of the page. */
  named(page: object | undefined): void
  /** Ends without telling anything. */
  readonly stop: Stop
}

/**
 * Measures one page view after the other and sends their summaries.
 *
 * @param lastContext - the context of the last event that passed through analytics.js.
 */
export function startEngagement(
  analytics: Analytics,
  options: EngagementOptions,
  lastContext: () => EventContext | undefined,
): Engagement {
  const settings = toSettings(options)
  let errors = 0
  let dropped = false
  let view: PageView | undefined
  let path = ''
  let name: PageAddress | undefined
  let stopped = false
  let resent = false

  const line: Line = {
    endpoint: options.transport === 'direct' ? options.endpoint : undefined,
    keep(message) {
      if (!stopped) keepUnsent(message)
    },
  }
  const page = options.source ?? openPage(failed, options.routes)
  begin(undefined)
  const stopListening = together(
    page.onRoute(() => {
      finish('navigation', false)
      begin(view?.lastInput())
    }),
    page.onLeave(restorable => finish('exit', restorable)),
    page.onRestore(() => begin(undefined)),
    page.onVisibility(visible => {
      if (visible && !view) begin(undefined)
    }),
  )
  analytics.queue.on('delivery_failure', noteFailure)

  /** A view begins when it is first seen: a tab in the background or a prerendered page has none yet. */
  function begin(inputAt: number | undefined): void {
    view?.stop()
    view = undefined
    const address = page.address()
    if (address.path !== path) name = undefined
    path = address.path
    if (!page.isVisible()) return
    view = startPageView({ settings, page, address, send, inputAt })
    if (name) view.claim(name)
    name = undefined
  }

  function finish(reason: 'navigation' | 'exit', restorable: boolean): void {
    view?.end(reason, restorable)
  }

  function send({ via, properties, address }: Outgoing): void {
    if (dropped) return
    const { integrations } = options
    const call = {
      messageId: `${properties.pageview_id}.${properties.sequence}`,
      timestamp: page.date(),
      ...(integrations && { integrations }),
    }
    if (via === 'track' && !line.endpoint) {
      analytics.track(ENGAGEMENT_MEASURED, properties, { ...call, context: { page: address } }).catch(failed)
    } else {
      const context = { ...carriedContext(lastContext()), page: address }
      const message = addressed(analytics, { ...call, event: ENGAGEMENT_MEASURED, properties, context })
      sendBeacon(analytics, message, page.date(), line)
    }
  }

  /** Consent is asked for by dropping events: then nothing may go past the queue either, until one is let through. */
  function noteFailure(_context: unknown, error: object): void {
    if ('type' in error && error.type === 'middleware_cancellation') dropped = true
  }

  /** What an earlier page could not send waits until an event passes: until then nobody knows that it may. */
  function passed(): void {
    dropped = false
    if (resent) return
    resent = true
    for (const message of takeUnsent()) sendBeacon(analytics, message, page.date(), line)
  }

  function failed(): void {
    errors += 1
    if (errors >= MAX_ERRORS) stop()
  }

  function stop(): void {
    stopped = true
    view?.stop()
    view = undefined
    stopListening()
    analytics.queue.off('delivery_failure', noteFailure)
  }

  return {
    passed,
    named(given) {
      if (stopped) return
      const address = page.address()
      // The first call names the view that began with the page load or the route; another one for the same path is a new view.
      if (!view || view.isClaimed() || address.path !== path) {
        finish('navigation', false)
        begin(view?.lastInput())
      }
      // analytics.js knows no route behind the hash.
      const own = options.routes === 'hash' && { path: address.path, url: address.url }
      const claimed = { ...address, ...given, ...own }
      if (view) view.claim(claimed)
      else name = claimed
    },
    stop,
  }
}
