/**
 * The moments a replay found, as writes to one platform. What the outbox does live is done here too: a moment waits for an
 * identifier the platform accepts, only the latest of its kind, and only while it is fresh. Pure.
 */
import type { EventDelivery } from '../../connectors/connector.ts'
import type { Policy } from '../engine/policy.ts'
import type { ProfileState } from '../engine/profile.ts'
import { missingConsent } from '../engine/restraint.ts'
import { type Addressee, identifiersOf, planDeliveries, planReleases } from '../plan.ts'
import type { PlannedDelivery } from '../store/store.ts'
import type { Played } from './playback.ts'
import type { Period } from './tally.ts'

export interface History {
  note(played: Played): void
  /** @param stateOf - everybody as they are at the end of the stream. */
  found(stateOf: (profileId: string) => ProfileState | undefined): Found
}

export interface Found {
  /** One list for each person, in the order things happened. */
  readonly lanes: readonly (readonly EventDelivery[])[]
  /** Moments of people who had nothing the platform knows somebody by, or not before a newer one or its time was up. */
  readonly unknown: number
  /** Moments of people who have unsubscribed, withdrawn consent or asked to be deleted since then. */
  readonly withdrawn: number
  /** Moments the service may yet deliver itself. */
  readonly recent: number
}

export interface Asked extends Period {
  /** What happened later, the service may not have decided yet, epoch ms: written as history, it would start nothing. */
  readonly decidedUntil?: number
}

export function createHistory(addressee: Addressee, policy: Policy, asked: Asked): History {
  const { from, to, decidedUntil = Number.POSITIVE_INFINITY } = asked
  const moments = new Map<string, readonly PlannedDelivery[]>()

  const release = (played: Played) => {
    const { profileId, message, joined } = played
    const releases = planReleases(played, joined.length > 0, [addressee])
    if (message === undefined || !releases.some(({ kind }) => kind === 'event')) return
    const isFresh = ({ heldUntil = 0 }: PlannedDelivery) => heldUntil >= message.receivedAt
    const released = momentsOf(profileId).map(moment =>
      moment.held && isFresh(moment) ? { ...moment, held: false } : moment,
    )
    moments.set(profileId, released)
  }
  const momentsOf = (profileId: string) => moments.get(profileId) ?? []

  return {
    note: played => {
      const { profileId } = played
      for (const { from: gone } of played.joined) {
        moments.set(profileId, [...momentsOf(profileId), ...momentsOf(gone)])
        moments.delete(gone)
      }
      for (const moment of planDeliveries(played, [addressee], policy)) {
        if (moment.kind !== 'event') continue
        const isOvertaken = ({ held, name }: PlannedDelivery) => moment.held && held && name === moment.name
        const others = momentsOf(profileId).map(other => (isOvertaken(other) ? { ...other, heldUntil: 0 } : other))
        moments.set(profileId, [...others, moment])
      }
      release(played)
    },
    found: stateOf => {
      const lanes: (readonly EventDelivery[])[] = []
      let [unknown, withdrawn, recent] = [0, 0, 0]
      for (const [profileId, planned] of moments) {
        const state = stateOf(profileId)
        const told = planned.filter(({ time }) => time >= from && time < to)
        const past = told.filter(({ time }) => time <= decidedUntil)
        const known = past.filter(({ held }) => !held)
        recent += told.length - past.length
        unknown += past.length - known.length
        if (state === undefined || known.length === 0) continue
        if (hasWithdrawn(state, policy)) withdrawn += known.length
        else lanes.push(known.toSorted((a, b) => a.time - b.time).map(moment => toPast(moment, profileId, state)))
      }
      return { lanes, unknown, withdrawn, recent }
    },
  }
}

function hasWithdrawn(state: ProfileState, policy: Policy): boolean {
  const { silenced, deletedAt } = state
  return silenced !== undefined || deletedAt !== undefined || missingConsent(state, policy) !== undefined
}

/** Traits stay out: a platform has one value for each, and it is today's. */
function toPast(
  { id, name = '', properties = {}, time }: PlannedDelivery,
  profileId: string,
  { known }: ProfileState,
): EventDelivery {
  const identifiers = identifiersOf(known)
  return { kind: 'event', id, profileId, identifiers, name, properties, traits: {}, time, replayed: true }
}
