/** How much a crossing tells: one on the way, the highest of its kind, or the one a visit is waited for. */
export type Weight = 'notable' | 'strong' | 'decisive'

/**
 * Makes the function that is told a growing total. It emits when the total has come to a threshold it had not reached;
 * several at once count as the highest.
 *
 * @param values - ascending.
 * @param top - the weight of the last threshold; those before it are notable.
 * @returns how much is missing to the next threshold; infinite past the last.
 */
export function createThresholds(
  values: readonly number[],
  emit: (weight: Weight) => void,
  top: Weight = 'strong',
): (total: number) => number {
  let reached = 0
  const next = () => values[reached] ?? Infinity
  return total => {
    const before = reached
    while (next() <= total) reached++
    if (reached > before) emit(next() < Infinity ? 'notable' : top)
    return next() - total
  }
}
