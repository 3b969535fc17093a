/** Running totals of one page view: read from a summary, merged with what was seen before, worth points. */
import { LIST_LIMITS } from '../../browser-plugin/signals.ts'
import { amount, object, objects, text, upTo } from './fields.ts'
import { type Hovers, mergeHovers, NO_HOVERS, toHovers } from './hovers.ts'
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
  readonly hovers: Hovers
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
    hovers: toHovers(properties['hovers']),
    clicks: clicks.length,
    quickClicks: quickOf(clicks),
    copies: upTo(100, amount(properties['copies'])),
    formStage: FORM_STAGES.get(text(object(properties['form'])['state']) ?? '') ?? 0,
    videoMs: watchedOf(objects(properties['videos'], LIST_LIMITS.videos)),
  }
}

function watchedOf(videos: readonly Fields[]): number {
  let watched = 0
  for (const video of videos) watched += upTo(DAY, amount(video['watched_ms']))
  return watched
}

/** The larger of both in every number: the order and the repetition of summaries do not matter. */
export function mergeTotals(a: PageTotals, b: PageTotals): PageTotals {
  const hovers = mergeHovers(a.hovers, b.hovers)
  // A later summary holds the earlier ones, nearly always.
  if (hovers === b.hovers && isAtLeast(b, a)) return b
  return {
    activeMs: Math.max(a.activeMs, b.activeMs),
    visibleMs: Math.max(a.visibleMs, b.visibleMs),
    scrollDepth: Math.max(a.scrollDepth, b.scrollDepth),
    hovers,
    clicks: Math.max(a.clicks, b.clicks),
    quickClicks: Math.max(a.quickClicks, b.quickClicks),
    copies: Math.max(a.copies, b.copies),
    formStage: Math.max(a.formStage, b.formStage),
    videoMs: Math.max(a.videoMs, b.videoMs),
  }
}

/** In every number; hovers aside. */
function isAtLeast(b: PageTotals, a: PageTotals): boolean {
  return (
    b.activeMs >= a.activeMs &&
    b.visibleMs >= a.visibleMs &&
    b.scrollDepth >= a.scrollDepth &&
    b.clicks >= a.clicks &&
    b.quickClicks >= a.quickClicks &&
    b.copies >= a.copies &&
    b.formStage >= a.formStage &&
    b.videoMs >= a.videoMs
  )
}

/**
 * What a page view's totals are worth, by kind of signal.
 *
 * Each measure saturates (1 − e^(−x/s)): hazard of leaving falls with time, so the tenth second says less than the first.
 *
 * @returns points ≥ 0, monotone in every total.
 */
export function worth(totals: PageTotals, pageType: string, policy: Policy): Points {
  const { weights, saturation } = policy
  const factor = policy.pageWeights[pageType] ?? 1
  let hovered = 0
  for (const ms of totals.hovers.ms) if (ms >= saturation.hoverMinimum) hovered += saturate(ms, saturation.hover)
  return [
    factored(weights.hover * Math.min(hovered, saturation.hoverElements), factor),
    factored(weights.scroll * totals.scrollDepth, factor),
    factored(weights.dwell * saturate(totals.activeMs, saturation.dwell), factor),
    factored(weights.click * saturate(totals.clicks, saturation.clicks), factor),
    factored(weights.copy * saturate(totals.copies, 1), factor),
    factored((weights.form * totals.formStage) / 3, factor),
    factored(weights.video * saturate(totals.videoMs, saturation.video), factor),
    // Visit, commerce, e-mail, feature: no page view shows these by itself.
    0,
    0,
    0,
    0,
  ]
}

function factored(points: number, factor: number): number {
  return points > 0 ? points * factor : 0
}

/** @returns what `after` is worth beyond `before`, kind by kind; 0 where it is not more. */
export function gain(before: Points, after: Points): Points {
  if (before === NO_POINTS) return after
  const more = after.slice()
  for (let kind = 0; kind < more.length; kind += 1) more[kind] = Math.max((more[kind] ?? 0) - (before[kind] ?? 0), 0)
  return more
}

/** A next click within this long makes a sequence. */
const SEQUENCE_MS = 30_000

function quickOf(clicks: readonly Fields[]): number {
  if (clicks.length < 2) return 0
  const sorted = inOrder(
    clicks.map(click => amount(click['at_ms']) ?? 0),
    (a, b) => a - b,
  )
  let quick = 0
  for (let place = 1; place < sorted.length; place += 1)
    if ((sorted[place] ?? 0) - (sorted[place - 1] ?? 0) <= SEQUENCE_MS) quick += 1
  return quick
}

function saturate(value: number, scale: number): number {
  return value > 0 ? 1 - Math.exp(-value / scale) : 0
}
