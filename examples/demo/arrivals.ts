/** What reaches the platforms, one write after the other, with the time it took from the behaviour. */
import { onChangeOf, personNamed, type StandIns, toAccounts } from './accounts.ts'
import { type DeliveryEntry, happenedAt, type LiveProfile, type Person, type PlatformName } from './feed.ts'

export interface Arrival {
  readonly platform: PlatformName
  /** When it arrived, epoch ms. */
  readonly at: number
  /** When the behaviour happened, epoch ms; absent when the destination no longer lists the write. */
  readonly happened: number | undefined
  /** The event's name; absent when only traits were written. */
  readonly event: string | undefined
  /** The profile properties that changed with it. */
  readonly changed: Readonly<Record<string, unknown>>
}

export interface ArrivalOptions {
  readonly standIns: StandIns
  readonly email: string
  /** Asks the destination; undefined when it knows nobody by that id. */
  readonly person: (id: string) => Promise<Person | undefined>
  /** Called in order of arrival. */
  readonly onArrival: (arrival: Arrival) => void
}

/** @returns how to stop watching; resolves once everything that arrived was told. */
export function watchArrivals({ standIns, email, person, onArrival }: ArrivalOptions): () => Promise<void> {
  const told = new Map<PlatformName, LiveProfile>()
  let telling: Promise<void> = Promise.resolve()

  const tell = async (after: LiveProfile, at: number): Promise<void> => {
    const { platform } = after
    const before = told.get(platform)
    const events = after.events.slice(before?.events.length ?? 0)
    const changed = changedProperties(before, after)
    told.set(platform, after)
    const isTraits = events.length === 0 && Object.keys(changed).length > 0
    if (events.length === 0 && !isTraits) return
    const deliveries = (await person(email))?.deliveries ?? []
    for (const [index, event] of events.entries()) {
      const isLast = index === events.length - 1
      const happened = happenedAt(event, deliveries)
      onArrival({ platform, at: event.receivedAt, happened, event: event.name, changed: isLast ? changed : {} })
    }
    if (isTraits) onArrival({ platform, at, happened: happenedBefore(changed, deliveries), event: undefined, changed })
  }
  const stop = onChangeOf(standIns, () => {
    const found = personNamed(toAccounts(standIns), email)
    const at = Date.now()
    for (const profile of found?.profiles ?? []) telling = telling.then(() => tell(profile, at))
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

/** Of the newest write whose traits are the ones that changed. HubSpot keeps every value as text. */
function happenedBefore(
  changed: Readonly<Record<string, unknown>>,
  deliveries: readonly DeliveryEntry[],
): number | undefined {
  const entries = Object.entries(changed)
  const delivery = deliveries.find(({ traits }) =>
    entries.every(([name, value]) => String(traits[name]) === String(value)),
  )
  return delivery && Date.parse(delivery.at)
}
