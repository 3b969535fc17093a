/** What the account's reading endpoints show: the writes of a while ago, as a platform that processes behind its 202 does. */
import type { AccountChange, KlaviyoEvent, KlaviyoMetric } from './account.ts'
import type { KlaviyoProfile } from './profile.ts'

export interface View {
  /** By id. */
  readonly profiles: ReadonlyMap<string, KlaviyoProfile>
  /** By id. */
  readonly events: ReadonlyMap<string, KlaviyoEvent>
  /** By name. */
  readonly metrics: ReadonlyMap<string, KlaviyoMetric>
}

export interface DelayedView {
  push(changes: readonly AccountChange[], now: number): void
  /** The account as it was `delayMs` ago. */
  at(now: number): View
}

export function createDelayedView(delayMs: number): DelayedView {
  const profiles = new Map<string, KlaviyoProfile>()
  const events = new Map<string, KlaviyoEvent>()
  const metrics = new Map<string, KlaviyoMetric>()
  let waiting: { readonly at: number; readonly change: AccountChange }[] = []

  function show(change: AccountChange): void {
    switch (change.kind) {
      case 'profile':
        profiles.set(change.profile.id, change.profile)
        return
      case 'profile-gone':
        profiles.delete(change.id)
        return
      case 'event':
        events.set(change.event.id, change.event)
        return
      case 'event-gone':
        events.delete(change.id)
        return
      case 'metric':
        metrics.set(change.metric.name, change.metric)
        return
      default:
        change satisfies never
    }
  }

  function catchUp(now: number): void {
    if (waiting[0] === undefined || waiting[0].at > now) return
    for (const { change } of waiting.filter(({ at }) => at <= now)) show(change)
    waiting = waiting.filter(({ at }) => at > now)
  }

  return {
    push(changes, now) {
      catchUp(now)
      for (const change of changes) waiting.push({ at: now + delayMs, change })
    },
    at(now) {
      catchUp(now)
      return { profiles, events, metrics }
    },
  }
}
