/** Deliveries as the outbox would hand them out. */
import type {
  DeletionDelivery,
  Delivery,
  EventDelivery,
  JoiningDelivery,
  Traits,
  TraitsDelivery,
} from '../../src/connectors/connector.ts'

const person = { email: 'ada@example.com', userId: 'user-1', anonymousId: 'anon-1' }
const time = Date.UTC(2026, 6, 15, 12, 0, 0, 123)

export function traitsDelivery(changes: Partial<TraitsDelivery> = {}): TraitsDelivery {
  return {
    kind: 'traits',
    id: '0b0e7a10-0000-4000-8000-000000000001',
    profileId: 'person-1',
    identifiers: person,
    traits: { inkling_score: 42, inkling_level: 'high', inkling_returning: false },
    time,
    ...changes,
  }
}

export function eventDelivery(changes: Partial<EventDelivery> = {}): EventDelivery {
  return {
    kind: 'event',
    id: '0b0e7a10-0000-4000-8000-000000000002',
    profileId: 'person-1',
    identifiers: person,
    traits: { inkling_level: 'high' },
    time,
    name: 'Cart Abandoned',
    properties: { cart_value: 99.5, cart_item_count: 2, product_name: 'Trail shoe' },
    ...changes,
  }
}

export function deletionDelivery(changes: Partial<DeletionDelivery> = {}): DeletionDelivery {
  return {
    kind: 'deletion',
    id: '0b0e7a10-0000-4000-8000-000000000003',
    profileId: 'person-1',
    identifiers: person,
    time,
    ...changes,
  }
}

/** The traits a delivery carries; only writes have any. */
export function traitsOf(delivery: Delivery | undefined): Traits {
  return delivery?.kind === 'traits' || delivery?.kind === 'event' ? delivery.traits : {}
}

export function joiningDelivery(changes: Partial<JoiningDelivery> = {}): JoiningDelivery {
  return {
    kind: 'joining',
    id: '0b0e7a10-0000-4000-8000-000000000004',
    profileId: 'person-1',
    identifiers: person,
    former: [{ email: 'ada@example.com' }, { anonymousId: 'anon-1' }],
    time,
    ...changes,
  }
}
