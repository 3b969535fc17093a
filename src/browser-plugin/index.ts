/**
 * The Segment plugin: measures how a visitor engages with each page and tells it as `Engagement Measured`.
 *
 *     analytics.register(engagement())
 */
import type { Analytics, AnalyticsContext, EventContext } from './analytics.ts'
import { consentIn } from './consent.ts'
import { type Engagement, startEngagement } from './engagement.ts'
import type { EngagementOptions } from './options.ts'
import { forgetUnsent } from './unsent.ts'

export type { Analytics, AnalyticsContext } from './analytics.ts'
export type { EngagementOptions, EngagementThresholds } from './options.ts'
export type { PageAddress } from './page.ts'
export { ENGAGEMENT_MEASURED, type EngagementProperties } from './signals.ts'

/** A plugin as analytics.js takes it. An enrichment sees just the events that consent has let through. */
export interface EngagementPlugin {
  readonly name: string
  readonly type: 'enrichment'
  readonly version: string
  isLoaded(): boolean
  load(context: unknown, instance: Analytics): Promise<void>
  unload(): void
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

/** Makes the plugin; it measures nothing until analytics.js loads it, nor without the consent it was told to wait for. */
export function engagement(options: EngagementOptions = {}): EngagementPlugin {
  let analytics: Analytics | undefined
  let running: Engagement | undefined
  let lastContext: EventContext | undefined
  let granted = options.consent !== 'required'

  function start(): void {
    if (analytics && granted && (options.respectGpc === false || !asksForPrivacy()))
      running ??= startEngagement(analytics, options, () => lastContext)
  }

  function stop(): void {
    running?.stop()
    running = undefined
  }

  function consent(given: boolean): void {
    granted = given
    if (given) {
      start()
    } else {
      stop()
      forgetUnsent()
    }
  }

  function note<C extends AnalyticsContext>(context: C): C {
    lastContext = context.event.context
    const given = consentIn(lastContext, options.consentCategories)
    if (given !== undefined && given !== granted) consent(given)
    running?.passed()
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
      start()
    },
    unload() {
      analytics = undefined
      stop()
    },
    grantConsent: () => consent(true),
    revokeConsent: () => consent(false),
    page(context) {
      note(context)
      running?.named(lastContext?.page)
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
