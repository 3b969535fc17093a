/** A page that is measured by the plugin's own trackers while a recording happens on it. */
import { trackDwell } from '../../src/browser-plugin/dwell.ts'
import { trackHover } from '../../src/browser-plugin/hover.ts'
import { toSettings } from '../../src/browser-plugin/options.ts'
import { trackScroll } from '../../src/browser-plugin/scroll.ts'
import { ENGAGEMENT_MEASURED, type ExitKind } from '../../src/browser-plugin/signals.ts'
import type { FedPage } from '../../test/browser-plugin/fed-page.ts'
import type { Told } from './session.ts'

export interface MeasuredPageOptions {
  readonly page: FedPage
  readonly pageViewId: string
  readonly path: string
  readonly nameOf: (path: readonly EventTarget[]) => string | undefined
  /** Whether positions were recorded; without them, depth says nothing. */
  readonly scrolls: boolean
}

export interface MeasuredPage {
  copied(): void
  /** @returns what was told until then, times counted from the opening of the page. */
  end(exit: ExitKind): readonly Told[]
}

/** The call budget is left out, so what the plugin would keep for a later summary is told at once: totals end the same. */
export function measurePage({ page, pageViewId, path, nameOf, scrolls }: MeasuredPageOptions): MeasuredPage {
  const { hoverMs, scrollDepth, activeMs, idleMs, heartbeatMs } = toSettings({})
  const opened = page.now()
  const told: Told[] = [{ at: 0, path }]
  const clicks: { readonly element: string; readonly at_ms: number }[] = []
  let copies = 0
  const tell = (exit?: ExitKind) => {
    const at = page.now() - opened
    const properties = {
      pageview_id: pageViewId,
      sequence: told.length,
      ...dwell.totals(),
      ...(scrolls && scroll.totals()),
      hovers: hover.totals(),
      clicks: [...clicks],
      copies,
      ...(exit && { exit: { kind: exit } }),
    }
    told.push({ at, path, event: ENGAGEMENT_MEASURED, properties })
  }
  const crossed = () => tell()
  const hover = trackHover(crossed, { thresholds: hoverMs, nameOf }, page)
  const scroll = trackScroll(crossed, { thresholds: scrolls ? scrollDepth : [] }, page)
  const dwell = trackDwell(crossed, { thresholds: activeMs, idleMs, heartbeatMs }, page)
  page.onVisibility(visible => {
    if (!visible) tell('hidden')
  })
  page.onClick(({ path: clicked }) => {
    const element = nameOf(clicked)
    if (element !== undefined) clicks.push({ element, at_ms: page.now() - opened })
  })
  scroll.look()

  return {
    copied: () => {
      copies += 1
    },
    end: exit => {
      scroll.look()
      tell(exit)
      for (const tracker of [hover, scroll, dwell]) tracker.stop()
      return told
    },
  }
}
