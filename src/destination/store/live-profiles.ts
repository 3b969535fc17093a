/**
 * The profiles that are in use, in memory. A change is written down twice: at once as the few bytes that changed, one after
 * the other in a journal; and whole, into the profile's own row, once it has rested or the journal has grown long. So a
 * profile that is busy costs the disk one row now and then instead of one for each message.
 */
import type { IdentityKey } from '../engine/identity.ts'
import type { ProfileState } from '../engine/profile.ts'
import { type Delta, deltaOf } from './delta.ts'
import { lookAfter } from './look.ts'
import type { Commit, StoredProfile } from './store.ts'

/** When to look at a profile's timers; without `at`, never. */
export interface Look {
  readonly profileId: string
  readonly at?: number
}

/** What a commit changes of the profiles. */
export interface ProfileChange {
  /** In order; `null` for a profile that is gone. Those in `whole` are not among them. */
  readonly deltas: readonly (readonly [profileId: string, delta: Delta | null])[]
  readonly whole: readonly StoredProfile[]
  readonly looks: readonly Look[]
}

interface Live {
  readonly id: string
  isUsed: boolean
  state: ProfileState
  readonly keys: IdentityKey[]
  /** When the file says to look at their timers. */
  lookAt: number | undefined
  /** The first commit whose change is in the journal alone. */
  since: Place | undefined
  /** The commit that is about to write it whole. */
  writing: number | undefined
  /** The first change since that one. */
  again: Place | undefined
}

/** A commit, and when it was; and how much of the journal lay before it. */
interface Place {
  readonly commit: number
  readonly at: number
  readonly bytes: number
}

export interface LiveProfiles {
  /** @returns undefined when the key is not among those in memory. */
  profileOf(key: IdentityKey): StoredProfile | undefined
  profileBy(id: string): StoredProfile | undefined
  /** What the file is told of when to look at whom. */
  lookedAt(looks: readonly Look[]): void
  /** @returns the profile as it is now: the one in memory where there is one. */
  current(stored: StoredProfile): StoredProfile
  /** Takes in what was read; a profile that is here already stays as it is. @returns it as it is now. */
  admit(read: StoredProfile & { readonly lookAt?: number }, keys: readonly IdentityKey[]): StoredProfile
  /** Brings back what the journal alone has. */
  restore(profile: StoredProfile & { readonly lookAt?: number }, since: number): void
  /** Takes a commit's changes. @param commit - its number, one more than the last. */
  change(change: Commit, commit: number): ProfileChange
  /** @param bytes - by how much the commit has lengthened the journal. */
  lengthen(bytes: number): void
  /** A commit is on disk. */
  committed(commit: number): void
  /** @returns the first commit that is still needed; undefined: none of those so far. */
  neededFrom(): number | undefined
  /** @returns whether there is something to write whole, or to take out of the journal. */
  mayRest(now: number): boolean
  clear(): void
}

export interface Bounds {
  /** Profiles in memory; those that are in the journal alone stay however many they are. */
  readonly most: number
  /** Characters of the journal after which a profile is written whole. */
  readonly journal: number
}

/** So that no commit is long. */
const MOST_WHOLE_AT_ONCE = 500
/**
 * Of those in memory, so many are looked at for each that has come, and for a commit some more: most are passed over once or
 * twice, for they were used or cannot go yet, and next to nobody may stay for ever.
 */
const LOOKED_AT = { forEach: 4, more: 1_000 }
/** Somebody who is here does something every few seconds; what they did then shares a row. */
const RESTED_MS = 2_000

export function createLiveProfiles(bounds: Bounds): LiveProfiles {
  /** By when they came, or had another round: to note every use would cost more than it saves. */
  const live = new Map<string, Live>()
  const owners = new Map<IdentityKey, string>()
  /** In the journal alone, longest first. */
  const unwritten = new Map<string, Live>()
  const writing = new Map<number, readonly Live[]>()
  /** Joined by a commit that is not on disk yet. */
  const moved = new Map<string, { readonly into: string; readonly commit: number }>()
  let journal = 0
  /** Whether the file's journal may have commits that nobody needs. */
  let isTrimmable = false

  const idNow = (id: string): string => {
    const next = moved.get(id)
    return next === undefined ? id : idNow(next.into)
  }
  const bind = (one: Live, key: IdentityKey) => {
    if (owners.get(key) === one.id) return
    owners.set(key, one.id)
    one.keys.push(key)
  }
  const add = (id: string, state: ProfileState, lookAt: number | undefined): Live => {
    const one: Live = {
      id,
      isUsed: false,
      state,
      keys: [],
      lookAt,
      since: undefined,
      writing: undefined,
      again: undefined,
    }
    live.set(id, one)
    return one
  }
  const use = (one: Live): Live => {
    one.isUsed = true
    return one
  }
  const letGo = (atOnce: number) => {
    let surplus = Math.min(live.size - bounds.most, atOnce)
    for (const one of live.values()) {
      if (surplus <= 0) return
      surplus -= 1
      live.delete(one.id)
      // What is in the journal alone cannot be read again from its row; what was used has another round.
      if (one.since !== undefined || one.isUsed) {
        one.isUsed = false
        live.set(one.id, one)
        continue
      }
      for (const key of one.keys) if (owners.get(key) === one.id) owners.delete(key)
    }
  }
  const markChanged = (one: Live, place: Place) => {
    if (one.since === undefined) {
      one.since = place
      unwritten.set(one.id, one)
    } else if (one.writing !== undefined) one.again ??= place
  }
  const move = (from: string, { into, target, commit }: { into: string; target: Live | undefined; commit: number }) => {
    for (const key of live.get(from)?.keys ?? []) {
      if (owners.get(key) !== from) continue
      owners.delete(key)
      if (target !== undefined) bind(target, key)
    }
    live.delete(from)
    unwritten.delete(from)
    moved.set(from, { into, commit })
  }
  /** Those that have been in the journal for long enough, and however long when there are too many. */
  const chooseOld = (chosen: Set<Live>, { isIdle, now }: { readonly isIdle: boolean; readonly now: number }) => {
    const isFull = live.size > bounds.most
    // Beside those that are written whole anyway: however many are new, the others have their turn.
    const most = chosen.size + MOST_WHOLE_AT_ONCE
    for (const one of unwritten.values()) {
      if (chosen.size >= most) return
      if (one.writing !== undefined || one.since === undefined) continue
      const isOld = journal - one.since.bytes >= bounds.journal || (isIdle && now - one.since.at >= RESTED_MS)
      if (!isOld && !isFull) return
      chosen.add(one)
    }
  }

  return {
    profileOf: key => {
      const one = live.get(owners.get(key) ?? '')
      return one && asStored(use(one))
    },
    profileBy: id => {
      const one = live.get(id)
      return one && asStored(one)
    },
    lookedAt: looks => {
      for (const { profileId, at } of looks) {
        const one = live.get(profileId)
        if (one !== undefined) one.lookAt = at
      }
    },
    current: stored => {
      const one = live.get(idNow(stored.id))
      return one === undefined ? stored : asStored(one)
    },
    admit: (read, keys) => {
      const id = idNow(read.id)
      const known = live.get(id)
      const one = known === undefined ? add(id, read.state, read.lookAt) : use(known)
      for (const key of keys) if (!owners.has(key)) bind(one, key)
      letGo(LOOKED_AT.forEach)
      return asStored(one)
    },
    restore: ({ id, state, lookAt }, since) => {
      isTrimmable = true
      markChanged(add(id, state, lookAt), { commit: since, at: 0, bytes: 0 })
    },
    change: ({ profiles, merges, identities, now }, commit) => {
      const place = { commit, at: now, bytes: journal }
      const deltas: [string, Delta | null][] = []
      const whole = new Set<Live>()
      const looks: Look[] = []
      for (const { from, into } of merges) {
        deltas.push([from, null])
        const target = live.get(into)
        const gone = live.get(from)
        if (gone !== undefined) whole.delete(gone)
        move(from, { into, target, commit })
        if (target !== undefined) {
          markChanged(target, place)
          whole.add(target)
        }
      }
      for (const { id, state } of profiles) {
        const known = live.get(id)
        const one = known ?? add(id, state, undefined)
        const before = known === undefined ? undefined : one.state
        one.state = state
        markChanged(one, place)
        // By what is known of them they are found, and written to: that is always in the row.
        if (before === undefined || before.known !== state.known) whole.add(one)
        else if (!whole.has(one)) deltas.push([id, deltaOf(before, state)])
        const look = lookFor(one, now)
        if (look !== undefined) looks.push(look)
      }
      for (const { key, profileId } of identities) {
        const owner = live.get(profileId)
        if (owner !== undefined) bind(owner, key)
      }
      chooseOld(whole, { isIdle: profiles.length === 0, now })
      for (const one of whole) {
        one.writing = commit
        one.again = undefined
      }
      if (whole.size > 0) writing.set(commit, [...whole])
      return { deltas, whole: [...whole].map(({ id, state }) => ({ id, state })), looks }
    },
    lengthen: bytes => {
      journal += bytes
      isTrimmable ||= bytes > 0
    },
    committed: commit => {
      const written = writing.get(commit) ?? []
      for (const one of written) {
        if (one.writing !== commit) continue
        unwritten.delete(one.id)
        one.writing = undefined
        one.since = one.again
        one.again = undefined
        if (one.since !== undefined && live.get(one.id) === one) unwritten.set(one.id, one)
      }
      writing.delete(commit)
      for (const [from, step] of moved) if (step.commit <= commit) moved.delete(from)
      // Whoever is new was written whole.
      letGo(LOOKED_AT.forEach * written.length + LOOKED_AT.more)
    },
    neededFrom: () => {
      let first: number | undefined
      isTrimmable = unwritten.size > 0
      for (const { since } of unwritten.values())
        if (since !== undefined && (first === undefined || since.commit < first)) first = since.commit
      return first
    },
    mayRest: now => {
      const [first] = unwritten.values()
      if (first === undefined) return isTrimmable
      return first.writing === undefined && first.since !== undefined && now - first.since.at >= RESTED_MS
    },
    clear: () => {
      for (const all of [live, owners, unwritten, writing, moved]) all.clear()
    },
  }
}

/** What is given out stays as it is. */
function asStored({ id, state }: Live): StoredProfile {
  return { id, state }
}

function lookFor(one: Live, now: number): Look | undefined {
  const at = lookAfter(one.lookAt, one.state.timers, now)
  if (at === one.lookAt) return undefined
  one.lookAt = at
  return { profileId: one.id, ...(at !== undefined && { at }) }
}
