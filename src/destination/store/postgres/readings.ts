/** Whom the platforms are to be asked about: wanted when they do something, at most once a day. */
import { toProfile } from '../rows.ts'
import { type Commit, READ_HOLDS_MS, type Store } from '../store.ts'
import type { Session } from './pool.ts'

type Readings = Pick<Store, 'dueRead' | 'nextRead' | 'settleRead'>

/** Writes a commit's readings. */
export async function wantReadings(session: Session, { reads = [], now }: Commit): Promise<void> {
  if (reads.length === 0) return
  await session.query(
    `insert into inkling.reading as r (profile_id, connector, asked_at, due)
     select u.profile_id, u.connector, $3, $3 from unnest($1::text[], $2::text[]) as u(profile_id, connector)
     order by 1, 2
     on conflict (profile_id, connector) do update set asked_at = excluded.asked_at, due = excluded.due, attempts = 0
     where r.due is null and r.read_at <= $4`,
    [reads.map(({ profileId }) => profileId), reads.map(({ connector }) => connector), now, now - READ_HOLDS_MS],
  )
}

export function createReadings(session: Session): Readings {
  return {
    dueRead: async (connector, now) => {
      const { rows } = await session.query(
        `select p.id, p.state, r.asked_at, r.attempts from inkling.reading r join inkling.profile p on p.id = r.profile_id
         where r.connector = $1 and r.due <= $2 order by r.due limit 1`,
        [connector, now],
      )
      const [row] = rows
      if (row === undefined) return undefined
      return { profile: toProfile(row), askedAt: Number(row['asked_at']), attempts: Number(row['attempts']) }
    },
    nextRead: async connector => {
      const { rows } = await session.query(
        `select min(r.due) as due from inkling.reading r join inkling.profile p on p.id = r.profile_id
         where r.connector = $1 and r.due is not null`,
        [connector],
      )
      const due = rows[0]?.['due']
      return due === null || due === undefined ? undefined : Number(due)
    },
    settleRead: async (profileId, connector, settlement, now) => {
      const [due, readAt] = settlement.kind === 'done' ? [null, now] : [settlement.at, null]
      await session.query(
        `update inkling.reading set due = $1, read_at = $2, attempts = case when $1::bigint is null then 0 else attempts + 1 end
         where profile_id = $3 and connector = $4`,
        [due, readAt, profileId, connector],
      )
    },
  }
}
