import { trackAutomation } from './automation.ts'
import { waitFor } from './call-budget.ts'
import { trackClick } from './click.ts'
import { trackCopy } from './copy.ts'
import { readDevice, readTimeZone } from './device.ts'
import { trackDwell } from './dwell.ts'
import { createNaming } from './element-name.ts'
import { exitKind } from './exit.ts'
import { trackForm } from './form.ts'
import { trackHover } from './hover.ts'
import type { Settings } from './options.ts'
import { type Click, type Page, type PageAddress, type Stop, together } from './page.ts'
import { readPageType } from './page-type.ts'
import { trackScroll } from './scroll.ts'
import { trackSection } from './section.ts'
import type { EngagementProperties, ExitKind, SummaryReason } from './signals.ts'
import { toSummary } from './summary.ts'
import type { Weight } from './threshold.ts'
import { trackVideo } from './video.ts'

/** Joins what is crossed at the same moment, ms. */
const DEBOUNCE_MS = 50

/** One summary on its way out: through analytics.js while the page lives, past its queue when it goes. */
export interface Outgoing {
  readonly via: 'track' | 'beacon'
  readonly properties: EngagementProperties
  readonly address: PageAddress
}

export interface PageViewOptions {
  readonly settings: Settings
  readonly page: Page
  readonly address: PageAddress
  readonly send: (outgoing: Outgoing) => void
  /** The last input before, when the visitor came without a page load. */
  readonly inputAt?: number | undefined
}

export interface PageView {
  /** Takes the address that a `page()` call names for this page view. */
  claim(address: PageAddress): void
  isClaimed(): boolean
  lastInput(): number
  /** The view is over; tells what has not been told yet. */
  end(reason: 'navigation' | 'exit', restorable: boolean): void
  /** Stops without telling anything. */
  readonly stop: Stop
}

/** Measures one page view, from now until it ends, and decides when its totals are worth a message. */
export function startPageView({ settings, page, send, ...options }: PageViewOptions): PageView {
  const pageviewId = page.id()
  const nameOf = createNaming()
  let { address } = options
  let claimed = false
  let pageType: string | undefined
  let visibleToldMs = 0
  let untold = false
  let sequence = 0
  let spent = { calls: 0, lastAt: 0 }
  let lastLink: Click | undefined
  let pending: { readonly at: number; readonly cancel: Stop } | undefined

  const hover = trackHover(crossed, { thresholds: settings.hoverMs, nameOf }, page)
  const scroll = trackScroll(crossed, { thresholds: settings.scrollDepth }, page)
  const dwell = trackDwell(
    reason => (reason === 'heartbeat' ? beat() : crossed(reason)),
    {
      thresholds: settings.activeMs,
      idleMs: settings.idleMs,
      heartbeatMs: settings.heartbeatMs,
      inputAt: options.inputAt,
    },
    page,
  )
  const click = trackClick(crossed, { nameOf }, page)
  const form = trackForm(crossed, page)
  const video = trackVideo(page)
  const copy = trackCopy(page)
  const section = trackSection({ selector: settings.sections, clock: dwell.attendedMs }, page)
  const automation = trackAutomation(navigator.webdriver, page)
  const stopTracking = together(
    hover.stop,
    scroll.stop,
    dwell.stop,
    click.stop,
    form.stop,
    video.stop,
    copy.stop,
    section.stop,
    automation.stop,
    page.onVisibility(visible => {
      if (!visible) tell('hidden', 'hidden')
    }),
    page.onClick(made => {
      if (made.trusted && made.leadsTo) lastLink = made
    }),
  )
  page.onceSettled(look)

  /** Reads what only the page itself can tell. Another route's content may already stand there when a view has ended. */
  function look(): void {
    scroll.look()
    section.look()
    pageType = readPageType(settings.pageType, address)
    if (!claimed) address = { ...address, title: page.address().title }
  }

  function measure(reason: SummaryReason, exit: ExitKind | undefined): EngagementProperties {
    return toSummary({
      pageview_id: pageviewId,
      sequence: sequence + 1,
      reason,
      page_type: pageType,
      ...dwell.totals(),
      ...scroll.totals(),
      hovers: hover.totals(),
      ...click.totals(),
      copies: copy.totals(),
      ...form.totals(),
      videos: video.totals(),
      sections: section.totals(),
      exit: exit && { kind: exit },
      automation: automation.totals(),
      device: readDevice(),
      local_hour: page.date().getHours(),
      time_zone: readTimeZone(),
    })
  }

  function dispatch(via: Outgoing['via'], properties: EngagementProperties): void {
    pending?.cancel()
    pending = undefined
    sequence = properties.sequence
    // What was given to the queue of analytics.js may still be lost with the page: only a beacon has told.
    if (via === 'beacon') {
      untold = false
      visibleToldMs = properties.visible_ms
    }
    send({ via, properties, address })
  }

  /** Spends one call of the budget. */
  function call(reason: 'threshold' | 'heartbeat'): void {
    look()
    spent = { calls: spent.calls + 1, lastAt: page.now() }
    dispatch('track', measure(reason, undefined))
  }

  function crossed(weight: Weight): void {
    untold = true
    const wait = waitFor(weight, spent, page.now(), settings.maxCalls)
    if (wait === undefined) return
    const at = page.now() + Math.max(wait, DEBOUNCE_MS)
    if (pending && pending.at <= at) return
    pending?.cancel()
    pending = { at, cancel: page.after(at - page.now(), () => call('threshold')) }
  }

  /** A heartbeat never waits: if it may not leave now, the next message tells the same. */
  function beat(): void {
    if (!pending && waitFor('notable', spent, page.now(), settings.maxCalls) === 0) call('heartbeat')
  }

  function tell(reason: 'hidden' | 'navigation' | 'exit', exit: ExitKind): void {
    if (reason !== 'navigation') look()
    const properties = measure(reason, exit)
    // Closing a tab that was hidden before adds nothing, and a page that never showed has nothing to tell.
    if (untold || properties.visible_ms > visibleToldMs) dispatch('beacon', properties)
  }

  function stop(): void {
    pending?.cancel()
    stopTracking()
  }

  return {
    claim(named) {
      claimed = true
      address = named
    },
    isClaimed: () => claimed,
    lastInput: dwell.lastInput,
    end(reason, restorable) {
      form.end(reason === 'exit')
      tell(reason, reason === 'navigation' ? 'internal' : exitKind({ restorable, at: page.now() }, lastLink))
      stop()
    },
    stop,
  }
}
