import type { PageAddress } from './address.ts'
import { waitFor } from './call-budget.ts'
import { readDevice, readTimeZone } from './device.ts'
import { trackDwell } from './dwell.ts'
import { createNaming } from './element-name.ts'
import { exitKind, type LinkClick } from './exit.ts'
import type { Settings } from './options.ts'
import type { WholePage } from './page.ts'
import { readPageType } from './page-type.ts'
import { find } from './path.ts'
import type { EngagementProperties, ExitKind, SummaryReason } from './signals.ts'
import { toSummary } from './summary.ts'
import type { Weight } from './threshold.ts'
import type { Tracker } from './tracker.ts'
import type { Signal, View } from './view.ts'

/** Joins what is crossed at the same moment, ms. */
const DEBOUNCE_MS = 50
/** By then the page has been laid out and painted, and a route shows its own content. ms */
const SETTLED_MS = 50

/** What every page view is measured with. */
export interface Measuring {
  readonly settings: Settings
  readonly signals: readonly Signal[]
  readonly page: WholePage
  /** Sends one summary: through analytics.js while the page lives, past its queue by a beacon when it goes. */
  readonly send: (properties: EngagementProperties, address: PageAddress, beacon: boolean) => void
}

export interface PageView {
  readonly id: string
  readonly trackers: readonly Tracker[]
  /** Takes the address that a `page()` call names for this page view. */
  claim(address: PageAddress): void
  isClaimed(): boolean
  lastInput(): number
  /** The view is over; tells what has not been told yet. `restorable` when the page is left and may come back. */
  end(reason: 'navigation' | 'exit', restorable?: boolean): void
}

/**
 * Measures one page view from now on, and decides when its totals are worth a message.
 *
 * @param inputAt - the last input before, when the visitor came without a page load.
 */
export function startPageView(measuring: Measuring, address: PageAddress, inputAt?: number): PageView {
  const { settings, signals, page, send } = measuring
  const pageview_id = page.id()
  const device = readDevice()
  let named: PageAddress | undefined
  let page_type: string | undefined
  let { title } = address
  let visibleToldMs = 0
  let untold = false
  let sequence = 0
  let calls = 0
  let calledAt = 0
  let pendingAt = Infinity
  let lastLink: LinkClick | undefined

  const spend = page.timer(() => call('threshold'))
  const dwell = trackDwell({ settings, page, emit: crossed, beat, inputAt })
  const view: View = { settings, page, emit: crossed, nameOf: createNaming(), attendedMs: dwell.attendedMs }
  const own: Tracker = {
    hide: () => tell('hidden', 'hidden'),
    on: {
      click(_event, at, path) {
        const link = find(path, 'a[href]') as HTMLAnchorElement | undefined
        if (link) lastLink = { at, leadsTo: link.host === location.host ? 'internal' : 'outbound' }
      },
    },
  }
  const trackers = [dwell, ...signals.map(track => track(view)), own]
  page.timer(() => page.laidOut(look))(SETTLED_MS)

  /** Reads what only the page itself can tell. Another route's content may already stand there when a view has ended. */
  function look(): void {
    for (const tracker of trackers) tracker.look?.()
    title = document.title
    page_type = readPageType(settings.pageType, named ?? address)
  }

  function dispatch(beacon: boolean, reason: SummaryReason, exit?: ExitKind): void {
    page.settle()
    const properties = toSummary({
      ...Object.assign({}, ...trackers.map(tracker => tracker.totals?.())),
      pageview_id,
      sequence: sequence + 1,
      reason,
      page_type,
      exit: exit && { kind: exit },
      device,
      local_hour: page.date().getHours(),
      time_zone: readTimeZone(),
    })
    // Closing a tab that was hidden before adds nothing, and a page that never showed has nothing to tell.
    if (beacon && !untold && properties.visible_ms <= visibleToldMs) return
    sequence++
    spend()
    pendingAt = Infinity
    // What was given to the queue of analytics.js may still be lost with the page: only a beacon has told.
    if (beacon) {
      untold = false
      visibleToldMs = properties.visible_ms
    }
    send(properties, named ?? { ...address, title }, beacon)
  }

  /** Spends one call of the budget. */
  function call(reason: 'threshold' | 'heartbeat'): void {
    pendingAt = 0
    page.laidOut(() => {
      // Told meanwhile, because the page was hidden.
      if (pendingAt) return
      look()
      calls++
      calledAt = page.now()
      dispatch(false, reason)
    })
  }

  function wait(weight: Weight): number {
    return waitFor(weight, { calls, lastAt: calledAt }, page.now(), settings.maxCalls)
  }

  function crossed(weight: Weight): void {
    untold = true
    const ms = Math.max(wait(weight), DEBOUNCE_MS)
    const at = page.now() + ms
    if (at >= pendingAt) return
    pendingAt = at
    spend(ms)
  }

  /** A heartbeat never waits: if it may not leave now, the next message tells the same. */
  function beat(): void {
    if (pendingAt === Infinity && !wait('notable')) call('heartbeat')
  }

  function tell(reason: SummaryReason, exit: ExitKind): void {
    if (reason !== 'navigation') look()
    dispatch(true, reason, exit)
  }

  return {
    id: pageview_id,
    trackers,
    claim(name) {
      named = name
    },
    isClaimed: () => !!named,
    lastInput: dwell.lastInput,
    end(reason, restorable) {
      const left = reason === 'exit'
      page.tell(tracker => tracker.leave?.(left))
      tell(reason, left ? exitKind({ at: page.now(), restorable }, lastLink) : 'internal')
    },
  }
}
