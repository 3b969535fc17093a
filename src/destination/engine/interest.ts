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

/** @returns the interests with `points` added to one of them, the eight strongest, the strongest first. */
export function addInterest(
  interests: readonly Interest[],
  name: string,
  points: number,
  at: EventTime,
): readonly Interest[] {
  const known = interests.find(interest => interest.name === name)
  const latest = eventTime(Math.max(known?.at ?? at, at))
  const sum = (known ? strengthAt(known, latest) : 0) + points * decay(since(at, latest), HALF_LIFE)
  const others = known ? interests.filter(interest => interest !== known) : interests
  const now = others.reduce((last, other) => (other.at > last ? other.at : last), latest)
  const interest = { name, points: sum, at: latest }
  const strength = strengthAt(interest, now)
  // They are in order already, and stay so, for all halve alike: this one has to find its place. Ties break by name.
  const place = others.findIndex(other => {
    const theirs = strengthAt(other, now)
    return theirs < strength || (theirs === strength && name < other.name)
  })
  return others.toSpliced(place === -1 ? others.length : place, 0, interest).slice(0, MAX_INTERESTS)
}

export function mergeInterests(a: readonly Interest[], b: readonly Interest[]): readonly Interest[] {
  return b.reduce((merged, { name, points, at }) => addInterest(merged, name, points, at), a)
}

/** @returns the name of the strongest interest. */
export function topInterest(interests: readonly Interest[]): string | undefined {
  return interests[0]?.name
}

function strengthAt({ points, at }: Interest, now: EventTime): number {
  return points * decay(since(at, now), HALF_LIFE)
}
