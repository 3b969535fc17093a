import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { defaultPolicy } from '../../../src/destination/engine/policy.ts'
import { createArrivals } from '../../../src/destination/intake/arrivals.ts'
import { startFollow } from '../../../src/destination/intake/follow.ts'
import { openSqliteLog, type SqliteLog } from '../../../src/destination/intake/sqlite.ts'
import type { LogEvent } from '../../../src/destination/log-event.ts'
import type { Loop } from '../../../src/destination/loop.ts'
import { openSqliteStore } from '../../../src/destination/store/sqlite.ts'
import type { Store } from '../../../src/destination/store/store.ts'
import { timeInSteps } from '../../support/in-steps.ts'

const NOW = Date.parse('2026-03-01T10:00:00Z')
const MINUTE = 60_000
/** The default of `cartAbandoned.after`. */
const ABANDONED_MS = 30 * MINUTE

/** A service's follower over a folder, to be stopped and started again. */
function open() {
  const time = timeInSteps(NOW)
  const folder = mkdtempSync(join(tmpdir(), 'inkling-follow-'))
  const events: LogEvent[] = []
  /** Moments in the order they fired, and when by our clock. */
  const fired: { readonly moment: string; readonly at: number }[] = []
  /** Messages of each commit. */
  const taken: number[] = []
  let running: { readonly log: SqliteLog; readonly store: Store; readonly follow: Loop } | undefined

  const stop = async () => {
    await running?.follow.stop()
    await running?.log.close()
    await running?.store.close()
    running = undefined
  }
  const start = (wrap = (log: SqliteLog) => log) => {
    const log = openSqliteLog(join(folder, 'log.db'))
    const store = openSqliteStore(join(folder, 'store.db'))
    const follow = startFollow({
      log: wrap(log),
      arrivals: createArrivals(),
      store,
      policy: defaultPolicy,
      connectors: [{ name: 'mailer', needs: { event: ['email'], traits: ['email'] } }],
      now: time.now,
      onIngested: ({ facts, messages }) => {
        if (messages > 0) taken.push(messages)
        for (const fact of facts) if (fact.kind === 'moment_fired') fired.push({ moment: fact.moment, at: time.now() })
      },
      onEvent: event => events.push(event),
    })
    running = { log, store, follow }
    return { log, store, follow }
  }
  onTestFinished(async () => {
    await stop()
    rmSync(folder, { recursive: true })
  })
  return { ...time, start, stop, events, taken, fired: () => fired.map(({ moment }) => moment), firedAt: () => fired }
}

let sent = 0
async function send(log: SqliteLog, pass: (ms: number) => Promise<void>, ...calls: readonly object[]) {
  sent += 1
  const batch = calls.map((call, index) => ({ messageId: `f${sent}.${index}`, userId: 'ada', type: 'track', ...call }))
  const appended = log.append(
    { call: 'batch', receivedAt: Date.now(), body: Buffer.from(JSON.stringify({ batch })) },
    [],
  )
  // The log gathers a group for some milliseconds.
  await pass(10)
  return appended
}

const identified = { type: 'identify', traits: { email: 'ada@example.com' } }
const added = { event: 'Product Added', properties: { product_id: 'fern', price: 10 } }
const ordered = { event: 'Order Completed', properties: { order_id: 'o1' } }

test('what is in the log is taken in when woken', async () => {
  const { start, pass } = open()
  const { log, store, follow } = start()
  await pass(0)
  await send(log, pass, identified)
  follow.wake()
  await pass(0)
  expect(store.cursor()).toBe(log.head())
  expect((await store.person('ada'))?.state.known.email).toBe('ada@example.com')
})

test('a timer is fired within two seconds of being due', async () => {
  const { start, pass, fired, firedAt } = open()
  const { log, follow } = start()
  await send(log, pass, identified, added)
  follow.wake()
  await pass(ABANDONED_MS - 20)
  expect(fired()).toEqual(['Engagement Level Reached'])
  await pass(2000)
  expect(fired()).toEqual(['Engagement Level Reached', 'Cart Abandoned', 'Sequence Step Due'])
  expect((firedAt()[1]?.at ?? 0) - (NOW + ABANDONED_MS)).toBeLessThanOrEqual(2000)
})

test('where the log is known up to some moment only, nothing that is due later fires: what cancels it may lie beyond', async () => {
  const { start, pass, fired, now } = open()
  let knownAt = NOW
  const { log, follow } = start(log => ({ ...log, knownAt: () => knownAt }))
  await send(log, pass, identified, added)
  follow.wake()
  await pass(ABANDONED_MS + 5_000)
  expect(fired()).toEqual(['Engagement Level Reached'])
  knownAt = now()
  await pass(2_000)
  expect(fired()).toContain('Cart Abandoned')
})

test('an order that still lies in the log cancels a timer that is due', async () => {
  const { start, stop, pass, fired } = open()
  const before = start()
  await send(before.log, pass, identified, added)
  before.follow.wake()
  await pass(0)
  await before.follow.stop()
  await send(before.log, pass, ordered)
  await stop()
  await pass(2 * ABANDONED_MS)
  const { store } = start()
  await pass(5000)
  expect((await store.person('ada'))?.state.cart).toBeUndefined()
  expect(fired()).not.toContain('Cart Abandoned')
})

test('a long log is taken in to its end before any timer is looked at', async () => {
  const { start, stop, pass, fired } = open()
  const before = start()
  await send(before.log, pass, identified, added)
  before.follow.wake()
  await pass(0)
  await before.follow.stop()
  for (let request = 0; request < 120; request += 1) await send(before.log, pass, { event: 'Something Else' })
  await send(before.log, pass, ordered)
  await stop()
  await pass(2 * ABANDONED_MS)
  start()
  await pass(5000)
  expect(fired()).not.toContain('Cart Abandoned')
})

test('a timer survives a restart, and one that came due meanwhile fires once', async () => {
  const { start, stop, pass, fired } = open()
  const { log, follow } = start()
  await send(log, pass, identified, added)
  follow.wake()
  await pass(0)
  await stop()
  await pass(ABANDONED_MS - MINUTE)
  start()
  await pass(10_000)
  expect(fired()).not.toContain('Cart Abandoned')
  await stop()
  await pass(2 * MINUTE)
  start()
  await pass(2000)
  expect(fired().filter(moment => moment === 'Cart Abandoned')).toHaveLength(1)
  await stop()
  start()
  await pass(ABANDONED_MS)
  expect(fired().filter(moment => moment === 'Cart Abandoned')).toHaveLength(1)
})

test('a log that cannot be read is told about and read again a second later', async () => {
  const { start, pass, events } = open()
  let broken = true
  const { log, store } = start(log => ({
    ...log,
    read: (...given) => (broken ? Promise.reject(new Error('disk I/O error')) : log.read(...given)),
  }))
  await send(log, pass, identified)
  expect(events).toContainEqual({ kind: 'loop failed', loop: 'ingest', error: 'disk I/O error' })
  broken = false
  await pass(1000)
  expect(store.cursor()).toBe(1)
})

test('however much the log has, a commit takes some hundred messages, and all are taken', async () => {
  const { start, stop, pass, taken } = open()
  const before = start()
  await before.follow.stop()
  const calls = Array.from({ length: 400 }, () => ({ event: 'Something Else' }))
  for (let request = 0; request < 3; request += 1) await send(before.log, pass, ...calls)
  await stop()
  const { log, store } = start()
  await pass(1_000)
  expect(taken).toEqual([800, 400])
  expect(store.cursor()).toBe(log.head())
})

test('what comes in together shares a commit', async () => {
  const { start, pass, taken } = open()
  const { log, follow } = start()
  await pass(0)
  for (let request = 0; request < 4; request += 1) {
    // The log takes 10 ms each.
    await send(log, pass, { event: 'Something Else' })
    follow.wake()
    await pass(0)
  }
  await pass(100)
  expect(taken).toEqual([1, 2, 1])
})
