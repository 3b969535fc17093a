/** From points to the 0–100 score and its level. */
import { decay } from './decay.ts'
import { LEVELS, type Level } from './level.ts'
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

const HIGHEST_FIRST = ['high', 'medium', 'low'] as const

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
  const held = LEVELS.indexOf(current)
  for (const level of HIGHEST_FIRST) {
    const threshold = policy[level] * (held >= LEVELS.indexOf(level) ? policy.hysteresis : 1)
    if (average >= threshold && (level !== 'high' || agreeing(recent, policy).length >= 2)) return level
  }
  return 'none'
}

/** @returns the kinds that each earned enough to agree. */
export function agreeing(recent: Points, policy: LevelPolicy): readonly string[] {
  // That a page was opened says nothing about attention.
  return POINT_KINDS.filter((kind, place) => kind !== 'visit' && (recent[place] ?? 0) >= policy.agreement)
}
