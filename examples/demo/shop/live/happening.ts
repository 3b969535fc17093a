/** One event as the platforms received it, put together again from what each of them has. */
import { type DeliveryEntry, happenedAt, type LiveEvent, type LivePerson, type PlatformName } from '../../feed.ts'

export interface Happening {
  /** The same at every drawing. */
  readonly key: string
  readonly name: string
  /** When the behaviour happened, epoch ms. */
  readonly happened: number
  /** As each platform received it; one that has not yet is not in it. */
  readonly received: readonly { readonly platform: PlatformName; readonly event: LiveEvent }[]
}

/** @returns what happened, newest first. */
export function happeningsOf({ profiles }: LivePerson, deliveries: readonly DeliveryEntry[]): readonly Happening[] {
  const received = profiles.flatMap(({ platform, events }) => {
    const counts = new Map<string, number>()
    return events.map(event => {
      // To the second, as Klaviyo keeps times; two of a name within one are told apart by their order.
      const second = `${event.name} ${Math.floor(event.time / 1000)}`
      const count = (counts.get(second) ?? 0) + 1
      counts.set(second, count)
      return { key: `${second} ${count}`, platform, event }
    })
  })
  return [...Map.groupBy(received, ({ key }) => key)]
    .map(([key, those]) => ({
      key,
      name: those[0]?.event.name ?? '',
      happened: Math.max(...those.map(({ event }) => happenedAt(event, deliveries))),
      received: those,
    }))
    .toSorted((a, b) => arrivalOf(b) - arrivalOf(a))
}

/** When the first platform had it, epoch ms. */
export function arrivalOf({ received }: Happening): number {
  return Math.min(...received.map(({ event }) => event.receivedAt))
}
