import type { Analytics, EventContext } from './analytics.ts'
import { address as addressed, type BeaconOptions, carriedContext, sendBeacon } from './beacon.ts'
import { type EngagementOptions, toSettings } from './options.ts'
import { openPage, type PageAddress } from './page.ts'
import { type Outgoing, type PageView, startPageView } from './page-view.ts'
import { watchRoute } from './route.ts'
import { ENGAGEMENT_MEASURED } from './signals.ts'
import { takeUnsent } from './unsent.ts'
import type { Signal } from './view.ts'

/** After this many errors of its own the plugin stops: something here does not fit this page. */
const MAX_ERRORS = 5

export interface Engagement {
  /** An event passed through. */
  passed(): void
  /** A `page()` call passed through, with what it says of the page. */
  named(page: object | undefined): void
  /** Ends without telling anything. */
  stop(): void
}

export interface EngagementWorld {
  readonly analytics: Analytics
  readonly signals: readonly Signal[]
  readonly options: EngagementOptions
  /** The context of the last event that passed through analytics.js. */
  readonly lastContext: () => EventContext | undefined
}

/** Measures one page view after the other and sends their summaries. */
export function startEngagement({ analytics, signals, options, lastContext }: EngagementWorld): Engagement {
  const settings = toSettings(options)
  const { integrations, routes } = options
  const endpoint = options.transport === 'direct' ? options.endpoint : undefined
  let errors = 0
  let dropped = false
  let stopped = false
  let resent = false
  let viewPage = openPage()
  let view: PageView | undefined
  let path = ''
  let name: PageAddress | undefined

  const page = openPage({ report: failed, routes })
  watchRoute(page, routeChanged)
  page.listen(['pagehide'], event => view?.end('exit', event.persisted))
  page.listen(['pageshow'], event => {
    if (event.persisted) begin(undefined)
  })
  page.onVisibility(visible => {
    if (visible && !view) begin(undefined)
  })
  analytics.queue.on('delivery_failure', noteFailure)
  begin(undefined)

  /** A view begins when it is first seen: a tab in the background or a prerendered page has none yet. */
  function begin(inputAt: number | undefined): void {
    viewPage.close()
    view = undefined
    const address = page.address()
    if (address.path !== path) name = undefined
    path = address.path
    if (!page.isVisible()) return
    viewPage = openPage({ report: failed, routes, frames: options.frames })
    view = startPageView({ settings, signals, page: viewPage, send, inputAt })
    if (name) view.claim(name)
    name = undefined
  }

  function routeChanged(): void {
    view?.end('navigation', false)
    begin(view?.lastInput())
  }

  function send({ beacon, properties, address }: Outgoing): void {
    if (dropped) return
    const call = {
      messageId: `${properties.pageview_id}.${properties.sequence}`,
      timestamp: page.date(),
      ...(integrations && { integrations }),
    }
    if (beacon || endpoint) {
      const context = { ...carriedContext(lastContext()), page: address }
      sendBeacon(addressed(analytics, { ...call, event: ENGAGEMENT_MEASURED, properties, context }), line())
    } else analytics.track(ENGAGEMENT_MEASURED, properties, { ...call, context: { page: address } }).catch(failed)
  }

  function line(): BeaconOptions {
    return { analytics, endpoint, sentAt: page.date(), mayKeep: () => !stopped }
  }

  /** Consent is asked for by dropping events: then nothing may go past the queue either, until one is let through. */
  function noteFailure(_context: unknown, error: object): void {
    if ('type' in error && error.type === 'middleware_cancellation') dropped = true
  }

  function failed(): void {
    if (++errors >= MAX_ERRORS) stop()
  }

  function stop(): void {
    stopped = true
    view = undefined
    viewPage.close()
    page.close()
    analytics.queue.off('delivery_failure', noteFailure)
  }

  return {
    /** What an earlier page could not send waits until an event passes: until then nobody knows that it may. */
    passed() {
      dropped = false
      if (resent) return
      resent = true
      for (const message of takeUnsent()) sendBeacon(message, line())
    },
    named(given) {
      if (stopped) return
      const address = page.address()
      // The first call names the view that began with the page load or the route; another one for the same path is a new view.
      if (!view || view.isClaimed() || address.path !== path) routeChanged()
      // analytics.js knows no route behind the hash.
      const own = routes === 'hash' && { path: address.path, url: address.url }
      name = { ...address, ...given, ...own }
      view?.claim(name)
      if (view) name = undefined
    },
    stop,
  }
}
