/** What a person looked at before: enough to count views within days, and no more. */
import { inOrder } from './order.ts'
import { type Duration, duration, type EventTime, MINUTE, since, times } from './time.ts'

/** One page type or product that was looked at. */
export interface View {
  readonly of: 'page' | 'product'
  /** The page type, or the product's id. */
  readonly name: string
  readonly at: EventTime
}

/** Each kind keeps as many as a count within a few days needs. */
const MAX_VIEWS = { page: 12, product: 12 } as const
/** A reload, or the page call and the first summary of the same page view, is one look. */
const SAME_LOOK = duration(30_000)

/** @returns the views with this one among them, latest last; the same list when it was the same look as one before. */
export function addView(views: readonly View[], view: View): readonly View[] {
  const same = (past: View) =>
    past.of === view.of && past.name === view.name && Math.abs(since(past.at, view.at)) < SAME_LOOK
  if (views.some(same)) return views
  return keepViews([...views, view])
}

function keepViews(views: readonly View[]): readonly View[] {
  const ordered = inOrder(views, compare)
  const surplus = { page: -MAX_VIEWS.page, product: -MAX_VIEWS.product }
  for (const { of } of ordered) surplus[of] += 1
  if (surplus.page <= 0 && surplus.product <= 0) return ordered
  return ordered.filter(({ of }) => {
    surplus[of] -= 1
    return surplus[of] < 0
  })
}

/** The looks of two profiles of one person; what both took for one, or a page call and its summary, is one look. */
export function mergeViews(a: readonly View[], b: readonly View[]): readonly View[] {
  return [...a, ...b].toSorted(compare).reduce<readonly View[]>(addView, [])
}

/** Looks at the same time stand by name, so that it does not matter which was told first. */
function compare(a: View, b: View): number {
  if (a.at !== b.at) return a.at - b.at
  const [one, other] = [a.of + a.name, b.of + b.name]
  return one === other ? 0 : one < other ? -1 : 1
}

/** @returns how often it was looked at in `[from, …)`. */
export function countViews(views: readonly View[], of: View['of'], name: string, from: number): number {
  return views.filter(view => view.of === of && view.name === name && view.at >= from).length
}

/** A visit ends when nothing happened for this long: as Google Analytics, PostHog and Clarity have it. */
export const VISIT_GAP: Duration = times(30, MINUTE)

/** The visit under way, or the last one. */
export interface Visit {
  /** 1, 2, 3…: how many there were, this one included; 0 before the first. */
  readonly number: number
  readonly startedAt: EventTime
  readonly lastAt: EventTime
  /** When the visit before this one ended; absent in the first. */
  readonly previousAt?: EventTime
}

/** @returns the visit a behaviour at `at` belongs to; behaviour older than the visit under way changes nothing. */
export function continueVisit(visit: Visit, at: EventTime): Visit {
  if (visit.number > 0 && at <= visit.lastAt) return visit
  if (visit.number > 0 && since(visit.lastAt, at) < VISIT_GAP) return { ...visit, lastAt: at }
  const first = visit.number === 0
  return { number: visit.number + 1, startedAt: at, lastAt: at, ...(!first && { previousAt: visit.lastAt }) }
}

/** One person's visits under two ids: the later one goes on, the numbers add up. */
export function mergeVisits(older: Visit, newer: Visit): Visit {
  if (older.number === 0 || newer.number === 0) return older.number === 0 ? newer : older
  const [first, last] = older.lastAt <= newer.lastAt ? [older, newer] : [newer, older]
  // Two halves of one visit: somebody signed in on the way.
  const same = since(first.lastAt, last.startedAt) < VISIT_GAP
  const previousAt = same ? first.previousAt : (last.previousAt ?? first.lastAt)
  return {
    number: first.number + last.number - (same ? 1 : 0),
    startedAt: same && first.startedAt < last.startedAt ? first.startedAt : last.startedAt,
    lastAt: last.lastAt,
    ...(previousAt !== undefined && { previousAt }),
  }
}
