import type { Duration } from '../engine/time.ts'

/** Exact, as it is set: 90 s, 30 min, 1.5 h would be 90 min. */
export function exactly(ms: Duration): string {
  const units = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1_000, 's'],
  ] as const
  const [size, unit] = units.find(([size]) => ms >= size && ms % size === 0) ?? [1, 'ms']
  return `${ms / size} ${unit}`
}
