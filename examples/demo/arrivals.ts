/** What reaches the platform, one by one, with the time it took from the behaviour. */
import type { KlaviyoStandIn } from '../platforms/klaviyo.ts'
import { type Account, type DeliveryEntry, type LiveEvent, type LiveProfile, type Person, toAccount } from './feed.ts'
import { changedProperties, profileOf } from './story-lines.ts'

export type Arrival =
  | { readonly kind: 'event'; readonly at: number; readonly happened: number; readonly event: LiveEvent }
  | {
      readonly kind: 'traits'
      readonly at: number
      /** Absent when the destination no longer lists the write that brought them. */
      readonly happened?: number | undefined
      readonly properties: Readonly<Record<string, unknown>>
    }

export interface ArrivalOptions {
  readonly standIn: Pick<KlaviyoStandIn, 'profiles' | 'events' | 'onChange'>
  readonly email: string
  /** Asks the destination; undefined when it knows nobody by that id. */
  readonly person: (id: string) => Promise<Person | undefined>
  /** Called in order of arrival. */
  readonly onArrival: (arrival: Arrival) => void
}

/** @returns how to stop watching; resolves once everything that arrived was told. */
export function watchArrivals({ standIn, email, person, onArrival }: ArrivalOptions): () => Promise<void> {
  let before: LiveProfile | undefined
  let telling: Promise<void> = Promise.resolve()

  const tell = async (account: Account, at: number): Promise<void> => {
    const profile = profileOf(account, email)
    if (!profile) return
    const known = before?.events.length ?? 0
    const events = profile.events.slice(known)
    const properties = changedProperties(before, profile)
    before = profile
    const deliveries = (await person(email))?.deliveries ?? []
    for (const event of events) onArrival(eventArrival(event, deliveries))
    if (Object.keys(properties).length > 0) {
      onArrival({ kind: 'traits', at, properties, happened: broughtBy(properties, deliveries) })
    }
  }
  const stop = standIn.onChange(() => {
    const [account, at] = [toAccount(standIn), Date.now()]
    telling = telling.then(() => tell(account, at))
  })
  return async () => {
    stop()
    await telling
  }
}

/** Klaviyo cuts times to the second; the destination knows the millisecond. */
function eventArrival(event: LiveEvent, deliveries: readonly DeliveryEntry[]): Arrival {
  const delivery = deliveries.find(({ id }) => id === event.uniqueId)
  return { kind: 'event', at: event.receivedAt, happened: delivery ? Date.parse(delivery.at) : event.time, event }
}

/** The newest write whose traits are the ones that changed. */
function broughtBy(
  changed: Readonly<Record<string, unknown>>,
  deliveries: readonly DeliveryEntry[],
): number | undefined {
  const ours = Object.entries(changed).filter(([name]) => deliveries.some(({ traits }) => name in traits))
  const delivery = deliveries.find(({ traits }) => ours.every(([name, value]) => traits[name] === value))
  return ours.length > 0 && delivery ? Date.parse(delivery.at) : undefined
}
