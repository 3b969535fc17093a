import type { Delivery, Outcome } from './connector.ts'
import { heldBehind } from './lanes.ts'

export interface Rounds {
  /** The lanes a delivery stands in: no two of one lane are ever in one round. */
  readonly lanesOf: (delivery: Delivery) => readonly string[]
  /** Makes deliveries of different lanes in one go; one outcome each, in the same order. */
  readonly deliverRound: (round: readonly Delivery[]) => Promise<readonly Outcome[]>
}

/**
 * Makes a batch in rounds, for platforms that take many people in one call: the first delivery of every lane together,
 * then the second ones. A lane ends at the first delivery that is neither delivered nor rejected.
 *
 * @returns one outcome per delivery, in the batch's order.
 */
export async function inRounds(
  batch: readonly Delivery[],
  { lanesOf, deliverRound }: Rounds,
): Promise<readonly Outcome[]> {
  const outcomes = new Map<number, Outcome>()
  const ended = new Map<string, Outcome>()
  let waiting: readonly number[] = batch.map((_, index) => index)
  while (waiting.length > 0) {
    const taken = new Set<string>()
    const round: { readonly index: number; readonly delivery: Delivery; readonly lanes: readonly string[] }[] = []
    const later: number[] = []
    for (const index of waiting) {
      const delivery = batch[index]
      if (delivery === undefined) continue
      const lanes = lanesOf(delivery)
      const before = lanes.map(lane => ended.get(lane)).find(outcome => outcome !== undefined)
      if (before !== undefined) outcomes.set(index, before)
      else if (lanes.some(lane => taken.has(lane))) later.push(index)
      else round.push({ index, delivery, lanes })
      // Whoever has to wait keeps its lanes taken too, or those behind it would pass it.
      for (const lane of lanes) taken.add(lane)
    }
    const made = await deliverRound(round.map(({ delivery }) => delivery))
    for (const [place, { index, lanes }] of round.entries()) {
      const outcome = made[place] ?? { kind: 'retry', reason: 'nothing became of it' }
      outcomes.set(index, outcome)
      const behind = heldBehind(outcome)
      if (behind !== undefined) for (const lane of lanes) ended.set(lane, behind)
    }
    waiting = later
  }
  return batch.map((_, index) => outcomes.get(index) ?? { kind: 'retry', reason: 'nothing became of it' })
}
