import type { Delivery, Outcome } from './connector.ts'

/**
 * Makes the deliveries of one profile one after the other and those of different profiles side by side, so that an older
 * trait never overwrites a newer one. A lane ends at the first delivery that is neither delivered nor rejected.
 *
 * @returns one outcome per delivery, in the batch's order.
 */
export async function inLanes(
  batch: readonly Delivery[],
  deliverOne: (delivery: Delivery) => Promise<Outcome>,
): Promise<readonly Outcome[]> {
  const lanes = new Map<string, Promise<Outcome>>()
  return Promise.all(
    batch.map(delivery => {
      const ahead = lanes.get(delivery.profileId)
      const outcome =
        ahead === undefined ? deliverOne(delivery) : ahead.then(before => behind(before, delivery, deliverOne))
      lanes.set(delivery.profileId, outcome)
      return outcome
    }),
  )
}

async function behind(
  before: Outcome,
  delivery: Delivery,
  deliverOne: (delivery: Delivery) => Promise<Outcome>,
): Promise<Outcome> {
  if (before.kind === 'retry')
    return { ...before, reason: 'an earlier delivery for this profile has to be retried first' }
  if (before.kind === 'unauthorized') return before
  return deliverOne(delivery)
}
