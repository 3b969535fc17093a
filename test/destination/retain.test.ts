import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { initialState } from '../../src/destination/engine/profile.ts'
import { eventTime } from '../../src/destination/engine/time.ts'
import { openSqliteLog } from '../../src/destination/intake/sqlite.ts'
import type { LogEvent } from '../../src/destination/log-event.ts'
import { startRetain } from '../../src/destination/retain.ts'
import { openSqliteStore } from '../../src/destination/store/sqlite.ts'
import { type Commit, NOTHING } from '../../src/destination/store/store.ts'

const DAY = 86_400_000
const NOW = 1_000 * DAY
const KEEPING = { logMs: 30 * DAY, logBytes: 1e9, storyMs: 180 * DAY }
const nothing: Commit = { ...NOTHING, now: NOW }

function open() {
  const folder = mkdtempSync(join(tmpdir(), 'inkling-retain-'))
  const log = openSqliteLog(join(folder, 'log.db'), { commitAfterMs: 0 })
  const store = openSqliteStore(join(folder, 'store.db'))
  onTestFinished(async () => {
    await log.close()
    await store.close()
    rmSync(folder, { recursive: true })
  })
  const append = (daysAgo: number, bytes = 10) =>
    log.append({ call: 'track', receivedAt: NOW - daysAgo * DAY, body: Buffer.alloc(bytes, 'x') }, [
      { index: 0, reason: 'it is none' },
    ])
  const run = async (keeping = KEEPING) => {
    const events: LogEvent[] = []
    const letGo: Parameters<typeof startRetain>[0]['letGo'] = asked => log.retain({ ...asked, upTo: store.cursor() })
    const loop = startRetain({ store, letGo, keeping, now: () => NOW, onEvent: event => events.push(event) })
    await expect.poll(() => events.length, { timeout: 20_000 }).toBeGreaterThan(0)
    await loop.stop()
    return events
  }
  return { log, store, folder, append, run }
}

test('requests that are old and decided on go, with what was quarantined of them; the newest and what is not decided on stay', async () => {
  const { log, store, append, run } = open()
  for (const daysAgo of [50, 40, 31, 29, 45, 60]) await append(daysAgo)
  await store.commit({ ...nothing, position: 4 })
  expect(await run()).toEqual([{ kind: 'let go', requests: 3, rows: 0 }])
  expect((await log.read(0, 10)).map(({ position }) => position)).toEqual([4, 5, 6])
  expect(await log.quarantined()).toBe(3)
  await store.commit({ ...nothing, position: 6 })
  await run()
  // Counting goes on from the newest.
  expect((await log.read(0, 10)).map(({ position }) => position)).toEqual([4, 6])
})

test('a log that has grown too large loses its oldest, and its file does not grow', async () => {
  const { log, store, folder, append, run } = open()
  const size = () => statSync(join(folder, 'log.db')).size
  for (let round = 0; round < 4; round += 1) {
    for (let count = 0; count < 100; count += 1) await append(1, 20_000)
    await store.commit({ ...nothing, position: log.head() })
    await run({ ...KEEPING, logBytes: 500_000 })
  }
  const left = await log.read(0, 1_000)
  expect(left.length).toBeLessThan(30)
  expect(left.at(-1)?.position).toBe(400)
  await log.scrub()
  expect(size()).toBeLessThan(1_500_000)
})

test('old decisions and finished deliveries go; what waits stays, however old', async () => {
  const { store, run } = open()
  const delivery = (id: string, profileId: string) => ({
    ...{ id, profileId, connector: 'c', kind: 'event' as const, name: 'A', properties: {}, traits: {}, held: false },
    time: NOW - 200 * DAY,
  })
  const fact = (id: string, daysAgo: number) => ({
    profileId: 'p',
    fact: { kind: 'merged' as const, id, at: eventTime(NOW - daysAgo * DAY), why: '' },
  })
  await store.commit({
    ...nothing,
    now: NOW - 200 * DAY,
    profiles: ['p', 'q', 'r'].map(id => ({ id, state: initialState })),
    facts: [fact('old', 200), fact('new', 100)],
    deliveries: [delivery('done', 'p'), delivery('dead', 'q'), delivery('waits', 'r')],
  })
  await store.lease('c', NOW - 200 * DAY, { kinds: ['event'], limit: 3 })
  await store.settle(
    [
      { kind: 'delivered', id: 'done' },
      { kind: 'dead', id: 'dead', reason: 'no' },
    ],
    NOW - 200 * DAY,
  )
  expect(await run()).toEqual([{ kind: 'let go', requests: 0, rows: 3 }])
  expect((await store.facts('p', 10)).map(({ id }) => id)).toEqual(['new'])
  expect((await store.deliveries({}, 10)).map(({ id }) => id)).toEqual(['waits'])
})
