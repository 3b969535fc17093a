/** Running totals of one page view: read from a summary, merged with what was seen before, worth points. */
import { LIST_LIMITS } from '../../browser-plugin/signals.ts'
import { amount, clip, object, objects, text } from './fields.ts'
import type { Fields } from './message.ts'
import { inOrder } from './order.ts'
import type { Policy } from './policy.ts'
import { DAY, type EventTime } from './time.ts'
import { NO_POINTS, type Points } from './window.ts'

/** What one page view has shown so far. Times in ms; every number only ever grows. */
export interface PageTotals {
  readonly activeMs: number
  readonly visibleMs: number
  /** 0–1, and only of pages that scroll and were scrolled. */
  readonly scrollDepth: number
  /** Element name → ms, the six heaviest. */
  readonly hovers: Readonly<Record<string, number>>
  readonly clicks: number
  /** Clicks within 30 s of the one before. */
  readonly quickClicks: number
  readonly copies: number
  /** 0 none, 1 started, 2 engaged, 3 submitted. */
  readonly formStage: number
  readonly videoMs: number
}

export interface PageView {
  readonly id: string
  /** The latest event time a summary of it carried. */
  readonly at: EventTime
  readonly type: string
  readonly url: string | undefined
  readonly title: string | undefined
  readonly totals: PageTotals
}

/** The points of what a page view can show; 0: none of that kind. */
export type Worth = Readonly<Record<'hover' | 'scroll' | 'dwell' | 'click' | 'copy' | 'form' | 'video', number>>

const NO_HOVERS: Readonly<Record<string, number>> = {}

export const noTotals: PageTotals = {
  activeMs: 0,
  visibleMs: 0,
  scrollDepth: 0,
  hovers: NO_HOVERS,
  clicks: 0,
  quickClicks: 0,
  copies: 0,
  formStage: 0,
  videoMs: 0,
}

/** Beyond these, hovers weigh little and the sum of a page view is capped anyway. */
const MAX_HOVERS = 6
const MAX_HOVER_NAME_BYTES = 48
const FORM_STAGES: ReadonlyMap<string, number> = new Map([
  ['started', 1],
  ['engaged', 2],
  ['submitted', 3],
])

/** Reads the totals of an `Engagement Measured`; what is missing or malformed counts as nothing, never as an error. */
export function toTotals(properties: Fields): PageTotals {
  const scrolled = properties['scrollable'] !== false && (amount(properties['scroll_velocity']) ?? 0) > 0
  const clicks = objects(properties['clicks'], LIST_LIMITS.clicks)
  return {
    activeMs: upTo(DAY, amount(properties['active_ms'])),
    visibleMs: upTo(DAY, amount(properties['visible_ms'])),
    scrollDepth: scrolled ? upTo(1, amount(properties['scroll_depth'])) : 0,
    hovers: toHovers(objects(properties['hovers'], LIST_LIMITS.hovers)),
    clicks: clicks.length,
    quickClicks: quickOf(clicks.map(click => amount(click['at_ms']) ?? 0)),
    copies: upTo(100, amount(properties['copies'])),
    formStage: FORM_STAGES.get(text(object(properties['form'])['state']) ?? '') ?? 0,
    videoMs: objects(properties['videos'], LIST_LIMITS.videos).reduce(
      (sum, video) => sum + upTo(DAY, amount(video['watched_ms'])),
      0,
    ),
  }
}

/** The larger of both in every number: the order and the repetition of summaries do not matter. */
export function mergeTotals(a: PageTotals, b: PageTotals): PageTotals {
  return {
    activeMs: Math.max(a.activeMs, b.activeMs),
    visibleMs: Math.max(a.visibleMs, b.visibleMs),
    scrollDepth: Math.max(a.scrollDepth, b.scrollDepth),
    hovers: mergeHovers(a.hovers, b.hovers),
    clicks: Math.max(a.clicks, b.clicks),
    quickClicks: Math.max(a.quickClicks, b.quickClicks),
    copies: Math.max(a.copies, b.copies),
    formStage: Math.max(a.formStage, b.formStage),
    videoMs: Math.max(a.videoMs, b.videoMs),
  }
}

/**
 * What a page view's totals are worth, by kind of signal.
 *
 * Each measure saturates (1 − e^(−x/s)): hazard of leaving falls with time, so the tenth second says less than the first.
 *
 * @returns points ≥ 0, monotone in every total.
 */
export function worth(totals: PageTotals, pageType: string, policy: Policy): Worth {
  const { weights, saturation } = policy
  const factor = policy.pageWeights[pageType] ?? 1
  let hovered = 0
  for (const ms of Object.values(totals.hovers))
    if (ms >= saturation.hoverMinimum) hovered += saturate(ms, saturation.hover)
  const points = (value: number) => (value > 0 ? value * factor : 0)
  return {
    hover: points(weights.hover * Math.min(hovered, saturation.hoverElements)),
    scroll: points(weights.scroll * totals.scrollDepth),
    dwell: points(weights.dwell * saturate(totals.activeMs, saturation.dwell)),
    click: points(weights.click * saturate(totals.clicks, saturation.clicks)),
    copy: points(weights.copy * saturate(totals.copies, 1)),
    form: points((weights.form * totals.formStage) / 3),
    video: points(weights.video * saturate(totals.videoMs, saturation.video)),
  }
}

/** @returns what `after` is worth beyond `before`, kind by kind; undefined where it is not more. */
export function gain(before: Worth, after: Worth): Points {
  return {
    ...NO_POINTS,
    hover: beyond(before.hover, after.hover),
    scroll: beyond(before.scroll, after.scroll),
    dwell: beyond(before.dwell, after.dwell),
    click: beyond(before.click, after.click),
    copy: beyond(before.copy, after.copy),
    form: beyond(before.form, after.form),
    video: beyond(before.video, after.video),
  }
}

function beyond(before: number, after: number): number | undefined {
  return after > before ? after - before : undefined
}

/** A next click within this long makes a sequence. */
const SEQUENCE_MS = 30_000

function quickOf(times: readonly number[]): number {
  if (times.length < 2) return 0
  const sorted = times.toSorted((a, b) => a - b)
  return sorted.filter((time, index) => index > 0 && time - (sorted[index - 1] ?? 0) <= SEQUENCE_MS).length
}

function saturate(value: number, scale: number): number {
  return 1 - Math.exp(-value / scale)
}

function upTo(bound: number, value: number | undefined): number {
  return Math.min(value ?? 0, bound)
}

/** An element's name and how long the pointer rested on it, ms. */
type Hover = readonly [string, number]

function toHovers(entries: readonly Fields[]): Readonly<Record<string, number>> {
  const hovers: Hover[] = []
  for (const entry of entries) {
    const element = clip(entry['element'], MAX_HOVER_NAME_BYTES)
    if (element !== undefined) hovers.push([element, upTo(DAY, amount(entry['ms']))])
  }
  return heaviest(hovers)
}

function mergeHovers(
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  // The later totals of a page view hold the earlier ones, nearly always.
  const held = Object.keys(a).every(element => Object.hasOwn(b, element) && (b[element] ?? 0) >= (a[element] ?? 0))
  return held ? b : heaviest([...Object.entries(a), ...Object.entries(b)])
}

/** The longest hover of each element, the six heaviest. Ties break by name, so that the order of arrival does not. */
function heaviest(hovers: readonly Hover[]): Readonly<Record<string, number>> {
  if (hovers.length === 0) return NO_HOVERS
  const kept: Hover[] = []
  for (const hover of inOrder(hovers, ([nameA, a], [nameB, b]) => b - a || (nameA < nameB ? -1 : 1)))
    if (kept.length < MAX_HOVERS && kept.every(([element]) => element !== hover[0])) kept.push(hover)
  return Object.fromEntries(kept)
}
