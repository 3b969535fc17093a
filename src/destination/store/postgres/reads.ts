/** What operators ask of the store: people, their facts and deliveries. Reads only. */
import { MOST_SHARING_AN_ADDRESS, toFact, toLevel, toProfile, toRecord } from '../rows.ts'
import type { Store, StoredProfile } from '../store.ts'
import type { Session } from './pool.ts'

type Reads = Pick<Store, 'person' | 'peopleWith' | 'people' | 'facts' | 'deliveries' | 'outboxLevels'>

/** Of what is seen within ten minutes, the order is not in the index. */
const LATEST = 'order by seen_at / 600000 desc, seen_at desc'

export function createReads(session: Session, hash: (key: string) => string): Reads {
  const profiles = async (text: string, values: readonly unknown[]): Promise<readonly StoredProfile[]> =>
    (await session.query(`select id, state from inkling.profile ${text}`, values)).rows.map(toProfile)
  const byKey = async (key: string): Promise<StoredProfile | undefined> => {
    // Of somebody who was forgotten, only the hash of a name is known.
    const [found] = await profiles(
      'where id in (select profile_id from inkling.identity where key = any($1)) order by seen_at desc limit 1',
      [[key, hash(key)]],
    )
    return found
  }
  return {
    person: async id => {
      const [found] = await profiles('where id = $1 or email = $2 order by seen_at desc limit 1', [
        ...[id, id.toLowerCase()],
      ])
      return found ?? (await byKey(`u:${id}`)) ?? (await byKey(`a:${id}`)) ?? (await byKey(`e:${id.toLowerCase()}`))
    },
    peopleWith: email =>
      profiles(`where email = $1 order by seen_at desc limit ${MOST_SHARING_AN_ADDRESS}`, [email.toLowerCase()]),
    people: limit => profiles(`${LATEST} limit $1`, [limit]),
    facts: async (profileId, limit) =>
      (
        await session.query('select body from inkling.fact where profile_id = $1 order by id desc limit $2', [
          ...[profileId, limit],
        ])
      ).rows.map(toFact),
    deliveries: async ({ profileId, status }, limit) =>
      (
        await session.query(
          `select * from inkling.outbox where ($1::text is null or profile_id = $1) and ($2::text is null or status = $2)
           order by seq desc limit $3`,
          [profileId ?? null, status ?? null, limit],
        )
      ).rows.map(toRecord),
    outboxLevels: async () =>
      (
        await session.query(`
          select connector, kind, case when status = 'pending' and attempts > 0 then 'retry' else status end as state,
            count(*) as count, min(planned_at) as oldest
          from inkling.outbox where status in ('pending', 'held') group by 1, 2, 3
          union all
          select connector, kind, 'dead', count(*), min(planned_at) from inkling.outbox where status = 'dead' group by 1, 2`)
      ).rows.map(toLevel),
  }
}
