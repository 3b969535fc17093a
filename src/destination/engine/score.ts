/** From points to the 0–100 score and its level. */
import { decay } from './decay.ts'
import type { Level } from './level.ts'
import type { LevelPolicy, ScorePolicy } from './policy.ts'
import { type EventTime, eventTime, since } from './time.ts'
import { POINT_KINDS, type Points } from './window.ts'

/** Points as they stood at `at`; they halve every half-life after it. */
export interface Balance {
  readonly points: number
  readonly at: EventTime
}

/**
 * Adds points earned at `at`. The order of additions does not matter: earlier points are decayed to the later of the
 * two times.
 */
export function addToBalance(balance: Balance, at: EventTime, points: number, policy: ScorePolicy): Balance {
  const latest = eventTime(Math.max(balance.at, at))
  return { points: pointsAt(balance, latest, policy) + points * decay(since(at, latest), policy.halfLife), at: latest }
}

export function pointsAt(balance: Balance, now: EventTime, policy: ScorePolicy): number {
  return balance.points * decay(since(balance.at, now), policy.halfLife)
}

/** @returns 0–100, half of what is left to 100 for every `scale` points: bounded, and never lower for more points. */
export function scoreOf(points: number, policy: ScorePolicy): number {
  return 100 * (1 - 2 ** (-Math.max(points, 0) / policy.scale))
}

/**
 * The level a 5-minute average stands for.
 *
 * A level is entered at its threshold and left only below `hysteresis` × that threshold, so an average that trembles
 * around it does not flap. `high` also needs two kinds of signal to agree, else it stays `medium`.
 *
 * @param average - mean points per 30 s rollup, ≥ 0.
 * @param recent - the points behind the average, by kind.
 */
export function levelOf(average: number, recent: Points, current: Level, policy: LevelPolicy): Level {
  const { low, medium, high, hysteresis } = policy
  const isHigh = current === 'high'
  const isMedium = isHigh || current === 'medium'
  const isLow = isMedium || current === 'low'
  if (average >= high * (isHigh ? hysteresis : 1) && doKindsAgree(recent, policy)) return 'high'
  if (average >= medium * (isMedium ? hysteresis : 1)) return 'medium'
  return average >= low * (isLow ? hysteresis : 1) ? 'low' : 'none'
}

/** That a page was opened says nothing about attention. */
const VISIT = POINT_KINDS.indexOf('visit')

function doKindsAgree(recent: Points, policy: LevelPolicy): boolean {
  let kinds = 0
  for (let kind = 0; kind < recent.length && kinds < 2; kind += 1)
    if (kind !== VISIT && (recent[kind] ?? 0) >= policy.agreement) kinds += 1
  return kinds >= 2
}

/** @returns the kinds that each earned enough to agree. */
export function agreeing(recent: Points, policy: LevelPolicy): readonly string[] {
  return POINT_KINDS.filter((_, kind) => kind !== VISIT && (recent[kind] ?? 0) >= policy.agreement)
}
