import type { Duration } from './time.ts'

/**
 * The share of a signal's points still counted after `age`.
 *
 * @param age - from the signal's event time to the score's; a signal from the future counts as age 0.
 * @param halfLife - until half the points are left; must be > 0.
 * @returns a factor in [0, 1].
 */
export function decay(age: Duration, halfLife: Duration): number {
  // What is looked at as of its own time, as most is, needs no power.
  return age > 0 ? 2 ** (-age / halfLife) : 1
}
