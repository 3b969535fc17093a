/**
 * Does something with each, at most so many of them at a time: a wave after the other.
 *
 * @returns the results, in the same order.
 */
export async function inWaves<One, Result>(
  all: readonly One[],
  atOnce: number,
  each: (one: One) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = []
  for (let at = 0; at < all.length; at += atOnce)
    results.push(...(await Promise.all(all.slice(at, at + atOnce).map(each))))
  return results
}
