/**
 * One commit in one transaction: who it is about is locked, in the order of their ids, and must be as they were when it was
 * decided. Of two processes that decide on the same person, one finds that out here and decides again.
 */
import { createLanes } from '../lanes.ts'
import type { Commit, StoredProfile } from '../store.ts'
import { StaleError } from '../store-error.ts'
import { wantErasures } from './erasure.ts'
import { loadLanes } from './lane-table.ts'
import type { Session } from './pool.ts'
import { wantReadings } from './readings.ts'

/** What somebody who commits knows of the rows that are there. */
export interface Known {
  /** Of the profile as it was decided on; undefined: there was none. */
  version(profileId: string): number | undefined
  /** Whom the key meant; undefined: nobody. */
  owner(key: string): string | undefined
  /** When its timers are looked at, as the row says it. */
  lookAt(profileId: string): number | undefined
}

export interface Writing {
  readonly partition: number
  readonly known: Known
  /** Up to where the partition was taken in when this was decided. */
  readonly position: number
  /** Of the messages that are taken in. */
  readonly hashes: Uint8Array
}

/** @throws StaleError when something has changed meanwhile. */
export async function writeCommit(session: Session, change: Commit, writing: Writing): Promise<void> {
  const { known, partition, hashes } = writing
  const { merges, deliveries, releases, profiles, facts, erasures = [], now } = change
  await holdPlace(session, change, writing)
  const lanesOf = [...new Set([...deliveries, ...releases].map(({ profileId }) => profileId))]
  const joined = merges.flatMap(({ from, into }) => [from, into])
  const concerned = [...lanesOf, ...joined, ...profiles.map(({ id }) => id), ...facts.map(one => one.profileId)]
  await lockPeople(session, new Set(concerned), new Set([...profiles.map(({ id }) => id), ...joined]), known)
  const former = deliveries.flatMap(({ joining }) => joining?.former.map(({ profileId }) => profileId) ?? [])
  const table = await loadLanes(session, [...new Set([...lanesOf, ...joined, ...former])], former)
  const lanes = createLanes(table)
  const joinings = lanes.joiningsOf(change)
  for (const { from, into } of merges) {
    await merge(session, from, into)
    table.move(from, into)
  }
  await writeProfiles(session, profiles, { known, partition })
  await bindKeys(session, change, known)
  await writeFacts(session, facts)
  lanes.plan(change, joinings)
  await table.flush(session)
  await wantReadings(session, change)
  await wantErasures(session, erasures, now)
  if (hashes.length > 0)
    await session.query('insert into inkling.seen_ids (partition, at, hashes) values ($1, $2, $3)', [
      ...[partition, now, hashes],
    ])
}

/** Whoever has lost the partition to another process finds that it stands elsewhere, and writes nothing. */
async function holdPlace(session: Session, { position }: Commit, { partition, position: before }: Writing) {
  const { count } =
    position === undefined
      ? await session.query('select 1 from inkling.consumed where partition = $1 and position = $2 for share', [
          partition,
          before,
        ])
      : await session.query('update inkling.consumed set position = $3 where partition = $1 and position = $2', [
          partition,
          before,
          position,
        ])
  if (count !== 1) throw new StaleError(`partition ${partition} is not at ${before} any more`)
}

async function lockPeople(session: Session, ids: ReadonlySet<string>, written: ReadonlySet<string>, known: Known) {
  if (ids.size === 0) return
  const { rows } = await session.query(
    'select id, version from inkling.profile where id = any($1) order by id for update',
    [[...ids]],
  )
  const found = new Map(rows.map(({ id, version }) => [String(id), Number(version)]))
  for (const id of ids) {
    const version = known.version(id)
    const isNew = version === undefined && (!written.has(id) || !found.has(id))
    if (!isNew && found.get(id) !== version) throw new StaleError(`profile ${id} has changed`)
  }
}

async function merge(session: Session, from: string, into: string): Promise<void> {
  for (const table of ['identity', 'fact', 'outbox'])
    await session.query(`update inkling.${table} set profile_id = $1 where profile_id = $2`, [into, from])
  await session.query('delete from inkling.profile where id = $1', [from])
  await session.query('delete from inkling.reading where profile_id = $1', [from])
}

async function writeProfiles(
  session: Session,
  profiles: readonly StoredProfile[],
  { known, partition }: { readonly known: Known; readonly partition: number },
): Promise<void> {
  if (profiles.length === 0) return
  const values = [
    profiles.map(({ id }) => id),
    profiles.map(({ state }) => JSON.stringify(state)),
    profiles.map(({ state }) => state.known.email ?? null),
    profiles.map(({ state }) => state.lastSeen),
    profiles.map(({ id }) => known.lookAt(id) ?? null),
    partition,
  ]
  const rows = `
    (select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[]) as u(id, state, email, seen_at, look_at))`
  const isKnown = profiles.map(({ id }) => known.version(id) !== undefined)
  if (isKnown.includes(true)) {
    const of = (index: number) => isKnown[index] === true
    await session.query(
      `update inkling.profile p set state = u.state, email = u.email, seen_at = u.seen_at, look_at = u.look_at,
         partition = $6, version = p.version + 1
       from ${rows} u where p.id = u.id`,
      chosen(values, of),
    )
  }
  if (isKnown.includes(false)) {
    const of = (index: number) => isKnown[index] === false
    const { count } = await session.query(
      `insert into inkling.profile (id, state, email, seen_at, look_at, partition, version)
       select u.id, u.state, u.email, u.seen_at, u.look_at, $6, 1 from ${rows} u order by u.id on conflict (id) do nothing`,
      chosen(values, of),
    )
    if (count !== isKnown.filter(one => !one).length) throw new StaleError('somebody else has made a profile of theirs')
  }
}

/** @returns of every column those whose index is wanted. */
function chosen(columns: readonly unknown[], of: (index: number) => boolean): readonly unknown[] {
  return columns.map(column => (Array.isArray(column) ? column.filter((_, index) => of(index)) : column))
}

async function bindKeys(session: Session, { identities, merges }: Commit, known: Known): Promise<void> {
  const intoOf = (id: string) => merges.reduce((now, { from, into }) => (now === from ? into : now), id)
  const fresh = identities.filter(({ key }) => known.owner(key) === undefined)
  const moved = identities.flatMap(({ key, profileId }) => {
    const before = known.owner(key)
    return before === undefined || intoOf(before) === profileId ? [] : [{ key, profileId, before: intoOf(before) }]
  })
  if (fresh.length > 0) {
    const { count } = await session.query(
      `insert into inkling.identity (key, profile_id)
       select u.key, u.profile_id from unnest($1::text[], $2::text[]) as u(key, profile_id) order by u.key
       on conflict (key) do nothing`,
      [fresh.map(({ key }) => key), fresh.map(({ profileId }) => profileId)],
    )
    if (count !== fresh.length) throw new StaleError('a key means somebody else by now')
  }
  if (moved.length > 0) {
    const { count } = await session.query(
      `update inkling.identity i set profile_id = u.profile_id
       from unnest($1::text[], $2::text[], $3::text[]) as u(key, profile_id, before)
       where i.key = u.key and i.profile_id = u.before`,
      [moved.map(({ key }) => key), moved.map(({ profileId }) => profileId), moved.map(({ before }) => before)],
    )
    if (count !== moved.length) throw new StaleError('a key means somebody else by now')
  }
}

async function writeFacts(session: Session, facts: Commit['facts']): Promise<void> {
  if (facts.length === 0) return
  await session.query(
    `insert into inkling.fact (profile_id, at, kind, body)
     select u.profile_id, u.at, u.kind, u.body
     from unnest($1::text[], $2::bigint[], $3::text[], $4::text[]) with ordinality as u(profile_id, at, kind, body, n)
     order by u.n`,
    [
      facts.map(({ profileId }) => profileId),
      facts.map(({ fact }) => fact.at),
      facts.map(({ fact }) => fact.kind),
      facts.map(({ fact }) => JSON.stringify(fact)),
    ],
  )
}
