/** When a profile's timers are looked at next. */
import type { Timer } from '../engine/timer.ts'

/**
 * A timer that is set anew is set later, at nearly every message. So what is stored may say to look too early, never too late,
 * and is changed only for what is earlier than that, or once it was time to look.
 *
 * @param lookAt - what is stored, epoch ms; undefined: never.
 * @returns what is to be stored.
 */
export function lookAfter(lookAt: number | undefined, timers: readonly Timer[], now: number): number | undefined {
  const first = timers.length === 0 ? undefined : Math.min(...timers.map(({ due }) => due))
  if (lookAt === undefined || lookAt <= now) return first
  return first === undefined || lookAt <= first ? lookAt : first
}
