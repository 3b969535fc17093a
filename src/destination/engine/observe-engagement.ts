/** What a summary of a page view changes: its totals, and what they say of page, product, form and exit. */
import { addView, VISIT_GAP } from './history.ts'
import { addInterest } from './interest.ts'
import { offsetOf } from './local-time.ts'
import type { Message } from './message.ts'
import { clippedPage, lastPage, type Seen } from './observation.ts'
import { pageTypeOf } from './page-type.ts'
import { gain, mergeTotals, noTotals, type PageView, worth } from './page-view.ts'
import type { Policy } from './policy.ts'
import { keepLatest, type ProfileState } from './profile.ts'
import { addVisitHour } from './send-time.ts'
import type { EngagementSignal } from './signal.ts'
import { duration, eventTime, since } from './time.ts'
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
  if (seen === undefined && state.forgottenViews.includes(signal.pageViewId)) return { changes: {}, earned: {} }
  const before = seen?.totals ?? noTotals
  const totals = mergeTotals(before, signal.totals)
  const type = signal.pageType ?? seen?.type ?? pageTypeOf(message, policy)
  const { url, title } = clippedPage(message)
  const page: PageView = {
    id: signal.pageViewId,
    at: eventTime(Math.max(seen?.at ?? 0, at)),
    type,
    totals,
    ...(url !== undefined && { url }),
    ...(title !== undefined && { title }),
  }
  const earned = gain(worth(before, type, policy), worth(totals, type, policy))
  // The view began before its first summary: that is when the page was looked at.
  const startedAt = eventTime(at - signal.totals.visibleMs)
  const product = state.lastProduct
  const onItsPage = product?.url !== undefined && product.url === url
  const form =
    signal.form && signal.form.state !== 'viewed'
      ? { ...signal.form, at, cause: signal.pageViewId, url: url ?? '' }
      : undefined
  return {
    earned,
    changes: {
      ...lastPage(state, message),
      ...keepLatest(state.pageViews.filter(({ id }) => id !== page.id).concat(page), state.forgottenViews),
      timeSpentMs: state.timeSpentMs + totals.activeMs - before.activeMs,
      automation: Math.max(state.automation, signal.automation),
      ...(seen === undefined && { views: addView(state.views, { of: 'page', name: type, at: startedAt }) }),
      ...(onItsPage &&
        totalOf(earned) > 0 && {
          interests: addInterest(
            state.interests,
            product.category ?? product.name ?? product.id,
            totalOf(earned) * INTEREST_PER_POINT,
            at,
          ),
        }),
      ...(signal.device !== undefined && { device: signal.device }),
      ...(signal.localHour !== undefined && {
        localHour: signal.localHour,
        localOffset: offsetOf(signal.localHour, at),
      }),
      ...(signal.localHour !== undefined &&
        isNewVisit(state, message) && { hours: addVisitHour(state.hours, signal.localHour) }),
      ...(form !== undefined && (state.form === undefined || state.form.at <= at) && { form }),
      ...(signal.exit !== undefined &&
        (state.exit === undefined || state.exit.at <= at) && {
          exit: { kind: signal.exit, at, cause: signal.pageViewId },
        }),
    },
  }
}

/** Each visit counts once for the hour it began in. */
function isNewVisit({ visit, hours }: ProfileState, { timestamp }: Message): boolean {
  return hours.length === 0 || since(visit.lastAt, timestamp) >= VISIT_GAP || duration(timestamp - visit.startedAt) < 0
}
