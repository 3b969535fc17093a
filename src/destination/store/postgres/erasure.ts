/**
 * Forgetting somebody. What is left is that there was somebody to delete, found by a hash of each name, so that a late
 * message of theirs is still known to be; and the deletions at the platforms, each without its names once it is made.
 */
import { createHmac } from 'node:crypto'
import { FORGOTTEN } from '../../engine/identity.ts'
import { toProfile } from '../rows.ts'
import type { Erasure, Store, WantedErasure } from '../store.ts'
import { loadLanes } from './lane-table.ts'
import type { Database, Session } from './pool.ts'

type Erasures = Pick<Store, 'nextErasure' | 'keepErasure' | 'endErasure' | 'pendingErasures' | 'forget'>

/** @param salt - made with the database, and never leaves it: a hash says nothing without it. */
export function hashing(salt: string): (key: string) => string {
  return key => `h:${createHmac('sha256', salt).update(key).digest('base64url')}`
}

/** The topic is not looked through: what is in it goes when its time is over. */
export async function wantErasures(session: Session, erasures: readonly WantedErasure[], now: number): Promise<void> {
  for (const { profileId, names } of erasures)
    await session.query(
      'insert into inkling.erasure (profile_id, asked_at, names, reached, last) values ($1, $2, $3, 0, 0)',
      [profileId, now, names === undefined ? null : JSON.stringify(names)],
    )
}

export function createErasures(database: Database, hash: (key: string) => string): Erasures {
  const keysOf = async (session: Session, profileId: string): Promise<readonly string[]> => {
    const { rows } = await session.query(
      "select key from inkling.identity where profile_id = $1 and key not like 'h:%'",
      [profileId],
    )
    return rows.map(({ key }) => String(key))
  }
  return {
    nextErasure: async (): Promise<Erasure | undefined> => {
      const { rows } = await database.query('select * from inkling.erasure order by id limit 1')
      const [row] = rows
      if (row === undefined) return undefined
      const profileId = String(row['profile_id'])
      const known: readonly string[] = row['names'] === null ? [] : JSON.parse(String(row['names']))
      const keys = await keysOf(database, profileId)
      const names = [...new Set([...known, ...keys.map(key => key.slice(2))])]
      return { id: Number(row['id']), profileId, names, reached: Number(row['reached']), last: Number(row['last']) }
    },
    keepErasure: async ({ id, names, reached }) =>
      void (await database.query('update inkling.erasure set names = $1, reached = $2 where id = $3', [
        ...[JSON.stringify(names), reached, id],
      ])),
    endErasure: async id => void (await database.query('delete from inkling.erasure where id = $1', [id])),
    pendingErasures: async (profileId = undefined) => {
      const { rows } = await database.query(
        'select count(*) as n from inkling.erasure where profile_id = $1 or $1 is null',
        [profileId ?? null],
      )
      return Number(rows[0]?.['n'])
    },
    forget: async (profileId, _now) =>
      database.transaction(async session => {
        const { rows } = await session.query('select * from inkling.profile where id = $1 for update', [profileId])
        const [row] = rows
        if (row === undefined) return
        const { state } = toProfile(row)
        if (state.deletedAt === undefined) return
        const { email, formerEmails = [] } = state.known
        const emails = email === undefined ? formerEmails : [email, ...formerEmails]
        for (const key of [...(await keysOf(session, profileId)), ...emails.map(one => `e:${one}`)]) {
          await session.query('delete from inkling.identity where key = $1', [key])
          await session.query(
            'insert into inkling.identity (key, profile_id) values ($1, $2) on conflict (key) do update set profile_id = excluded.profile_id',
            [hash(key), profileId],
          )
        }
        await session.query(
          'update inkling.profile set state = $1, email = null, version = version + 1, look_at = null where id = $2',
          [JSON.stringify({ ...state, known: { ...FORGOTTEN } }), profileId],
        )
        // That they asked says nothing of who they were, and is the proof that they did.
        await session.query("delete from inkling.fact where profile_id = $1 and kind <> 'deletion_asked'", [profileId])
        await session.query('delete from inkling.reading where profile_id = $1', [profileId])
        const lanes = await loadLanes(session, [profileId])
        const writes = await session.query(
          "select id from inkling.outbox where profile_id = $1 and kind <> 'deletion'",
          [profileId],
        )
        const gone = writes.rows.map(({ id }) => String(id)).filter(id => !lanes.isLeased(id))
        await session.query('delete from inkling.outbox where id = any($1)', [gone])
      }),
  }
}
