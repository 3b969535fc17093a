/** Time in the engine: branded milliseconds, so that a moment, a span and a plain number cannot be mixed up. */

/** A moment of event time, ms since the epoch (UTC). */
export type EventTime = number & { readonly __brand: 'EventTime' }
/** A span of time, ms. */
export type Duration = number & { readonly __brand: 'Duration' }

export function eventTime(epochMs: number): EventTime {
  return epochMs as EventTime
}

export function duration(ms: number): Duration {
  return ms as Duration
}

export const SECOND: Duration = duration(1_000)
export const MINUTE: Duration = duration(60_000)
export const HOUR: Duration = duration(3_600_000)
export const DAY: Duration = duration(86_400_000)

/** @returns `count` times `unit`. */
export function times(count: number, unit: Duration): Duration {
  return duration(count * unit)
}

/** @returns how long `later` is after `earlier`; negative when it is before. */
export function since(earlier: EventTime, later: EventTime): Duration {
  return duration(later - earlier)
}

export function after(time: EventTime, span: Duration): EventTime {
  return eventTime(time + span)
}
