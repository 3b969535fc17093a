import type { Analytics, AnalyticsContext, EventContext } from './analytics.ts'
import { consentIn } from './consent.ts'
import { type Engagement, startEngagement } from './engagement.ts'
import type { EngagementOptions } from './options.ts'
import { takeUnsent } from './unsent.ts'
import type { Signal } from './view.ts'

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

/**
 * Makes the plugin from the signals it is to measure, so that a bundler leaves the others out; dwell is always measured.
 *
 *     analytics.register(engagementWith([trackHover, trackScroll], { idleMs: 20_000 }))
 */
export function engagementWith(signals: readonly Signal[], options: EngagementOptions = {}): EngagementPlugin {
  let analytics: Analytics | undefined
  let running: Engagement | undefined
  let last: EventContext | undefined
  let granted = options.consent !== 'required'

  function start(): void {
    if (analytics && granted && (options.respectGpc === false || !asksForPrivacy()))
      running ??= startEngagement({ analytics, signals, options, lastContext: () => last })
  }

  function stop(): void {
    running?.stop()
    running = undefined
  }

  function consent(given: boolean): void {
    granted = given
    if (given) return start()
    stop()
    takeUnsent()
  }

  function note<C extends AnalyticsContext>(context: C): C {
    last = context.event.context
    const given = consentIn(last, options.consentCategories)
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
      running?.named(last?.page)
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
