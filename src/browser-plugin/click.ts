import { trackDeadClick } from './dead-click.ts'
import { toName } from './element-name.ts'
import { type Click, openPage, type Page, type Stop, together } from './page.ts'
import { createRage } from './rage-click.ts'
import { type EngagementProperties, LIST_LIMITS } from './signals.ts'
import type { Weight } from './threshold.ts'

/** What a browser saves, or a visitor takes along, rather than a page to look at. */
const FILE = /\.(pdf|docx?|xlsx?|pptx?|csv|rtf|txt|zip|rar|7z|gz|dmg|pkg|exe|msi|apk|mp3|wav|mp4|mov|epub|ics|vcf)$/i

export interface ClickOptions {
  /** The name of the innermost element of interest on the path; undefined where there is none. */
  readonly nameOf: (path: readonly EventTarget[]) => string | undefined
}

export interface ClickTracker {
  /** The latest ones, in order. */
  totals(): Pick<EngagementProperties, 'clicks' | 'rage_clicks' | 'dead_clicks' | 'outbound_clicks' | 'downloads'>
  readonly stop: Stop
}

/**
 * Keeps the clicks a person made on named elements, with their time since the page view began, and where links led.
 *
 * @param emit - called when a file is downloaded.
 */
export function trackClick(
  emit: (weight: Weight) => void,
  options: ClickOptions,
  page: Page = openPage(),
): ClickTracker {
  const start = page.now()
  const clicks: { readonly element: string; readonly at_ms: number }[] = []
  const downloads: { readonly file: string; readonly at_ms: number }[] = []
  const rage = createRage()
  const deadClick = trackDeadClick(page)
  let rageClicks = 0
  let outbound = 0
  let last: Click | undefined

  const stop = page.onClick(click => {
    // A label passes its click on to its control.
    if (!click.trusted || click.at === last?.at) return
    last = click
    rageClicks = rage(click)
    const at_ms = Math.max(click.at - start, 0)
    const element = options.nameOf(click.path)
    if (element !== undefined) keep(clicks, { element, at_ms }, LIST_LIMITS.clicks)
    const { link } = click
    const file = link && fileOf(link)
    if (file) {
      keep(downloads, { file, at_ms }, LIST_LIMITS.downloads)
      emit('strong')
    } else if (link && leadsOut(link)) outbound += 1
  })

  return {
    totals: () => ({
      clicks: [...clicks],
      rage_clicks: rageClicks,
      dead_clicks: deadClick.totals(),
      outbound_clicks: outbound,
      downloads: [...downloads],
    }),
    stop: together(stop, deadClick.stop),
  }
}

function keep<T>(list: T[], one: T, limit: number): void {
  list.push(one)
  if (list.length > limit) list.shift()
}

function leadsOut({ protocol, host }: HTMLAnchorElement): boolean {
  return /^(https?|mailto|tel|sms):/.test(protocol) && host !== location.host
}

/** @returns the name of the file the link offers; undefined where it leads to a page. */
function fileOf(link: HTMLAnchorElement): string | undefined {
  const name = link.pathname.split('/').pop() ?? ''
  if (link.hasAttribute('download')) return toName(link.download || name || 'file')
  return FILE.test(name) ? toName(name) : undefined
}
