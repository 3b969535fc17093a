/** A person's own clock, as far as their last visit told it. */
import type { Policy } from './policy.ts'
import type { ProfileState } from './profile.ts'
import { after, type EventTime, eventTime, HOUR, times } from './time.ts'

const HOURS = 24

/** @returns hours their clock is ahead of UTC, 0–23; zones with half hours are off by less than one. */
export function offsetOf(localHour: number, at: EventTime): number {
  return modulo(localHour - hourOf(at))
}

/** @returns their own hour at that time, 0–23; undefined when they never told one. */
export function localHourAt({ localOffset }: ProfileState, time: EventTime): number | undefined {
  return localOffset === undefined ? undefined : modulo(hourOf(time) + localOffset)
}

/**
 * The end of a low-engagement window: their own night, while they are not engaged. Who is at medium or high is up and
 * busy with the site, whatever the hour; of whom no hour is known, nobody can say that it is night.
 *
 * @returns when it ends; undefined outside of one.
 */
export function quietUntil(state: ProfileState, time: EventTime, { restraint }: Policy): EventTime | undefined {
  const { from, to } = restraint.quietHours
  const hour = localHourAt(state, time)
  if (hour === undefined || state.level === 'medium' || state.level === 'high') return undefined
  if (modulo(hour - from) >= modulo(to - from)) return undefined
  return after(eventTime(Math.floor(time / HOUR) * HOUR), times(modulo(to - hour), HOUR))
}

function hourOf(time: EventTime): number {
  return modulo(Math.floor(time / HOUR))
}

function modulo(hours: number): number {
  return ((hours % HOURS) + HOURS) % HOURS
}
