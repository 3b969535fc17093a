/** What a summary of a page view changes: its totals, and what they say of page, product, form and exit. */
import type { FormSeen } from './fact.ts'
import { addView, VISIT_GAP } from './history.ts'
import { addInterest } from './interest.ts'
import { offsetOf } from './local-time.ts'
import type { Message } from './message.ts'
import { clippedPage, lastPage, NOTHING_CHANGED, NOTHING_SEEN, type Seen } from './observation.ts'
import { pageTypeOf } from './page-type.ts'
import { gain, mergeTotals, noTotals, type PageView, worth } from './page-view.ts'
import type { Policy } from './policy.ts'
import { keepLatest, type ProfileState } from './profile.ts'
import { addVisitHour } from './send-time.ts'
import type { EngagementSignal } from './signal.ts'
import { duration, type EventTime, eventTime, since } from './time.ts'
import { totalOf } from './window.ts'

/** Attention on a product's own page counts for the product: so much interest a point. */
const INTEREST_PER_POINT = 0.5

export function observeEngagement(
  state: ProfileState,
  signal: EngagementSignal,
  message: Message,
  policy: Policy,
): Seen {
  const at = message.timestamp
  const seen = state.pageViews.find(({ id }) => id === signal.pageViewId)
  // Its totals were let go to make room: counted from zero again they would count twice.
  if (seen === undefined && state.forgottenViews.includes(signal.pageViewId)) return NOTHING_SEEN
  const before = seen?.totals ?? noTotals
  const totals = mergeTotals(before, signal.totals)
  const type = signal.pageType ?? seen?.type ?? pageTypeOf(message, policy)
  const where = clippedPage(message)
  const { url, title } = where
  const page: PageView = {
    id: signal.pageViewId,
    at: eventTime(Math.max(seen?.at ?? 0, at)),
    type,
    url,
    title,
    totals,
  }
  const earned = gain(worth(before, type, policy), worth(totals, type, policy))
  // The view began before its first summary: that is when the page was looked at.
  const startedAt = eventTime(at - signal.totals.visibleMs)
  const product = state.lastProduct
  const points = totalOf(earned)
  const { pageViews, forgottenViews } = keepLatest(withPage(state.pageViews, page), state.forgottenViews)
  const interests =
    product !== undefined && product.url !== undefined && product.url === url && points > 0
      ? addInterest(state.interests, product.category ?? product.name ?? product.id, points * INTEREST_PER_POINT, at)
      : undefined
  return {
    earned,
    changes: {
      ...NOTHING_CHANGED,
      pageViews,
      forgottenViews,
      lastPage: lastPage(state, where, at),
      timeSpentMs: state.timeSpentMs + totals.activeMs - before.activeMs,
      automation: Math.max(state.automation, signal.automation),
      views: seen === undefined ? addView(state.views, { of: 'page', name: type, at: startedAt }) : undefined,
      interests,
      device: signal.device,
      localHour: signal.localHour,
      localOffset: signal.localHour === undefined ? undefined : offsetOf(signal.localHour, at),
      hours:
        signal.localHour !== undefined && isNewVisit(state, message)
          ? addVisitHour(state.hours, signal.localHour)
          : undefined,
      form: formSeen(state, signal, at, url),
      exit:
        signal.exit !== undefined && (state.exit === undefined || state.exit.at <= at)
          ? { kind: signal.exit, at, cause: signal.pageViewId }
          : undefined,
    },
  }
}

function withPage(pageViews: readonly PageView[], page: PageView): readonly PageView[] {
  const index = pageViews.findIndex(({ id }) => id === page.id)
  if (index === -1) return [...pageViews, page]
  if (index === pageViews.length - 1) return pageViews.with(index, page)
  return pageViews.filter(({ id }) => id !== page.id).concat(page)
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
