/** @returns what weighs anything, heaviest first, no more than `most`. */
export function heaviest<T>(list: readonly T[], weigh: (one: T) => number, most: number): readonly T[] {
  return list
    .filter(weigh)
    .sort((a, b) => weigh(b) - weigh(a))
    .slice(0, most)
}
