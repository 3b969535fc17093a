/** What the journal alone has survives the end of the process, whenever that comes. */
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { defaultPolicy } from '../../../src/destination/engine/policy.ts'
import { ingestEntries, ingestTimers } from '../../../src/destination/ingest.ts'
import { arrivedIn } from '../../../src/destination/parse.ts'
import { openSqliteStore } from '../../../src/destination/store/sqlite.ts'
import { openSqliteReader } from '../../../src/destination/store/sqlite-reader.ts'
import type { Store } from '../../../src/destination/store/store.ts'
import { webhookEntry } from '../../support/log-entry.ts'

const NOW = Date.parse('2026-03-01T10:00:00Z')

function folder(): string {
  const at = mkdtempSync(join(tmpdir(), 'inkling-recovery-'))
  onTestFinished(() => rmSync(at, { recursive: true }))
  return at
}

/** The files as they are on disk now, as a process finds them that comes after one that was killed. */
function copyOf(path: string, to: string): string {
  for (const ending of ['', '-wal']) if (existsSync(path + ending)) copyFileSync(path + ending, to + ending)
  return to
}

const everybody = async (store: Pick<Store, 'people'>) =>
  JSON.parse(JSON.stringify((await store.people(1_000)).toSorted((a, b) => (a.id < b.id ? -1 : 1))))

const deps = (store: Store) => ({ store, policy: defaultPolicy, connectors: [] })

const call = fc.record({
  anonymousId: fc.constantFrom('a1', 'a2', 'a3', 'a4'),
  userId: fc.option(fc.constantFrom('u1', 'u2'), { nil: undefined, freq: 3 }),
  what: fc.oneof(
    fc.record({
      type: fc.constant('page'),
      name: fc.constant('product'),
      properties: fc.constant({ path: '/products/1' }),
    }),
    fc.record({
      type: fc.constant('track'),
      event: fc.constant('Product Added'),
      properties: fc.record({ product_id: fc.constantFrom('p', 'q'), price: fc.constant(9) }),
    }),
    fc.record({
      type: fc.constant('track'),
      event: fc.constant('Engagement Measured'),
      properties: fc.record({
        pageview_id: fc.constantFrom('v1', 'v2', 'v3', 'v4', 'v5'),
        sequence: fc.nat(9),
        active_ms: fc.nat(90_000),
        hovers: fc.constant([{ element: 'price', ms: 4_000, count: 1 }]),
        automation: fc.constant({}),
      }),
    }),
    fc.record({ type: fc.constant('alias'), previousId: fc.constantFrom('a1', 'u1', 'u2') }),
  ),
})
/** Requests, with pauses in which timers come due and the store may rest. */
const script = fc.array(
  fc.record({ calls: fc.array(call, { minLength: 1, maxLength: 5 }), pause: fc.nat(40 * 60_000) }),
  {
    minLength: 1,
    maxLength: 25,
  },
)

test('opened after a kill at any moment, a store knows everybody as they were', async () => {
  const at = folder()
  let run = 0
  await fc.assert(
    fc.asyncProperty(script, async steps => {
      run += 1
      const path = join(at, `${run}.db`)
      const store = openSqliteStore(path)
      let clock = NOW
      for (const [index, { calls, pause }] of steps.entries()) {
        const messages = calls.map(({ what, ...who }, place) => ({ ...what, ...who, messageId: `m${index}.${place}` }))
        const { committed } = await ingestEntries(
          deps(store),
          [arrivedIn(webhookEntry(index + 1, messages, clock))],
          clock,
        )
        await committed
        clock += pause
        const due = await store.dueTimers(clock, 100)
        await (await ingestTimers(deps(store), due, clock)).committed
        if (pause > 20 * 60_000) await store.rest(clock)
      }
      const found = copyOf(path, join(at, `${run}-copy.db`))
      const reader = openSqliteReader(found)
      const read = await everybody(reader)
      reader.close()
      const again = openSqliteStore(found)
      expect(await everybody(again)).toEqual(await everybody(store))
      expect(read).toEqual(await everybody(store))
      expect(again.cursor()).toBe(store.cursor())
      const ids = steps.flatMap(({ calls }, index) => calls.map((_, place) => `m${index}.${place}`))
      expect((await again.load([], [...ids, 'another'])).seen).toEqual(new Set(ids))
      await again.close()
      await store.close()
      // Closed in order, every row is whole and the journal is empty.
      const db = new DatabaseSync(path)
      expect(db.prepare('select count(*) as n from journal').get()).toEqual({ n: 0 })
      db.close()
      const third = openSqliteStore(path)
      expect(await everybody(third)).toEqual(read)
      await third.close()
    }),
    { numRuns: 40 },
  )
})
