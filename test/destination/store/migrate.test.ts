/** A folder of every older version is opened by this one, and whoever was known is known still. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { MIGRATIONS } from '../../../src/destination/store/migrate.ts'
import { openSqliteStore } from '../../../src/destination/store/sqlite.ts'

const NOW = Date.parse('2026-03-01T10:00:00Z')
const DUE = NOW + 60_000
/** The members that the first version wrote, of those that matter here. */
const STATE = {
  version: 1,
  known: { email: 'ada@example.com', userId: 'ada', anonymousIds: ['browser'] },
  ...{ lastSeen: NOW, balance: { points: 3, at: NOW }, rollups: [], level: 'low', pageViews: [], forgottenViews: [] },
  ...{
    timeSpentMs: 5_000,
    cartEmptiedAt: 0,
    timers: [{ key: 'cart', due: DUE }],
    timersTaken: 0,
    fired: [],
    withheld: [],
  },
  ...{ written: [], automation: 0, lag: 0, interests: [], hours: [], circumstances: {}, features: [], sequences: [] },
}
const FACT = { kind: 'level_changed', id: 'm1:1', at: NOW, from: 'none', to: 'low', average: 0.1, why: 'because' }
/** Up to and with the version before, timers and ids had tables of their own. */
const LAST_WITH_TIMERS = 4

/** A file as that version left it: somebody with a timer, a story and a write that waits. */
function writtenBy(version: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'inkling-migrate-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'store.db')
  const db = new DatabaseSync(path)
  for (const sql of MIGRATIONS.slice(0, version)) db.exec(sql)
  db.exec(`pragma user_version = ${version}`)
  db.prepare("insert into meta values ('cursor', '7')").run()
  db.prepare('insert into profile (id, state, email, seen_at) values (?, ?, ?, ?)').run(
    ...['p1', JSON.stringify(STATE), 'ada@example.com', NOW],
  )
  for (const key of ['u:ada', 'a:browser']) db.prepare('insert into identity values (?, ?)').run(key, 'p1')
  db.prepare('insert into fact (profile_id, at, kind, body) values (?, ?, ?, ?)').run(
    ...['p1', NOW, 'level_changed', JSON.stringify(FACT)],
  )
  db.prepare(
    `insert into outbox (id, profile_id, connector, kind, traits, time, status, due, planned_at)
     values ('d1', 'p1', 'klaviyo', 'traits', '{"inkling_level":"low"}', ?, 'pending', ?, ?)`,
  ).run(NOW, NOW, NOW)
  if (version <= LAST_WITH_TIMERS) {
    db.prepare("insert into timer values ('p1', 'cart', ?)").run(DUE)
    db.prepare("insert into seen values ('m1', ?)").run(NOW)
  } else db.prepare("insert into look values ('p1', ?)").run(DUE)
  db.close()
  return path
}

test('there are older versions', () => {
  expect(MIGRATIONS.length).toBeGreaterThan(LAST_WITH_TIMERS)
})

test.each(MIGRATIONS.map((_, index) => index + 1))('version %i', async version => {
  const path = writtenBy(version)
  for (const time of ['upgraded', 'opened once more']) {
    const store = openSqliteStore(path)
    expect(store.cursor(), time).toBe(7)
    for (const id of ['ada', 'browser', 'ada@example.com', 'p1'])
      expect((await store.person(id))?.state, `${id}, ${time}`).toMatchObject({
        known: STATE.known,
        level: 'low',
        missed: undefined,
      })
    expect(await store.facts('p1', 10)).toMatchObject([FACT])
    expect(await store.dueTimers(DUE - 1, 10)).toEqual([])
    expect(await store.dueTimers(DUE, 10)).toMatchObject([{ profile: { id: 'p1' }, timer: { key: 'cart', due: DUE } }])
    expect(await store.lease('klaviyo', NOW, { kinds: ['traits'], limit: 10 })).toMatchObject([
      { delivery: { id: 'd1', identifiers: { email: 'ada@example.com' }, traits: { inkling_level: 'low' } } },
    ])
    await store.close()
  }
})
