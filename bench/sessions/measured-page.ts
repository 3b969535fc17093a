/** A page that is measured by the plugin's own trackers while a recording happens on it. */
import { trackDwell } from '../../src/browser-plugin/dwell.ts'
import { trackHover } from '../../src/browser-plugin/hover.ts'
import { trackScroll } from '../../src/browser-plugin/scroll.ts'
import { ENGAGEMENT_MEASURED, type ExitKind } from '../../src/browser-plugin/signals.ts'
import { type FedPage, viewOf } from '../../test/browser-plugin/fed-page.ts'
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
  clicked(element: string | undefined): void
  /** @returns what was told until then, times counted from the opening of the page. */
  end(exit: ExitKind): readonly Told[]
}

/** The call budget is left out, so what the plugin would keep for a later summary is told at once: totals end the same. */
export function measurePage({ page, pageViewId, path, nameOf, scrolls }: MeasuredPageOptions): MeasuredPage {
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
      ...hover.totals(),
      clicks: [...clicks],
      copies,
      ...(exit && { exit: { kind: exit } }),
    }
    told.push({ at, path, event: ENGAGEMENT_MEASURED, properties })
  }
  const emit = () => tell()
  const view = viewOf(page, { thresholds: scrolls ? {} : { scrollDepth: [] }, nameOf, emit })
  const hover = page.follow(trackHover(view))
  const scroll = page.follow(trackScroll(view))
  const dwell = page.follow(trackDwell({ ...view, beat: emit }))
  // After the others, so that they have closed their clocks.
  page.follow({ hide: () => tell('hidden') })
  scroll.look?.()

  return {
    copied: () => {
      copies += 1
    },
    clicked: element => {
      if (element !== undefined) clicks.push({ element, at_ms: page.now() - opened })
    },
    end: exit => {
      scroll.look?.()
      tell(exit)
      return told
    },
  }
}
