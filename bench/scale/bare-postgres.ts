/** The same transaction without us: as many rows of the same size, written by the same kinds of statements. */
import { Client, Pool } from 'pg'
import { createTestDatabase, type TestServers } from '../../test/support/servers.ts'

/** What a stretch of load has written. */
export interface Shape {
  readonly messages: number
  readonly commits: number
  /** Inserted and updated, of all tables. */
  readonly rows: number
  readonly walBytes: number
  readonly stateCharacters: number
  /** Rows by table and way. */
  readonly profiles: number
  readonly facts: number
  readonly planned: number
  readonly changed: number
}

interface Measured extends Shape {
  since(before: Shape, messages: number): Shape
}

const AT_ONCE = 8
const SECONDS = 15

export async function shapeOf(url: string): Promise<Measured> {
  const client = new Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  // Each connection tells what it has done when it has been idle for a second.
  await new Promise(resolve => setTimeout(resolve, 1_500))
  const { rows } = await client.query(`
    select relname, n_tup_ins::float as inserted, n_tup_upd::float as updated from pg_stat_user_tables where schemaname = 'inkling'`)
  const [{ wal, state }] = (
    await client.query(`
      select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float as wal,
        (select avg(length(state))::float from (select state from inkling.profile limit 5000) as few) as state`)
  ).rows
  await client.end()
  const of = (table: string, way: 'inserted' | 'updated') =>
    Number(rows.find(({ relname }) => relname === table)?.[way])
  const measured: Shape = {
    messages: 0,
    commits: of('seen_ids', 'inserted'),
    rows: rows.reduce((sum, { inserted, updated }) => sum + inserted + updated, 0),
    ...{ walBytes: Number(wal), stateCharacters: Number(state) },
    profiles: of('profile', 'updated') + of('profile', 'inserted'),
    ...{ facts: of('fact', 'inserted'), planned: of('outbox', 'inserted'), changed: of('outbox', 'updated') },
  }
  return {
    ...measured,
    since: (before, messages) => ({
      ...measured,
      messages,
      commits: measured.commits - before.commits,
      rows: measured.rows - before.rows,
      walBytes: measured.walBytes - before.walBytes,
      profiles: measured.profiles - before.profiles,
      facts: measured.facts - before.facts,
      planned: measured.planned - before.planned,
      changed: measured.changed - before.changed,
    }),
  }
}

/** @returns messages a second. */
export async function barePostgres(servers: TestServers, shape: Shape, people: number): Promise<number> {
  const database = await createTestDatabase(servers)
  const pool = new Pool({ connectionString: database.url, max: AT_ONCE })
  // Whoever removes the database ends what is connected to it.
  pool.on('error', () => undefined)
  const each = (count: number) => Math.max(1, Math.round(count / shape.commits))
  const state = JSON.stringify({ state: 'x'.repeat(Math.round(shape.stateCharacters)) })
  await pool.query(`
    create table person (id integer primary key, state text not null, version bigint not null) with (fillfactor = 70);
    create table story (id bigint generated always as identity primary key, person integer not null, body text not null);
    create index on story (person, id);
    create table owed (seq bigint generated always as identity primary key, person integer not null, body text not null, done bigint);
    create index on owed (person, seq);
    create table place (part integer primary key, position bigint not null)`)
  await pool.query('insert into person select n, $1, 0 from generate_series(1, $2) as n', [state, people])
  await pool.query('insert into owed (person, body) select n, $1 from generate_series(1, $2) as n', ['{}', people])
  let commits = 0
  const until = performance.now() + SECONDS * 1000
  const work = async (part: number) => {
    const client = await pool.connect()
    await client.query('insert into place values ($1, 0)', [part])
    while (performance.now() < until) {
      // Of its own people, as a partition has its own: nobody waits for another's rows.
      const some = (count: number) =>
        Array.from({ length: count }, () => part + 1 + AT_ONCE * Math.floor((Math.random() * people) / AT_ONCE))
      const ids = [...new Set(some(each(shape.profiles)))]
      await client.query('begin')
      await client.query('update place set position = position + 1 where part = $1', [part])
      await client.query('select id, version from person where id = any($1) order by id for update', [ids])
      await client.query('select * from owed where person = any($1) and done is null', [ids])
      await client.query(
        'update person p set state = u.state, version = version + 1 from unnest($1::integer[], $2::text[]) as u(id, state) where p.id = u.id',
        [ids, ids.map(() => state)],
      )
      await client.query('insert into story (person, body) select u, $2 from unnest($1::integer[]) as u', [
        some(each(shape.facts)),
        'x'.repeat(300),
      ])
      await client.query('update owed set body = $2 where seq = any($1::bigint[])', [
        some(each(shape.changed)),
        'x'.repeat(300),
      ])
      await client.query('insert into owed (person, body, done) select u, $2, 1 from unnest($1::integer[]) as u', [
        some(each(shape.planned)),
        'x'.repeat(300),
      ])
      await client.query('commit')
      commits += 1
    }
    client.release()
  }
  const begun = performance.now()
  await Promise.all(Array.from({ length: AT_ONCE }, (_, part) => work(part)))
  const seconds = (performance.now() - begun) / 1000
  await pool.end()
  await database.remove()
  return ((commits / seconds) * shape.messages) / shape.commits
}
