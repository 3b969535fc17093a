/** Whom the platforms are to be asked about: wanted when they do something, at most once a day. */
import type { DatabaseSync } from 'node:sqlite'
import { toProfile } from './rows.ts'
import { type Commit, READ_HOLDS_MS, type Store } from './store.ts'

type Readings = Pick<Store, 'dueRead' | 'nextRead' | 'settleRead'> & {
  /** Writes a commit's readings inside the caller's transaction. */
  want(change: Pick<Commit, 'merges' | 'reads' | 'now'>): void
}

export function prepareReadings(db: DatabaseSync): Readings {
  const insert = db.prepare(`
    insert into reading (profile_id, connector, asked_at, due) values (?1, ?2, ?3, ?3)
    on conflict (profile_id, connector) do update set asked_at = excluded.asked_at, due = excluded.due, attempts = 0
    where due is null and read_at <= ?4`)
  const forget = db.prepare('delete from reading where profile_id = ?')
  const selectDue = db.prepare(`
    select p.id, p.state, r.asked_at, r.attempts from reading r join profile p on p.id = r.profile_id
    where r.connector = ? and r.due <= ? order by r.due limit 1`)
  const selectNext = db.prepare(`
    select min(r.due) as due from reading r join profile p on p.id = r.profile_id
    where r.connector = ? and r.due is not null`)
  const settle = db.prepare(
    'update reading set due = ?, read_at = ?, attempts = ? where profile_id = ? and connector = ?',
  )
  const selectAttempts = db.prepare('select attempts from reading where profile_id = ? and connector = ?')
  return {
    want: ({ merges, reads = [], now }) => {
      for (const { from } of merges) forget.run(from)
      for (const { profileId, connector } of reads) insert.run(profileId, connector, now, now - READ_HOLDS_MS)
    },
    dueRead: async (connector, now) => {
      const row = selectDue.get(connector, now)
      if (row === undefined) return undefined
      return { profile: toProfile(row), askedAt: Number(row['asked_at']), attempts: Number(row['attempts']) }
    },
    nextRead: async connector => {
      const due = selectNext.get(connector)?.['due']
      return due === null || due === undefined ? undefined : Number(due)
    },
    settleRead: async (profileId, connector, settlement, now) => {
      const attempts = Number(selectAttempts.get(profileId, connector)?.['attempts'] ?? 0) + 1
      if (settlement.kind === 'done') settle.run(null, now, 0, profileId, connector)
      else settle.run(settlement.at, null, attempts, profileId, connector)
    },
  }
}
