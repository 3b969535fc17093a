/** How much a crossing tells: one on the way, the highest of its kind, or the one a visit is waited for. */
export type Weight = 'notable' | 'strong' | 'decisive'

export interface Thresholds {
  /** Says so when `total` has come to a threshold it had not reached; several at once count as the highest. */
  reach(total: number): void
  /** How much is missing to the next threshold; infinite past the last. */
  missing(total: number): number
}

/**
 * Watches one growing total.
 *
 * @param values - ascending.
 * @param top - the weight of the last threshold; those before it are notable.
 */
export function createThresholds(
  values: readonly number[],
  emit: (weight: Weight) => void,
  top: Weight = 'strong',
): Thresholds {
  let reached = 0
  return {
    reach(total) {
      const count = values.filter(value => value <= total).length
      if (count <= reached) return
      reached = count
      emit(count === values.length ? top : 'notable')
    },
    missing: total => (values[reached] ?? Infinity) - total,
  }
}
