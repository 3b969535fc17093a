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
  const known = interests.find(interest => interest.name === name)
  const latest = eventTime(Math.max(known?.at ?? at, at))
  const sum = (known ? strengthAt(known, latest) : 0) + points * decay(since(at, latest), HALF_LIFE)
  return kept([...interests.filter(interest => interest !== known), { name, points: sum, at: latest }])
}

export function mergeInterests(a: readonly Interest[], b: readonly Interest[]): readonly Interest[] {
  const names = new Set([...a, ...b].map(({ name }) => name))
  const both = [...names].flatMap(name =>
    [...a, ...b]
      .filter(interest => interest.name === name)
      .reduce<readonly Interest[]>((sum, { points, at }) => addInterest(sum, name, points, at), []),
  )
  return kept(both)
}

/** @returns the name of the strongest interest. */
export function topInterest(interests: readonly Interest[]): string | undefined {
  return interests[0]?.name
}

function strengthAt({ points, at }: Interest, now: EventTime): number {
  return points * decay(since(at, now), HALF_LIFE)
}

/** The eight strongest, the newest always among them: it is weak at first and must be able to grow. */
function kept(interests: readonly Interest[]): readonly Interest[] {
  const sorted = strongest(interests)
  if (sorted.length <= MAX_INTERESTS) return sorted
  const newest = sorted.reduce((latest, interest) => (interest.at > latest.at ? interest : latest))
  const top = sorted.slice(0, MAX_INTERESTS)
  return top.includes(newest) ? top : [...top.slice(0, -1), newest]
}

/** Strength is compared at one time; since all halve alike, which one does not matter. Ties break by name. */
function strongest(interests: readonly Interest[]): readonly Interest[] {
  const now = interests.reduce((latest, { at }) => (at > latest ? at : latest), eventTime(Number.NEGATIVE_INFINITY))
  const weighed = interests.map(interest => ({ interest, strength: strengthAt(interest, now) }))
  return weighed
    .sort((a, b) => b.strength - a.strength || (a.interest.name < b.interest.name ? -1 : 1))
    .map(({ interest }) => interest)
}
