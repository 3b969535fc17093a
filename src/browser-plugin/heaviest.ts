/** @returns what weighs anything, heaviest first. */
export function heaviest<T>(list: readonly T[], weigh: (one: T) => number): readonly T[] {
  return list.filter(weigh).sort((a, b) => weigh(b) - weigh(a))
}
