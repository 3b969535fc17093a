/** What a person cares about: products and categories, the weight of old looks fading. */
import { decay } from './decay.ts'
import { DAY, type EventTime, eventTime, since, times } from './time.ts'

export interface Interest {
  readonly name: string
  readonly points: number
  readonly at: EventTime
}

const MAX_INTERESTS = 8
/** Two weeks: an interest outlives the visit, but not the season. */
const HALF_LIFE = times(14, DAY)

/** @returns the interests with `points` added to one of them, as many as are kept, the strongest first. */
export function addInterest(
  interests: readonly Interest[],
  name: string,
  points: number,
  at: EventTime,
): readonly Interest[] {
  const place = interests.findIndex(interest => interest.name === name)
  const known = interests[place]
  const latest = eventTime(Math.max(known?.at ?? at, at))
  const sum = (known ? strengthAt(known, latest) : 0) + points * decay(since(at, latest), HALF_LIFE)
  const grown = { name, points: sum, at: latest }
  // All halve alike: only the one that grew may have to stand further ahead than before.
  let ahead = place === -1 ? interests.length : place
  for (let other = interests[ahead - 1]; other !== undefined && isStronger(grown, other); other = interests[ahead - 1])
    ahead -= 1
  if (ahead === place) return interests.with(place, grown)
  const others = place === -1 ? interests : interests.toSpliced(place, 1)
  return kept(others.toSpliced(ahead, 0, grown))
}

/** Ties stand by name. */
function isStronger(one: Interest, other: Interest): boolean {
  const now = eventTime(Math.max(one.at, other.at))
  const more = strengthAt(one, now) - strengthAt(other, now)
  return more > 0 || (more === 0 && one.name < other.name)
}

export function mergeInterests(a: readonly Interest[], b: readonly Interest[]): readonly Interest[] {
  const names = new Set([...a, ...b].map(({ name }) => name))
  const both = [...names].flatMap(name =>
    [...a, ...b]
      .filter(interest => interest.name === name)
      .reduce<readonly Interest[]>((sum, { points, at }) => addInterest(sum, name, points, at), []),
  )
  return kept(both.toSorted((one, other) => (isStronger(one, other) ? -1 : 1)))
}

/** @returns the name of the strongest interest. */
export function topInterest(interests: readonly Interest[]): string | undefined {
  return interests[0]?.name
}

function strengthAt({ points, at }: Interest, now: EventTime): number {
  return points * decay(since(at, now), HALF_LIFE)
}

/**
 * The eight strongest, the newest always among them: it is weak at first and must be able to grow.
 *
 * @param sorted - the strongest first.
 */
function kept(sorted: readonly Interest[]): readonly Interest[] {
  if (sorted.length <= MAX_INTERESTS) return sorted
  const newest = sorted.reduce((latest, interest) => (interest.at > latest.at ? interest : latest))
  const top = sorted.slice(0, MAX_INTERESTS)
  return top.includes(newest) ? top : top.with(-1, newest)
}
