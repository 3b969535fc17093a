/**
 * One partition of the topic, as the process sees it that reads it: what it has decided on is kept in memory, and holds as
 * long as nobody else has changed it, which every commit makes sure of. After a commit that failed nothing is taken until
 * somebody asks where to go on.
 */
import type { Timer } from '../../engine/timer.ts'
import { lookAfter } from '../look.ts'
import { toProfile } from '../rows.ts'
import { BYTES_PER_ID, createSeenIds } from '../seen-ids.ts'
import type { Commit, DecidingStore, DueTimer, Loaded, StoredProfile } from '../store.ts'
import { StaleError } from '../store-error.ts'
import { type Known, writeCommit } from './commit.ts'
import { EVERY_PARTITION } from './import.ts'
import { type Database, storable } from './pool.ts'
import { createRecent } from './recent.ts'

export interface PartitionOptions {
  readonly partition: number
  /** Of the hashes of message ids; the same in all processes. */
  readonly seed: string
  /** Of the names of people who were forgotten. */
  readonly hash: (key: string) => string
}

interface Cached extends StoredProfile {
  readonly version: number
  readonly lookAt: number | undefined
}

/** Of each partition: some minutes of visitors. */
const PROFILES_IN_MEMORY = 5_000
/** Of each partition, in 16 MB at most. */
const IDS_IN_MEMORY = 1_000_000
/** Most looks come too early, and cost next to nothing. */
const LOOKS_AT_ONCE = 1_000

export async function openPartition(
  database: Database,
  { partition, seed, hash }: PartitionOptions,
): Promise<DecidingStore> {
  const profiles = createRecent<Cached>(PROFILES_IN_MEMORY)
  const owners = createRecent<string>(2 * PROFILES_IN_MEMORY)
  let seen = createSeenIds(seed, IDS_IN_MEMORY)
  let position = -1
  /** Where the commits that are under way will have come. */
  let asked = 0
  /** Whether the rows may be others than was thought. */
  let isStale = false
  /** Whether somebody still goes by what did not come true. */
  let isBroken = false
  let landing: Promise<void> = Promise.resolve()

  const readSeen = async () => {
    seen = createSeenIds(seed, IDS_IN_MEMORY)
    const { rows } = await database.query(
      `select hashes from (
         select id, hashes, sum(length(hashes)) over (order by id desc) as after from inkling.seen_ids where partition in ($1, $3)
       ) as latest where after <= $2 order by id`,
      [partition, IDS_IN_MEMORY * BYTES_PER_ID, EVERY_PARTITION],
    )
    for (const { hashes } of rows) if (hashes instanceof Uint8Array) seen.addAll(hashes)
  }
  /** Goes by what the rows say, and by nothing else. */
  const begin = async () => {
    profiles.clear()
    owners.clear()
    const { rows } = await database.query('select position from inkling.consumed where partition = $1', [partition])
    const found = Number(rows[0]?.['position'])
    // Somebody else may have taken messages in.
    if (found !== position) await readSeen()
    isStale = false
    if (position !== -1 && found !== position) isBroken = true
    position = found
    asked = found
  }
  const ready = async () => {
    await landing
    if (isStale) await begin()
    if (isBroken) throw new StaleError(`partition ${partition} is to be gone on with from ${position}`)
  }
  await database.query('insert into inkling.consumed (partition, position) values ($1, 0) on conflict do nothing', [
    partition,
  ])
  await begin()

  const known: Known = {
    version: id => profiles.get(id)?.version,
    owner: key => owners.get(key),
    lookAt: id => profiles.get(id)?.lookAt,
  }
  const keep = (row: Readonly<Record<string, unknown>>): Cached => {
    const lookAt = row['look_at']
    const profile = {
      ...toProfile(row),
      version: Number(row['version']),
      lookAt: lookAt === null ? undefined : Number(lookAt),
    }
    profiles.set(profile.id, profile)
    return profile
  }
  const read = async (keys: readonly string[]): Promise<void> => {
    if (keys.length === 0) return
    // Of somebody who was forgotten, only the hash of a name is known.
    const stored = new Map(keys.flatMap(key => [storable(key), hash(key)].map(one => [one, key])))
    const { rows } = await database.query(
      `select i.key, p.id, p.state, p.version, p.look_at
       from inkling.identity i join inkling.profile p on p.id = i.profile_id where i.key = any($1)`,
      [[...stored.keys()]],
    )
    for (const row of rows) {
      const key = stored.get(String(row['key']))
      if (key !== undefined) owners.set(key, String(row['id']))
      keep(row)
    }
  }
  const cached = (key: string): Cached | undefined => {
    const owner = owners.get(key)
    return owner === undefined ? undefined : profiles.get(owner)
  }
  const write = async (change: Commit, before: number) => {
    const { now, merges, identities } = change
    const hashes = seen.hashesOf(change.seen)
    const looks = new Map(change.profiles.map(({ id, state }) => [id, lookAfter(known.lookAt(id), state.timers, now)]))
    const writing = { partition, known: { ...known, lookAt: (id: string) => looks.get(id) }, position: before, hashes }
    await database.transaction(session => writeCommit(session, change, writing))
    if (change.position !== undefined) position = change.position
    seen.addAll(hashes)
    for (const { from } of merges) profiles.delete(from)
    for (const { id, state } of change.profiles)
      profiles.set(id, { id, state, version: (known.version(id) ?? 0) + 1, lookAt: looks.get(id) })
    for (const { key, profileId } of identities) owners.set(key, profileId)
  }

  return {
    cursor: () => {
      isBroken = false
      return position
    },
    load: async (keys, messageIds): Promise<Loaded> => {
      await ready()
      await read(keys.filter(key => cached(key) === undefined))
      const found = keys.flatMap(key => {
        const profile = cached(key)
        return profile === undefined ? [] : ([[key, { id: profile.id, state: profile.state }]] as const)
      })
      return { profiles: new Map(found), seen: new Set(messageIds.filter(id => seen.has(id))) }
    },
    commit: async change => {
      await ready()
      const before = asked
      asked = change.position ?? asked
      const written = write(change, before)
      landing = written.catch(() => {
        isStale = true
        isBroken = true
      })
      await written
    },
    rest: async () => false,
    dueTimers: async (now, limit): Promise<readonly DueTimer[]> => {
      await ready()
      const due: DueTimer[] = []
      const early: { readonly id: string; readonly version: number; readonly at: number | undefined }[] = []
      const { rows } = await database.query(
        `select id, state, version, look_at from inkling.profile where partition = $1 and look_at <= $2
         order by look_at limit $3`,
        [partition, now, Math.max(limit, LOOKS_AT_ONCE)],
      )
      for (const row of rows) {
        if (due.length >= limit) break
        const { id, state, version } = keep(row)
        const timers = state.timers.toSorted((a, b) => a.due - b.due)
        const [first] = timers
        if (first !== undefined && first.due <= now) due.push(...dueOf({ id, state }, timers, now))
        else early.push({ id, version, at: first?.due })
      }
      for (const { id } of early) profiles.delete(id)
      if (early.length > 0)
        await database.query(
          `update inkling.profile p set look_at = u.at
           from unnest($1::text[], $2::bigint[], $3::bigint[]) as u(id, version, at) where p.id = u.id and p.version = u.version`,
          [early.map(({ id }) => id), early.map(({ version }) => version), early.map(({ at }) => at ?? null)],
        )
      return due
    },
  }
}

function dueOf(profile: StoredProfile, timers: readonly Timer[], now: number): readonly DueTimer[] {
  return timers.filter(timer => timer.due <= now).map(timer => ({ profile, timer }))
}
