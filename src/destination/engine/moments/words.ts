/** The words and look-ups that several moments share. */
import { text } from '../fields.ts'
import type { Input } from '../input.ts'
import type { PageView } from '../page-view.ts'
import type { ProfileState } from '../profile.ts'
import type { Signal } from '../signal.ts'
import { type Duration, duration, type EventTime } from '../time.ts'

/** The page view that the summary in this input belongs to; undefined for any other input. */
export function summarised({ pageViews }: ProfileState, input: Input, signal: Signal): PageView | undefined {
  if (input.kind !== 'message') return undefined
  const id = signal.kind === 'engagement' ? signal.pageViewId : text(input.message.properties['pageview_id'])
  return id === undefined ? undefined : pageViews.findLast(page => page.id === id)
}

/** How long a page view went on so far, by whatever tells it; undefined when nothing does. */
export function lastedOn(page: PageView | undefined): Duration | undefined {
  if (page === undefined) return undefined
  const { activeMs, visibleMs, hovers } = page.totals
  const longest = Math.max(activeMs, visibleMs, ...hovers.ms)
  return longest > 0 ? duration(longest) : undefined
}

/** What a person did on a page besides staying there: any of it confirms that they were there. */
export function signsOn({ totals }: PageView): readonly string[] {
  const [hovered] = totals.hovers.elements
  return [
    totals.scrollDepth > 0 && `scrolled to ${percent(totals.scrollDepth)} %`,
    hovered !== undefined && `rested on ${hovered}`,
    totals.clicks > 0 && `clicked ${totals.clicks === 1 ? 'once' : `${totals.clicks} times`}`,
    totals.copies > 0 && 'copied something',
  ].filter(sign => sign !== false)
}

/** The properties of the page that every moment on a page carries. */
export function pageProperties(page: PageView): {
  readonly page_url: string | null
  readonly page_title: string | null
} {
  return { page_url: page.url ?? null, page_title: page.title ?? null }
}

export function seconds(ms: number): number {
  return Math.round(ms / 1000)
}

export function percent(share: number): number {
  return Math.round(share * 100)
}

/** `a, b and c` */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}

/** A span as people say it: 90 s, 30 min, 6 h, 14 days. */
export function spoken(ms: number): string {
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`
  return ms < 172_800_000 ? `${Math.round(ms / 3_600_000)} h` : `${Math.round(ms / 86_400_000)} days`
}

/** @returns UTC, to the minute. */
export function clock(time: EventTime): string {
  return new Date(time).toISOString().slice(0, 16).replace('T', ' ')
}

export function counted(count: number, one: string, many: string = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
