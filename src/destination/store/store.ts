/** The store: profiles, facts, timers and the outbox, changed together or not at all. The contract of SQLite and Postgres. */
import type { Delivery, Identifiers, Traits, Write } from '../../connectors/connector.ts'
import type { KeptFact } from '../engine/fact.ts'
import type { IdentityKey } from '../engine/identity.ts'
import type { ProfileState } from '../engine/profile.ts'
import type { Timer } from '../engine/timer.ts'

export interface StoredProfile {
  readonly id: string
  readonly state: ProfileState
}

/** What a batch of messages needs to be decided. */
export interface Loaded {
  readonly profiles: ReadonlyMap<IdentityKey, StoredProfile>
  /** The messageIds already taken in. */
  readonly seen: ReadonlySet<string>
}

/** What is owed to a platform. A write has the identifiers of its profile, as known when it is sent. */
export interface PlannedDelivery {
  readonly id: string
  readonly profileId: string
  readonly connector: string
  readonly kind: Delivery['kind']
  /** Of a deletion only: the profile may be gone when it is sent. Forgotten once it is delivered. */
  readonly identifiers?: Identifiers
  /** Of a joining only. */
  readonly joining?: PlannedJoining
  /** events only */
  readonly name?: string
  readonly properties?: Readonly<Record<string, string | number | boolean | null>>
  readonly traits: Traits
  /** When the behaviour happened, epoch ms. */
  readonly time: number
  /** Waits until the person has an identifier the platform accepts. */
  readonly held: boolean
  /** A held event is not worth sending after this, epoch ms; absent: always worth it. */
  readonly heldUntil?: number
}

/** What is to be joined. A former profile that nothing was written of is left out; of none, there is nothing to join. */
export interface PlannedJoining {
  /** By their ids before this commit, with the names they were written under. */
  readonly former: readonly { readonly profileId: string; readonly names: readonly Identifiers[] }[]
  /** The joining waits until the first write of each is this old, ms. */
  readonly settleMs: number
}

/** What was decided for a batch: stored in one transaction. */
export interface Commit {
  /** The log position up to which everything is now taken in; absent for timers. */
  readonly position?: number
  readonly now: number
  readonly profiles: readonly StoredProfile[]
  /** Profiles that turned out to be another one; what they own moves over. In order. */
  readonly merges: readonly { readonly from: string; readonly into: string }[]
  readonly identities: readonly { readonly key: IdentityKey; readonly profileId: string }[]
  readonly seen: readonly string[]
  readonly facts: readonly { readonly profileId: string; readonly fact: KeptFact }[]
  readonly deliveries: readonly PlannedDelivery[]
  /** People a platform may be asked about, unless it was lately; absent: nobody. */
  readonly reads?: readonly { readonly profileId: string; readonly connector: string }[]
  /** Whose names and messages are to be taken away; absent: nobody's. */
  readonly erasures?: readonly WantedErasure[]
  /** Lanes whose held deliveries may go now. */
  readonly releases: readonly {
    readonly profileId: string
    readonly connector: string
    readonly kind: Write['kind']
  }[]
}

export interface WantedErasure {
  readonly profileId: string
  /** Only these names; absent: all there are. */
  readonly names?: readonly string[]
  /** The log positions to look through: after the one, up to the other. */
  readonly after: number
  readonly last: number
}

/** One that is under way. */
export interface Erasure {
  readonly id: number
  readonly profileId: string
  readonly names: readonly string[]
  /** The log position up to which it has come. */
  readonly reached: number
  readonly last: number
}

/** A commit that changes nothing, to be filled. */
export const NOTHING: Omit<Commit, 'now'> = {
  profiles: [],
  merges: [],
  identities: [],
  seen: [],
  facts: [],
  deliveries: [],
  releases: [],
}

export interface DueTimer {
  readonly profile: StoredProfile
  readonly timer: Timer
}

export interface Asked {
  /** In this order: what is left of `limit` is for the next kind. */
  readonly kinds: readonly Delivery['kind'][]
  readonly limit: number
  /** Fewer than this are not taken at all. Default 1. */
  readonly least?: number
}

/** How many deliveries of a kind are not done, and since when the first of them. */
export interface OutboxLevel {
  readonly connector: string
  readonly kind: Delivery['kind']
  /** `retry`: was tried before; `held`: waits for the person's name. */
  readonly state: 'pending' | 'retry' | 'held' | 'dead'
  readonly count: number
  /** When the oldest was planned, epoch ms. */
  readonly oldest: number
}

/** A person whom a platform is to be asked about. */
export interface DueRead {
  readonly profile: StoredProfile
  /** When it was first wanted, epoch ms: with person and platform, it tells one reading from another. */
  readonly askedAt: number
  /** Attempts already made. */
  readonly attempts: number
}

/** What becomes of a reading: it rests until the person is to be asked about again, or it is tried again. */
export type ReadSettlement = { readonly kind: 'done' } | { readonly kind: 'retry'; readonly at: number }

/** How long what was read holds, ms: a day, for consent that is withdrawn meanwhile is heeded by the platform itself. */
export const READ_HOLDS_MS = 86_400_000

export interface Leased {
  readonly delivery: Delivery
  /** Attempts already made that count. */
  readonly attempts: number
}

/** What becomes of a leased delivery. */
export type Settlement =
  | { readonly kind: 'delivered'; readonly id: string; readonly note?: string }
  /** `counts`: as an attempt. */
  | {
      readonly kind: 'retry'
      readonly id: string
      readonly at: number
      readonly reason: string
      readonly counts: boolean
    }
  /** It keeps its place, its due time and its attempts. Without a reason: it was not tried. */
  | { readonly kind: 'postponed'; readonly id: string; readonly reason?: string }
  | { readonly kind: 'dead'; readonly id: string; readonly reason: string }

export const DELIVERY_STATUSES = ['pending', 'held', 'delivered', 'dead', 'expired', 'superseded'] as const
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number]

/** A delivery as an operator sees it. */
export interface DeliveryRecord {
  readonly id: string
  readonly profileId: string
  readonly connector: string
  readonly kind: Delivery['kind']
  readonly name?: string
  readonly properties?: Readonly<Record<string, unknown>>
  readonly traits: Traits
  readonly status: DeliveryStatus
  readonly attempts: number
  readonly time: number
  readonly plannedAt: number
  readonly settledAt?: number
  /** In the platform's words: why it was not delivered last, or what it said to a deletion. */
  readonly reason?: string
}

/** The store as somebody sees it who only asks: what `inkling explain` and `inkling replay` open. */
export interface StoreReader extends Pick<Store, 'cursor' | 'person' | 'people' | 'facts' | 'deliveries'> {
  /** Facts by when they happened, `[from, to)` in epoch ms, in the order they were decided. */
  factsBetween(from: number, to: number): Iterable<{ readonly profileId: string; readonly fact: KeptFact }>
  /** @returns undefined when it was never planned. */
  statusOf(deliveryId: string): DeliveryStatus | undefined
  /** @returns the user ids and anonymous ids that mean a profile. */
  keysOf(profileId: string): readonly string[]
  close(): void
}

/** What is asked of a store by whoever decides; of several processes, each asks it of the partitions that it reads. */
export type DecidingStore = Pick<Store, 'cursor' | 'load' | 'commit' | 'dueTimers' | 'rest'>
/** What is the same for all processes. */
export type SharedStore = Omit<Store, keyof DecidingStore>

export interface Store {
  /** The log position up to which everything was taken in, and is on disk; 0 at first. */
  cursor(): number
  /** How far something else than the log was read, by its name; undefined: not at all yet. */
  bookmark(name: string): Promise<number | undefined>
  /** On disk once it settles. */
  keepBookmark(name: string, value: number): Promise<void>
  load(keys: readonly IdentityKey[], messageIds: readonly string[]): Promise<Loaded>
  /**
   * Commits take effect in the order they are asked for: the next may be decided before this one is on disk. Rejects when
   * the disk refuses; then whatever was asked for after it has no effect either.
   */
  commit(change: Commit): Promise<void>
  /** Does what can wait until nothing else is to be done. @returns whether there is more of it. */
  rest(now: number): Promise<boolean>

  /** @returns timers due at `now` with their profiles, the longest due first of each; all of a profile's or none. */
  dueTimers(now: number, limit: number): Promise<readonly DueTimer[]>

  /**
   * Takes deliveries for one connector: per profile in order and one at a time, a joining before the writes that wait
   * unless it failed, kind by kind across profiles, and of a kind those that are due longest. What is leased stays leased
   * until settled or until this process ends.
   */
  lease(connector: string, now: number, asked: Asked): Promise<readonly Leased[]>
  settle(settlements: readonly Settlement[], now: number): Promise<void>
  /** @returns when the next pending delivery of a connector and a kind is due; undefined when none is waiting. */
  nextDue(connector: string, kind: Delivery['kind']): Promise<number | undefined>

  /** @returns whom to ask the connector's platform about next, the longest wanted first. */
  dueRead(connector: string, now: number): Promise<DueRead | undefined>
  /** @returns when that will be; undefined when nobody is wanted. */
  nextRead(connector: string): Promise<number | undefined>
  settleRead(profileId: string, connector: string, settlement: ReadSettlement, now: number): Promise<void>

  /** @param id - our id, a userId, an anonymousId or an e-mail address. */
  person(id: string): Promise<StoredProfile | undefined>
  /** Those of whom this address is known, the latest seen first; no more than share an address in earnest. */
  peopleWith(email: string): Promise<readonly StoredProfile[]>
  /** Those seen last, newest first. */
  people(limit: number): Promise<readonly StoredProfile[]>
  /** Newest first. */
  facts(profileId: string, limit: number): Promise<readonly KeptFact[]>
  /** Newest first; of one profile, or of all. */
  deliveries(
    filter: { readonly profileId?: string; readonly status?: DeliveryStatus },
    limit: number,
  ): Promise<readonly DeliveryRecord[]>

  /** Lets go of what happened before, oldest first and no more at once. @returns how many rows went. */
  retain(asked: { readonly before: number; readonly limit: number }): Promise<number>
  /** @returns the one that has waited longest. */
  nextErasure(): Promise<Erasure | undefined>
  keepErasure(erasure: Pick<Erasure, 'id' | 'names' | 'reached'>): Promise<void>
  /** Nothing of what it took away is in the file when it settles. */
  endErasure(id: number): Promise<void>
  /** @returns how many are not done; of one profile, or in all. */
  pendingErasures(profileId?: string): Promise<number>
  /**
   * Takes away what is kept of a profile that is to be deleted: facts, writes, names. From then on it is found by hashes of
   * its names. What is under way at a platform goes when it is asked again.
   */
  forget(profileId: string, now: number): Promise<void>
  outboxLevels(): Promise<readonly OutboxLevel[]>
  /**
   * Tries dead letters once more, as if they had just been planned and under the same ids; of traits only what nothing later has
   * written. @returns those it does not try, and why.
   */
  retryDead(ids: readonly string[], now: number): Promise<readonly { readonly id: string; readonly why: string }[]>
  /** Puts dead letters away: they stay in their person's story. */
  discardDead(ids: readonly string[], now: number): Promise<void>

  close(): Promise<void>
}
