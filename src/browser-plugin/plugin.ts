import { type PageAddress, readAddress, readPath } from './address.ts'
import type { Analytics, AnalyticsContext, EventContext } from './analytics.ts'
import { carriedContext, sendBeacon } from './beacon.ts'
import { consentIn } from './consent.ts'
import { type EngagementOptions, toSettings } from './options.ts'
import { openPage, type WholePage } from './page.ts'
import { type PageView, startPageView } from './page-view.ts'
import { ENGAGEMENT_MEASURED, type EngagementProperties } from './signals.ts'
import type { Tracker } from './tracker.ts'
import { keepUnsent, takeUnsent, type UnsentMessage } from './unsent.ts'
import type { Signal } from './view.ts'

/** After this many errors of its own the plugin stops: something here does not fit this page. */
const MAX_ERRORS = 5

/** A plugin as analytics.js takes it. An enrichment sees just the events that consent has let through. */
export interface EngagementPlugin {
  readonly name: string
  readonly type: 'enrichment'
  readonly version: string
  isLoaded(): boolean
  load(context: unknown, instance: Analytics): Promise<void>
  unload(): void
  /** The `pageview_id` of what is measured at this moment; undefined while nothing is. */
  pageViewId(): string | undefined
  /** The visitor agreed: measures from now on, as far as nothing else forbids it. */
  grantConsent(): void
  /** The visitor declined: stops at once, tells nothing more, and forgets what was measured and kept. */
  revokeConsent(): void
  page<C extends AnalyticsContext>(context: C): C
  track<C extends AnalyticsContext>(context: C): C
  identify<C extends AnalyticsContext>(context: C): C
  group<C extends AnalyticsContext>(context: C): C
  alias<C extends AnalyticsContext>(context: C): C
  screen<C extends AnalyticsContext>(context: C): C
}

/**
 * Makes the plugin from the signals it is to measure, so that a bundler leaves the others out; dwell is always measured. It
 * measures one page view after the other and sends their summaries.
 *
 *     analytics.register(engagementWith([trackHover, trackScroll], { idleMs: 20_000 }))
 */
export function engagementWith(signals: readonly Signal[], options: EngagementOptions = {}): EngagementPlugin {
  const settings = toSettings(options)
  const { integrations, routes, frames } = options
  const endpoint = options.transport === 'direct' ? options.endpoint : undefined
  let granted = options.consent !== 'required'
  let analytics: Analytics | undefined
  let last: EventContext | undefined
  let dropped = false
  let resent = false
  let errors = 0
  /** There is one while anything is measured. */
  let page: WholePage | undefined
  let view: PageView | undefined
  let path: string | undefined
  let name: PageAddress | undefined

  const lifecycle: Tracker = {
    now: {
      visibilitychange: seen,
      prerenderingchange: seen,
      freeze: seen,
      resume: seen,
      pagehide: event => leave(event.persisted),
      pageshow: event => event.persisted && begin(),
      currententrychange: checkRoute,
      popstate: checkRoute,
      // Without the Navigation API the site's own `page()` calls tell of a route, or else what happens next; `history` is not patched.
      click: checkStray,
      keydown: checkStray,
    },
    scrolled: checkStray,
  }

  function start(): void {
    if (!analytics || !granted || page || (options.respectGpc !== false && asksForPrivacy())) return
    page = openPage({ report: failed, frames })
    begin()
  }

  function stop(): void {
    page?.close()
    page = view = undefined
  }

  function failed(): void {
    if (++errors >= MAX_ERRORS) stop()
  }

  function seen({ type }: Event): void {
    const at = page?.now() ?? 0
    if (type === 'freeze' || !page?.isVisible()) page?.tell(tracker => tracker.hide?.(at))
    else if (view) page.tell(tracker => tracker.show?.(at))
    else begin()
  }

  /** What happens to a page after it was left, its hiding above all, belongs to no view. */
  function leave(restorable: boolean): void {
    view?.end('exit', restorable)
    view = undefined
    page?.end()
    page?.follow([lifecycle])
  }

  /** A view begins when it is first seen: a tab in the background or a prerendered page has none yet. */
  function begin(inputAt?: number): void {
    if (!page) return
    const at = readPath(routes)
    if (at !== path) name = undefined
    path = at
    page.end()
    view = page.isVisible() ? startPageView({ settings, signals, page, send }, readAddress(at), inputAt) : undefined
    page.follow([lifecycle, ...(view?.trackers ?? [])])
    claim()
  }

  /** Gives the view the address that a `page()` call named, as soon as there is a view. */
  function claim(): void {
    if (!view || !name) return
    view.claim(name)
    name = undefined
  }

  /** Changes of query or hash alone make no view. */
  function checkRoute(): void {
    if (readPath(routes) !== path) next()
  }

  function checkStray(): void {
    if (!window.navigation) checkRoute()
  }

  function next(): void {
    view?.end('navigation')
    begin(view?.lastInput())
  }

  function send(properties: EngagementProperties, address: PageAddress, beacon: boolean): void {
    if (dropped || !analytics || !page) return
    const call = {
      messageId: `${properties.pageview_id}.${properties.sequence}`,
      timestamp: page.date(),
      integrations,
      context: { page: address },
    }
    if (beacon || endpoint) {
      const user = analytics.user()
      post({
        type: 'track',
        event: ENGAGEMENT_MEASURED,
        properties,
        ...call,
        context: { ...carriedContext(navigator, last), page: address },
        anonymousId: user.anonymousId(),
        userId: user.id(),
      })
    } else analytics.track(ENGAGEMENT_MEASURED, properties, call).catch(failed)
  }

  function post(message: UnsentMessage): void {
    if (!analytics || !page) return
    sendBeacon(analytics, endpoint, { message, sentAt: page.date(), keep: () => page && keepUnsent(message) })
  }

  /** Consent is asked for by dropping events: then nothing may go past the queue either, until one is let through. */
  function noteFailure(_failed: unknown, error: { readonly type?: unknown }): void {
    if (error.type === 'middleware_cancellation') dropped = true
  }

  function consent(given: boolean): void {
    granted = given
    if (given) start()
    else {
      stop()
      takeUnsent()
    }
  }

  function note<C extends AnalyticsContext>(context: C): C {
    last = context.event.context
    const given = consentIn(last, options.consentCategories)
    if (given !== undefined && given !== granted) consent(given)
    dropped = false
    // What an earlier page could not send waits until an event passes: until then nobody knows that it may.
    if (page && !resent) {
      resent = true
      takeUnsent().forEach(post)
    }
    return context
  }

  return {
    name: 'Inkling Engagement',
    type: 'enrichment',
    version: '0.1.0',
    isLoaded: () => true,
    async load(_context, instance) {
      // A mistake in it is told here, where analytics.js says which plugin made it.
      if (options.sections) document.querySelector(options.sections)
      analytics = instance
      analytics.queue.on('delivery_failure', noteFailure)
      start()
    },
    unload() {
      analytics?.queue.off('delivery_failure', noteFailure)
      analytics = undefined
      stop()
    },
    pageViewId() {
      checkRoute()
      return view?.id
    },
    grantConsent: () => consent(true),
    revokeConsent: () => consent(false),
    page(context) {
      note(context)
      if (!page) return context
      checkRoute()
      // The first call names the view that began with the page load or the route; another one for the same path is a new view.
      if (view?.isClaimed()) next()
      const address = readAddress(readPath(routes))
      // analytics.js knows no route behind the hash.
      name = { ...address, ...last?.page, ...(routes === 'hash' && { path: address.path, url: address.url }) }
      claim()
      return context
    },
    track: note,
    identify: note,
    group: note,
    alias: note,
    screen: note,
  }
}

function asksForPrivacy(): unknown {
  return (navigator as { readonly globalPrivacyControl?: boolean }).globalPrivacyControl
}
