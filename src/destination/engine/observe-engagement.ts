/** What a summary of a page view changes: its totals, and what they say of page, product, form and exit. */
import type { FormSeen } from './fact.ts'
import { VISIT_GAP, viewPage } from './history.ts'
import { addInterest } from './interest.ts'
import { offsetOf } from './local-time.ts'
import type { Message } from './message.ts'
import { type ClippedPage, clippedPage, type Look, lastPage } from './observation.ts'
import { appended } from './order.ts'
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
  const { state, message, policy } = look
  const at = message.timestamp
  const id = signal.pageViewId
  const place = placeOf(state.pageViews, id)
  const seen = place === -1 ? undefined : state.pageViews[place]
  // Its totals were let go to make room: counted from zero again they would count twice.
  if (seen === undefined && state.forgottenViews.includes(id)) return NO_POINTS
  const before = seen?.totals ?? noTotals
  const totals = mergeTotals(before, signal.totals)
  const type = signal.pageType ?? seen?.type ?? pageTypeOf(message, policy)
  const where = sameAs(seen, clippedPage(message))
  const page: PageView = {
    id: seen?.id ?? id,
    at: eventTime(Math.max(seen?.at ?? 0, at)),
    type,
    url: where.url,
    title: where.title,
    totals,
  }
  const earned = gain(seen === undefined ? NO_POINTS : worth(before, type, policy), worth(totals, type, policy))
  const kept = keepLatest(withPage(state.pageViews, page, place), state.forgottenViews)
  state.pageViews = kept.pageViews
  state.forgottenViews = kept.forgottenViews
  state.lastPage = lastPage(state.lastPage, where, at)
  state.timeSpentMs += totals.activeMs - before.activeMs
  state.automation = Math.max(state.automation, signal.automation)
  // The view began before its first summary: that is when the page was looked at.
  if (seen === undefined) state.views = viewPage(state.views, type, eventTime(at - signal.totals.visibleMs))
  observeInterest(look, where.url, totalOf(earned))
  state.device = signal.device ?? state.device
  state.form = formSeen(state, signal, at, where.url)
  if (signal.exit !== undefined && (state.exit === undefined || state.exit.at <= at))
    state.exit = { kind: signal.exit, at, cause: page.id }
  observeHour(look, signal)
  return earned
}

/** From the end: nearly always it is the last one. */
function placeOf(pageViews: readonly PageView[], id: string): number {
  let place = pageViews.length - 1
  while (place >= 0 && pageViews[place]?.id !== id) place -= 1
  return place
}

/** @returns the texts that are kept already where they say the same: new ones would be as many objects to collect. */
function sameAs(seen: PageView | undefined, { url, title }: ClippedPage): ClippedPage {
  return { url: url === seen?.url ? seen?.url : url, title: title === seen?.title ? seen?.title : title }
}

function observeInterest({ state, message }: Look, url: string | undefined, points: number): void {
  const product = state.lastProduct
  if (product === undefined || product.url === undefined || product.url !== url || points <= 0) return
  const of = product.category ?? product.name ?? product.id
  state.interests = addInterest(state.interests, of, points * INTEREST_PER_POINT, message.timestamp)
}

function observeHour({ state, message }: Look, { localHour }: EngagementSignal): void {
  if (localHour === undefined) return
  state.localHour = localHour
  state.localOffset = offsetOf(localHour, message.timestamp)
  if (isNewVisit(state, message)) state.hours = addVisitHour(state.hours, localHour)
}

/** @param place - where it stands so far; -1: nowhere. */
function withPage(pageViews: readonly PageView[], page: PageView, place: number): readonly PageView[] {
  if (place === -1) return appended(pageViews, page)
  if (place === pageViews.length - 1) return pageViews.with(place, page)
  return appended(pageViews.toSpliced(place, 1), page)
}

/** A form that only showed is not worked on. */
function formSeen(
  { form: known }: ProfileState,
  { form, pageViewId }: EngagementSignal,
  at: EventTime,
  url: string | undefined,
): FormSeen | undefined {
  if (form === undefined || form.state === 'viewed') return known
  if (known !== undefined && known.at > at) return known
  return { ...form, at, cause: pageViewId, url: url ?? '' }
}

/** Each visit counts once for the hour it began in. */
function isNewVisit({ visit, hours }: ProfileState, { timestamp }: Message): boolean {
  return hours.length === 0 || since(visit.lastAt, timestamp) >= VISIT_GAP || duration(timestamp - visit.startedAt) < 0
}
