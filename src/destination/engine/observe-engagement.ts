/** What a summary of a page view changes: its totals, and what they say of page, product, form and exit. */
import type { FormSeen, Observed } from './fact.ts'
import { VISIT_GAP, viewPage } from './history.ts'
import { addInterest } from './interest.ts'
import { offsetOf } from './local-time.ts'
import type { Message } from './message.ts'
import { clippedPage, type Look, lastPage } from './observation.ts'
import { pageTypeOf } from './page-type.ts'
import { gain, mergeTotals, noTotals, type PageView, worth } from './page-view.ts'
import { keepLatest, type ProfileState } from './profile.ts'
import { addVisitHour } from './send-time.ts'
import type { EngagementSignal } from './signal.ts'
import { duration, type EventTime, eventTime, since } from './time.ts'
import { NO_POINTS, type Points, totalOf } from './window.ts'

/** Attention on a product's own page counts for the product: so much interest a point. */
const INTEREST_PER_POINT = 0.5

/** @returns the points it earned. */
export function observeEngagement(look: Look, signal: EngagementSignal): Points {
  const { state, message, policy, changes } = look
  const at = message.timestamp
  const place = state.pageViews.findLastIndex(({ id }) => id === signal.pageViewId)
  const seen = state.pageViews[place]
  // Its totals were let go to make room: counted from zero again they would count twice.
  if (seen === undefined && state.forgottenViews.includes(signal.pageViewId)) return NO_POINTS
  const before = seen?.totals ?? noTotals
  const totals = mergeTotals(before, signal.totals)
  const type = signal.pageType ?? seen?.type ?? pageTypeOf(message, policy)
  const where = clippedPage(message)
  const { url, title } = where
  const id = signal.pageViewId
  const page: PageView = { id, at: eventTime(Math.max(seen?.at ?? 0, at)), type, url, title, totals }
  const earned = gain(seen === undefined ? NO_POINTS : worth(before, type, policy), worth(totals, type, policy))
  const kept = keepLatest(withPage(state.pageViews, page, place), state.forgottenViews)
  changes.pageViews = kept.pageViews
  changes.forgottenViews = kept.forgottenViews
  changes.lastPage = lastPage(state, where, at)
  changes.timeSpentMs = state.timeSpentMs + totals.activeMs - before.activeMs
  changes.automation = Math.max(state.automation, signal.automation)
  // The view began before its first summary: that is when the page was looked at.
  if (seen === undefined) changes.views = viewPage(state.views, type, eventTime(at - signal.totals.visibleMs))
  changes.interests = interestsIn(look, url, totalOf(earned))
  changes.device = signal.device
  changes.form = formSeen(state, signal, at, url)
  if (signal.exit !== undefined && (state.exit === undefined || state.exit.at <= at))
    changes.exit = { kind: signal.exit, at, cause: id }
  observeHour(look, signal)
  return earned
}

function interestsIn({ state, message }: Look, url: string | undefined, points: number): Observed['interests'] {
  const product = state.lastProduct
  if (product === undefined || product.url === undefined || product.url !== url || points <= 0) return undefined
  const of = product.category ?? product.name ?? product.id
  return addInterest(state.interests, of, points * INTEREST_PER_POINT, message.timestamp)
}

function observeHour({ state, message, changes }: Look, { localHour }: EngagementSignal): void {
  if (localHour === undefined) return
  changes.localHour = localHour
  changes.localOffset = offsetOf(localHour, message.timestamp)
  if (isNewVisit(state, message)) changes.hours = addVisitHour(state.hours, localHour)
}

/** @param place - where it stands so far; -1: nowhere. */
function withPage(pageViews: readonly PageView[], page: PageView, place: number): readonly PageView[] {
  if (place === -1) return pageViews.concat(page)
  if (place === pageViews.length - 1) return pageViews.with(place, page)
  return pageViews.toSpliced(place, 1).concat(page)
}

/** A form that only showed is not worked on. */
function formSeen(
  state: ProfileState,
  { form, pageViewId }: EngagementSignal,
  at: EventTime,
  url: string | undefined,
): FormSeen | undefined {
  if (form === undefined || form.state === 'viewed') return undefined
  if (state.form !== undefined && state.form.at > at) return undefined
  return { ...form, at, cause: pageViewId, url: url ?? '' }
}

/** Each visit counts once for the hour it began in. */
function isNewVisit({ visit, hours }: ProfileState, { timestamp }: Message): boolean {
  return hours.length === 0 || since(visit.lastAt, timestamp) >= VISIT_GAP || duration(timestamp - visit.startedAt) < 0
}
