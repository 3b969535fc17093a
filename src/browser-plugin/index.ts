/**
 * The Segment plugin: measures how a visitor engages with each page and tells it as `Engagement Measured`.
 *
 *     analytics.register(engagement())
 */
import type { Analytics, AnalyticsContext, EventContext } from './analytics.ts'
import { carriedContext, sendBeacon } from './beacon.ts'
import { type EngagementOptions, toSettings } from './options.ts'
import { openPage, type Stop, together } from './page.ts'
import { type Outgoing, type PageView, startPageView } from './page-view.ts'
import { ENGAGEMENT_MEASURED } from './signals.ts'

export type { Analytics, AnalyticsContext } from './analytics.ts'
export type { EngagementOptions, EngagementThresholds } from './options.ts'
export type { PageAddress } from './page.ts'
export { ENGAGEMENT_MEASURED, type EngagementProperties } from './signals.ts'

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
  page<C extends AnalyticsContext>(context: C): C
  track<C extends AnalyticsContext>(context: C): C
  identify<C extends AnalyticsContext>(context: C): C
  group<C extends AnalyticsContext>(context: C): C
  alias<C extends AnalyticsContext>(context: C): C
  screen<C extends AnalyticsContext>(context: C): C
}

/** Makes the plugin; it measures nothing until analytics.js loads it. */
export function engagement(options: EngagementOptions = {}): EngagementPlugin {
  let running: Engagement | undefined

  function note<C extends AnalyticsContext>(context: C): C {
    running?.note(context)
    return context
  }

  return {
    name: 'Inkling Engagement',
    type: 'enrichment',
    version: '0.1.0',
    isLoaded: () => true,
    async load(_context, instance) {
      if (options.respectGpc === false || !asksForPrivacy()) running ??= startEngagement(instance, options)
    },
    unload() {
      running?.stop()
      running = undefined
    },
    page(context) {
      running?.named(context)
      return context
    },
    track: note,
    identify: note,
    group: note,
    alias: note,
    screen: note,
  }
}

function asksForPrivacy(): boolean {
  return 'globalPrivacyControl' in navigator && navigator.globalPrivacyControl === true
}

interface Engagement {
  /** An event passed through. */
  note(context: AnalyticsContext): void
  /** A `page()` call passed through. */
  named(context: AnalyticsContext): void
  readonly stop: Stop
}

function startEngagement(analytics: Analytics, options: EngagementOptions): Engagement {
  const settings = toSettings(options)
  let errors = 0
  let lastContext: EventContext | undefined
  let dropped = false
  let view: PageView | undefined
  let path = ''
  let stopped = false

  const page = options.source ?? openPage(failed)
  begin(undefined)
  const stopListening = together(
    page.onRoute(() => {
      finish('navigation', false)
      begin(view?.lastInput())
    }),
    page.onLeave(restorable => finish('exit', restorable)),
    page.onRestore(() => begin(undefined)),
  )
  analytics.queue.on('delivery_failure', noteFailure)

  function begin(inputAt: number | undefined): void {
    view?.stop()
    const address = page.address()
    path = address.path
    view = startPageView({ settings, page, address, send, inputAt })
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
    if (via === 'track') {
      analytics.track(ENGAGEMENT_MEASURED, properties, { ...call, context: { page: address } }).catch(failed)
    } else {
      const context = { ...carriedContext(lastContext), page: address }
      sendBeacon(analytics, { ...call, sentAt: page.date(), event: ENGAGEMENT_MEASURED, properties, context })
    }
  }

  /** Consent is asked for by dropping events: then nothing may go past the queue either, until one is let through. */
  function noteFailure(_context: unknown, error: object): void {
    if ('type' in error && error.type === 'middleware_cancellation') dropped = true
  }

  function note(context: AnalyticsContext): void {
    dropped = false
    lastContext = context.event.context
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
    note,
    named(context) {
      if (stopped) return
      note(context)
      const address = page.address()
      // The first call names the view that began with the page load or the route; another one for the same path is a new view.
      if (!view || view.isClaimed() || address.path !== path) {
        finish('navigation', false)
        begin(view?.lastInput())
      }
      view?.claim({ ...address, ...context.event.context?.page })
    },
    stop,
  }
}
