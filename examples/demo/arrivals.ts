/** What reaches the platform, one write after the other, with the time it took from the behaviour. */
import type { KlaviyoStandIn } from '../platforms/klaviyo.ts'
import { type DeliveryEntry, type LiveProfile, type Person, profileOf, toAccount } from './feed.ts'

export interface Arrival {
  /** When it arrived, epoch ms. */
  readonly at: number
  /** When the behaviour happened, epoch ms; absent when the destination no longer lists the write. */
  readonly happened: number | undefined
  /** The event's name; absent when only traits were written. */
  readonly metric: string | undefined
  /** The profile properties that changed with it. */
  readonly changed: Readonly<Record<string, unknown>>
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

  const tell = async (after: LiveProfile, at: number): Promise<void> => {
    const events = after.events.slice(before?.events.length ?? 0)
    const changed = changedProperties(before, after)
    before = after
    const deliveries = (await person(email))?.deliveries ?? []
    for (const [index, { uniqueId, metric, time, receivedAt }] of events.entries()) {
      // Klaviyo cuts times to the second; the destination knows the millisecond.
      const delivery = deliveries.find(({ id }) => id === uniqueId)
      const isLast = index === events.length - 1
      const happened = delivery ? Date.parse(delivery.at) : time
      onArrival({ at: receivedAt, happened, metric, changed: isLast ? changed : {} })
    }
    if (events.length === 0 && Object.keys(changed).length > 0) {
      onArrival({ at, happened: happenedBefore(changed, deliveries), metric: undefined, changed })
    }
  }
  const stop = standIn.onChange(() => {
    const profile = profileOf(toAccount(standIn), email)
    const at = Date.now()
    if (profile) telling = telling.then(() => tell(profile, at))
  })
  return async () => {
    stop()
    await telling
  }
}

function changedProperties(before: LiveProfile | undefined, after: LiveProfile): Readonly<Record<string, unknown>> {
  const changed = Object.entries(after.properties).filter(([name, value]) => before?.properties[name] !== value)
  return Object.fromEntries(changed)
}

/** Of the newest write whose traits are the ones that changed. */
function happenedBefore(
  changed: Readonly<Record<string, unknown>>,
  deliveries: readonly DeliveryEntry[],
): number | undefined {
  const entries = Object.entries(changed)
  const delivery = deliveries.find(({ traits }) => entries.every(([name, value]) => traits[name] === value))
  return delivery && Date.parse(delivery.at)
}
