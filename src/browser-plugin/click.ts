import { toName } from './element-name.ts'
import { find, type Path } from './path.ts'
import { createRage } from './rage-click.ts'
import { LIST_LIMITS } from './signals.ts'
import type { Measures } from './tracker.ts'
import type { View } from './view.ts'

/** What a browser saves, or a visitor takes along, rather than a page to look at. */
const FILE = /\.(pdf|(doc|xls|ppt)x?|csv|rtf|txt|zip|rar|7z|gz|dmg|pkg|exe|msi|apk|mp[34]|wav|mov|epub|ics|vcf)$/i

/**
 * Keeps the clicks a person made on named elements, with their time since the page view began, where links led, and bursts
 * of angry ones. The latest are kept. A download is told at once.
 */
export function trackClick({
  page,
  emit,
  nameOf,
}: View): Measures<'clicks' | 'rage_clicks' | 'outbound_clicks' | 'downloads'> {
  const start = page.now()
  const clicks: { readonly element: string; readonly at_ms: number }[] = []
  const downloads: { readonly file: string; readonly at_ms: number }[] = []
  const rage = createRage()
  let rage_clicks = 0
  let outbound_clicks = 0
  let last: number | undefined

  function click(event: MouseEvent, at: number, path: Path): void {
    // The right button opens a menu. A label passes its click on to its control.
    if (event.button > 1 || at === last) return
    last = at
    rage_clicks = rage(event, at, path)
    const at_ms = Math.max(at - start, 0)
    const element = nameOf(path)
    if (element !== undefined) keep(clicks, { element, at_ms }, LIST_LIMITS.clicks)
    const link = find(path, 'a[href]') as HTMLAnchorElement | undefined
    const file = link && fileOf(link)
    if (file) {
      keep(downloads, { file, at_ms }, LIST_LIMITS.downloads)
      emit('strong')
    } else if (link && /^(http|mailto|tel|sms)/.test(link.protocol) && link.host !== location.host) outbound_clicks++
  }

  return {
    totals: () => ({ clicks, rage_clicks, outbound_clicks, downloads }),
    on: { click, auxclick: click },
  }
}

/** Adds to the list, of which the latest stay. */
export function keep<T>(list: T[], one: T, limit: number): void {
  if (list.push(one) > limit) list.shift()
}

/** @returns the name of the file the link offers; undefined where it leads to a page. */
function fileOf(link: HTMLAnchorElement): string | undefined {
  const name = link.pathname.replace(/.*\//, '')
  return FILE.test(name) || link.hasAttribute('download') ? toName(link.download || name || 'file') : undefined
}
