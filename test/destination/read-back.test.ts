/** The loop that asks a platform about people, over a real log and store, with its clock in the test's hand. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { Identifiers, ReadOutcome } from '../../src/connectors/connector.ts'
import { defaultPolicy } from '../../src/destination/engine/policy.ts'
import { ingestEntries } from '../../src/destination/ingest.ts'
import { openSqliteLog } from '../../src/destination/intake/sqlite.ts'
import type { LogEvent } from '../../src/destination/log-event.ts'
import { arrivedIn } from '../../src/destination/parse.ts'
import { startReadBack } from '../../src/destination/read-back.ts'
import { openSqliteStore } from '../../src/destination/store/sqlite.ts'

const START = Date.parse('2026-03-01T10:00:00Z')
const HOUR = 3_600_000
const EVERY_MS = 5

async function openWorld(answer: (identifiers: Identifiers, asked: number) => ReadOutcome) {
  const folder = mkdtempSync(join(tmpdir(), 'inkling-read-back-'))
  const log = openSqliteLog(join(folder, 'log.db'), { commitAfterMs: 0 })
  const store = openSqliteStore(':memory:')
  const asked: (Identifiers & { readonly at: number })[] = []
  const events: LogEvent[] = []
  let clock = START
  const now = () => clock
  const reads = {
    needs: ['email'] as const,
    everyMs: EVERY_MS,
    read: async (identifiers: Identifiers) => {
      asked.push({ ...identifiers, at: now() })
      return answer(identifiers, asked.length)
    },
  }
  const listeners = new Set<() => void>()
  const connector = { name: 'crm', needs: { event: ['email'], traits: ['email'] }, reads } as const
  const loop = startReadBack({
    store,
    log: {
      append: async (entry, quarantined) => {
        const position = await log.append(entry, quarantined)
        await takeIn()
        return position
      },
    },
    connector,
    now,
    onEvent: event => {
      events.push(event)
      for (const listener of listeners) listener()
    },
  })
  async function takeIn(): Promise<void> {
    const entries = await log.read(store.cursor(), 100)
    await ingestEntries({ store, policy: defaultPolicy, connectors: [connector] }, entries.map(arrivedIn), now())
  }
  onTestFinished(async () => {
    await loop.stop()
    await log.close()
    store.close()
    rmSync(folder, { recursive: true })
  })
  return {
    asked,
    store,
    log,
    pass: (ms: number) => {
      clock += ms
      loop.wake()
    },
    async send(...calls: readonly object[]) {
      const body = Buffer.from(JSON.stringify(calls))
      await log.append({ call: 'webhook', receivedAt: now(), body }, [])
      await takeIn()
      loop.wake()
    },
    /** Settles once the platform has answered so often, and the answer is taken in. */
    answered: (times: number) =>
      new Promise<void>(resolve => {
        const look = () => {
          if (events.filter(({ kind }) => kind === 'person read').length < times) return
          listeners.delete(look)
          resolve()
        }
        listeners.add(look)
        look()
      }),
    events,
  }
}

const ada = { type: 'identify', userId: 'ada', traits: { email: 'ada@example.com' } }
const facts = { mayEmail: false, reason: 'opted out', lifetimeValue: 1200, lifecycleStage: 'customer', orders: 3 }

test('what a platform knows is taken in through the log, so that decisions and a replay see it', async () => {
  const { asked, store, log, send, answered } = await openWorld(() => ({ kind: 'read', facts }))
  await send(ada)
  await answered(1)
  expect(asked).toMatchObject([{ email: 'ada@example.com', userId: 'ada' }])
  const person = await store.person('ada')
  expect(person?.state).toMatchObject({
    circumstances: { lifetimeValue: 1200, lifecycle: 'customer', orders: 3 },
    barred: [{ platform: 'crm', reason: 'opted out' }],
  })
  const [, entry] = await log.read(0, 10)
  expect(entry?.call).toBe('read_back')
  const ids = JSON.parse(Buffer.from(entry?.body ?? []).toString()).map((call: { messageId: string }) => call.messageId)
  expect(ids).toEqual([
    expect.stringMatching(/^read back crm [0-9a-f]{20} \d{13}$/),
    expect.stringMatching(/^read back crm [0-9a-f]{20} \d{13} permission$/),
  ])
})

test('the same answer twice, as after a crash in between, counts once', async () => {
  const { store, log, send, answered } = await openWorld(() => ({ kind: 'read', facts }))
  await send(ada)
  await answered(1)
  const [, entry] = await log.read(0, 10)
  if (entry === undefined) throw new Error('nothing was read')
  const again = { ...entry, position: entry.position + 1 }
  const deps = { store, policy: defaultPolicy, connectors: [] }
  expect(await ingestEntries(deps, [arrivedIn(again)], START)).toMatchObject({ messages: 2, duplicates: 2 })
})

test('somebody is asked about once a day at most, however much they do, and nobody without a name', async () => {
  const { asked, pass, send, answered } = await openWorld(() => ({ kind: 'read', facts: {} }))
  await send(ada, { type: 'page', anonymousId: 'stranger' })
  await answered(1)
  await send({ type: 'page', userId: 'ada' }, { type: 'page', userId: 'ada' })
  pass(23 * HOUR)
  await send({ type: 'page', userId: 'ada' })
  pass(2 * HOUR)
  await send({ type: 'page', userId: 'ada' })
  await answered(2)
  expect(asked.map(({ userId, at }) => [userId, Math.floor((at - START) / HOUR)])).toEqual([
    ['ada', 0],
    ['ada', 25],
  ])
})

test('a platform that is busy is left alone as long as it asks, and nobody is forgotten over it', async () => {
  const { asked, events, pass, send, answered } = await openWorld((_person, count) =>
    count === 1 ? { kind: 'retry', reason: '429 slow down', afterMs: HOUR } : { kind: 'unknown' },
  )
  await send(ada, { ...ada, userId: 'bo', traits: { email: 'bo@example.com' } })
  await answered(1)
  expect(events).toMatchObject([{ kind: 'person read', outcome: 'retry', reason: '429 slow down' }])
  pass(EVERY_MS)
  await send({ type: 'page', userId: 'ada' })
  pass(HOUR)
  await answered(2)
  pass(EVERY_MS)
  await answered(3)
  expect(
    asked
      .map(({ userId }) => userId)
      .slice(1)
      .sort(),
  ).toEqual(['ada', 'bo'])
  for (const { at } of asked.slice(1)) expect(at).toBeGreaterThanOrEqual(START + HOUR)
})

test('after five attempts that failed, somebody is left until the next day', async () => {
  const { asked, pass, store, send, answered } = await openWorld(() => ({ kind: 'retry', reason: 'silence' }))
  await send(ada)
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    await answered(attempt)
    pass(2 * HOUR)
    await send({ type: 'page', userId: 'ada' })
  }
  expect(await store.nextRead('crm')).toBeUndefined()
  expect(asked).toHaveLength(5)
})

test('people are asked about one after the other, at the platform\u2019s pace', async () => {
  const { asked, pass, send, answered } = await openWorld(() => ({ kind: 'unknown' }))
  await send(...['a', 'b', 'c'].map(userId => ({ ...ada, userId, traits: { email: `${userId}@example.com` } })))
  for (const times of [1, 2, 3]) {
    await answered(times)
    pass(EVERY_MS - 1)
    await send({ type: 'page', userId: 'a' })
    pass(1)
  }
  expect(asked.map(({ at }) => at - START)).toEqual([0, EVERY_MS, 2 * EVERY_MS])
})

test('nobody who is to be deleted is asked about', async () => {
  const { asked, store, send } = await openWorld(() => ({ kind: 'read', facts }))
  await send(ada, { type: 'delete', userId: 'ada' })
  await store.commit({
    ...{ now: START, profiles: [], merges: [], identities: [], seen: [], facts: [], deliveries: [], releases: [] },
    reads: [{ profileId: (await store.person('ada'))?.id ?? '', connector: 'crm' }],
  })
  await send({ type: 'page', userId: 'bo', anonymousId: 'x' })
  while ((await store.nextRead('crm')) !== undefined) await new Promise(resolve => setImmediate(resolve))
  expect(asked).toEqual([])
})
