/** What a person looked at before: enough to count views within days, and no more. */
import { type Duration, duration, type EventTime, MINUTE, since, times } from './time.ts'

/**
 * The pages or the products that were looked at, latest last. Two lists: names and times as objects would be several
 * times as large, and all of them are looked through for nearly every message.
 */
export interface Looks {
  /** Page types, or ids of products. */
  readonly names: readonly string[]
  /** Event times, of the name at the same place. */
  readonly times: readonly EventTime[]
}

export interface Views {
  readonly pages: Looks
  readonly products: Looks
}

const NO_LOOKS: Looks = { names: [], times: [] }
export const NO_VIEWS: Views = { pages: NO_LOOKS, products: NO_LOOKS }

/** Of each kind; as many as a count within a few days needs. */
const MAX_LOOKS = 12
/** A reload, or the page call and the first summary of the same page view, is one look. */
const SAME_LOOK = duration(30_000)

/** @returns the views with one more of a page; the same views when it was the same look as one before. */
export function viewPage(views: Views, pageType: string, at: EventTime): Views {
  const pages = addLook(views.pages, pageType, at)
  return pages === views.pages ? views : { pages, products: views.products }
}

/** The same of a product. */
export function viewProduct(views: Views, id: string, at: EventTime): Views {
  const products = addLook(views.products, id, at)
  return products === views.products ? views : { pages: views.pages, products }
}

function addLook(looks: Looks, name: string, at: EventTime): Looks {
  const { names, times } = looks
  // By place, and from the end: `some` with a callback would make an object of each time it looks at.
  let before = times.length - 1
  for (let place = before; place >= 0; place -= 1) {
    const past = times[place] ?? at
    if (Math.abs(since(past, at)) < SAME_LOOK && names[place] === name) return looks
    // Looks at the same time stand by name, so that it does not matter which was told first.
    if (past > at || (past === at && (names[place] ?? '') > name)) before = place - 1
  }
  const kept = <T>(list: readonly T[]) => (list.length > MAX_LOOKS ? list.slice(-MAX_LOOKS) : list)
  return {
    names: kept(names.toSpliced(before + 1, 0, name)),
    times: kept(times.toSpliced(before + 1, 0, at)),
  }
}

/** The looks of two profiles of one person; what both took for one, or a page call and its summary, is one look. */
export function mergeViews(a: Views, b: Views): Views {
  return { pages: mergeLooks(a.pages, b.pages), products: mergeLooks(a.products, b.products) }
}

function mergeLooks(a: Looks, b: Looks): Looks {
  const all = [a, b].flatMap(({ names, times }) => times.map((at, place) => ({ at, name: names[place] ?? '' })))
  return all
    .sort((one, other) => one.at - other.at || (one.name < other.name ? -1 : 1))
    .reduce<Looks>((merged, { name, at }) => addLook(merged, name, at), NO_LOOKS)
}

/** @returns how often it was looked at in `[from, …)`. */
export function countLooks({ names, times }: Looks, name: string, from: number): number {
  let count = 0
  for (let place = 0; place < names.length; place += 1)
    if (names[place] === name && (times[place] ?? 0) >= from) count += 1
  return count
}

/** A visit ends when nothing happened for this long: as Google Analytics, PostHog and Clarity have it. */
export const VISIT_GAP: Duration = times(30, MINUTE)

/** The visit under way, or the last one. */
export interface Visit {
  /** 1, 2, 3…: how many there were, this one included; 0 before the first. */
  readonly number: number
  readonly startedAt: EventTime
  readonly lastAt: EventTime
  /** When the visit before this one ended; undefined in the first. */
  readonly previousAt: EventTime | undefined
}

/** @returns the visit a behaviour at `at` belongs to; behaviour older than the visit under way changes nothing. */
export function continueVisit(visit: Visit, at: EventTime): Visit {
  if (visit.number > 0 && at <= visit.lastAt) return visit
  const { number, startedAt, lastAt, previousAt } = visit
  if (number > 0 && since(lastAt, at) < VISIT_GAP) return { number, startedAt, lastAt: at, previousAt }
  return { number: number + 1, startedAt: at, lastAt: at, previousAt: number === 0 ? undefined : lastAt }
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
    previousAt,
  }
}
