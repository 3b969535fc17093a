/**
 * Keeps a list in order; a list that is in order already, as nearly all are, is given back as it is.
 *
 * @param compare - as for `sort`.
 */
export function inOrder<T>(list: readonly T[], compare: (a: T, b: T) => number): readonly T[] {
  let previous = list[0]
  for (const entry of list) {
    if (previous !== undefined && entry !== previous && compare(previous, entry) > 0) return list.toSorted(compare)
    previous = entry
  }
  return list
}
