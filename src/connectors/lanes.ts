import type { Delivery, Outcome } from './connector.ts'

/**
 * Makes the deliveries of one profile one after the other and those of different profiles side by side, so that an older
 * trait never overwrites a newer one. A lane ends at the first delivery that is neither delivered nor rejected.
 *
 * @returns one outcome per delivery, in the batch's order.
 */
export async function inLanes<D extends Delivery>(
  batch: readonly D[],
  deliverOne: (delivery: D) => Promise<Outcome>,
): Promise<readonly Outcome[]> {
  const lanes = new Map<string, Promise<Outcome>>()
  return Promise.all(
    batch.map(delivery => {
      const ahead = lanes.get(delivery.profileId)
      const outcome =
        ahead === undefined ? deliverOne(delivery) : ahead.then(before => heldBehind(before) ?? deliverOne(delivery))
      lanes.set(delivery.profileId, outcome)
      return outcome
    }),
  )
}

/** @returns what becomes, untried, of those behind a delivery that came to this; undefined: their turn has come. */
export function heldBehind(before: Outcome): Outcome | undefined {
  if (before.kind === 'retry')
    return { ...before, reason: 'an earlier delivery for this profile has to be retried first' }
  return before.kind === 'unauthorized' ? before : undefined
}
