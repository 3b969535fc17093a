/** What operators ask of the store: people, their facts and deliveries. Reads only. */
import type { DatabaseSync } from 'node:sqlite'
import type { IdentityKey } from '../engine/identity.ts'
import { MOST_SHARING_AN_ADDRESS, toFact, toLevel, toProfile, toRecord, withLook } from './rows.ts'
import { prepareHash } from './sqlite-erasure.ts'
import type { Store, StoredProfile } from './store.ts'

type Read = StoredProfile & { readonly lookAt?: number }
type Reads = Pick<Store, 'cursor' | 'person' | 'peopleWith' | 'people' | 'facts' | 'deliveries' | 'outboxLevels'> & {
  profileOf(key: IdentityKey): Read | undefined
  profileAt(id: string): Read | undefined
}

export function prepareReads(db: DatabaseSync): Reads {
  const selectCursor = db.prepare('select value from meta where key = ?')
  const selectProfile = db.prepare(`
    select p.id, p.state, k.at as look_at from identity i join profile p on p.id = i.profile_id
      left join look k on k.profile_id = p.id where i.key = ?`)
  const hasHashed = db.prepare("select 1 from identity where key >= 'h:' and key < 'h;' limit 1")
  const selectById = db.prepare(`
    select p.id, p.state, k.at as look_at from profile p left join look k on k.profile_id = p.id where p.id = ?`)
  const selectPerson = db.prepare(
    'select id, state from profile where id = ? or email = ? order by seen_at desc limit 1',
  )
  const selectPeopleWith = db.prepare(
    `select id, state from profile where email = ? order by seen_at desc limit ${MOST_SHARING_AN_ADDRESS}`,
  )
  const selectPeople = db.prepare('select id, state from profile order by seen_at desc limit ?')
  const selectFacts = db.prepare('select body from fact where profile_id = ? order by id desc limit ?')
  const selectRecords = db.prepare(
    'select * from outbox where (?1 is null or profile_id = ?1) and (?2 is null or status = ?2) order by seq desc limit ?3',
  )
  // The index of the lanes has those that wait, and that of the dead the dead: neither is a look at all that was ever sent.
  const selectLevels = db.prepare(`
    select connector, kind, case when status = 'pending' and attempts > 0 then 'retry' else status end as state,
      count(*) as count, min(planned_at) as oldest
    from outbox where status in ('pending', 'held') group by 1, 2, 3
    union all
    select connector, kind, 'dead', count(*), min(planned_at) from outbox where status = 'dead' group by 1, 2`)
  const hash = prepareHash(db)
  const find = (key: string): Read | undefined => {
    // Of somebody who was forgotten, only the hash of a name is known.
    const row = selectProfile.get(key) ?? (hasHashed.get() && selectProfile.get(hash(key)))
    return row && withLook(row)
  }
  const profileOf = (key: IdentityKey) => find(key)
  return {
    profileOf,
    profileAt: id => {
      const row = selectById.get(id)
      return row && withLook(row)
    },
    cursor: () => Number(selectCursor.get('cursor')?.['value'] ?? 0),
    peopleWith: async email => selectPeopleWith.all(email.toLowerCase()).map(toProfile),
    person: async id => {
      const row = selectPerson.get(id, id.toLowerCase())
      return row ? toProfile(row) : (find(`u:${id}`) ?? find(`a:${id}`) ?? find(`e:${id.toLowerCase()}`))
    },
    outboxLevels: async () => selectLevels.all().map(toLevel),
    people: async limit => selectPeople.all(limit).map(toProfile),
    facts: async (profileId, limit) => selectFacts.all(profileId, limit).map(toFact),
    deliveries: async ({ profileId, status }, limit) =>
      selectRecords.all(profileId ?? null, status ?? null, limit).map(toRecord),
  }
}
