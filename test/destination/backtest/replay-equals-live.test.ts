/** What a replay of the log says is what the service decided, whatever was sent. */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createHistory } from '../../../src/destination/backtest/history.ts'
import { createPlayback } from '../../../src/destination/backtest/playback.ts'
import { runStream } from '../../../src/destination/backtest/run.ts'
import { openSeen } from '../../../src/destination/backtest/seen.ts'
import { streamLog } from '../../../src/destination/backtest/stored-log.ts'
import { isKept, type KeptFact } from '../../../src/destination/engine/fact.ts'
import { defaultPolicy } from '../../../src/destination/engine/policy.ts'
import type { ProfileState } from '../../../src/destination/engine/profile.ts'
import { ingestEntries, ingestTimers } from '../../../src/destination/ingest.ts'
import type { LoggedEntry } from '../../../src/destination/intake/log.ts'
import { arrivedIn } from '../../../src/destination/parse.ts'
import type { Addressee } from '../../../src/destination/plan.ts'
import { openSqliteStore } from '../../../src/destination/store/sqlite.ts'

const START = Date.parse('2026-03-01T10:00:00Z')
const HOUR = 3_600_000
const policy = defaultPolicy
const mailer: Addressee = { name: 'mailer', needs: { event: ['email'], traits: ['email'] } }

interface Known {
  readonly state: ProfileState
  /** In the order they were decided. */
  readonly facts: readonly KeptFact[]
  /** Ids of the moments the mailer is to be told of. */
  readonly written: readonly string[]
}

interface Lived {
  readonly told: Told
  /**
   * Moments that waited for a name when visits were joined, and gave way to another of their kind. A commit that tells of both
   * visits and of their joining takes the moments for those of one person, a later one does not; a replay knows no commits.
   */
  readonly overtaken: ReadonlySet<string>
}

/** What is known of everybody in the end. */
type Told = Readonly<Record<string, Known>>

const anonymous = fc.constantFrom('a1', 'a2', 'a3')
const signedIn = fc.constantFrom('u1', 'u2', undefined)
const act = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('track'),
      event: fc.constant('Engagement Measured'),
      properties: summary(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('track'),
      event: fc.constantFrom(
        'Product Added',
        'Product Removed',
        'Product Viewed',
        'Order Completed',
        'Checkout Started',
      ),
      properties: fc.constant({ product_id: 'fern', price: 10 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('page') }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('identify'), traits: fc.constantFrom({}, { email: 'ada@shop.example' }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('alias'), previousId: fc.constantFrom('u1', 'u2', 'a1', 'a2', 'a3') }),
  },
)
/** Rarely, for nothing happens to somebody afterwards. */
const call = fc.oneof({ weight: 40, arbitrary: act }, { weight: 1, arbitrary: fc.constant({ type: 'delete' }) })

function summary() {
  return fc
    .record({
      view: fc.integer({ min: 0, max: 3 }),
      page_type: fc.constantFrom('pricing', 'product', 'home'),
      active_ms: fc.integer({ min: 0, max: 120_000 }),
      scroll_depth: fc.double({ min: 0, max: 1, noNaN: true }),
      hover: fc.integer({ min: 0, max: 9_000 }),
      webdriver: fc.integer({ min: 0, max: 30 }).map(roll => roll === 0),
    })
    .map(({ view, hover, webdriver, ...rest }) => ({
      ...{ pageview_id: `pv${view}`, hovers: [{ element: 'plan', ms: hover, count: 1 }], scroll_velocity: 300 },
      ...{ ...rest, automation: webdriver ? { webdriver } : {} },
    }))
}

/** One request: some calls, some of them late, some sent before. */
const request = fc.record({
  gap: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 90_000 }), fc.integer({ min: 60_000, max: 8 * HOUR })),
  calls: fc.array(
    fc.record({
      call,
      anonymousId: anonymous,
      userId: signedIn,
      lateness: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2 * HOUR }), fc.constant(30 * HOUR)),
      again: fc.integer({ min: 0, max: 12 }),
    }),
    { minLength: 1, maxLength: 4 },
  ),
})

const stream = fc.array(request, { minLength: 1, maxLength: 30 }).map((requests): readonly LoggedEntry[] => {
  let receivedAt = START
  let sent = 0
  return requests.map(({ gap, calls }, index) => {
    receivedAt += gap
    const batch = calls.map(({ call, anonymousId, userId, lateness, again }) => {
      sent += 1
      const messageId = again === 0 && sent > 2 ? `m${sent - 2}` : `m${sent}`
      const timestamp = new Date(receivedAt - lateness).toISOString()
      return { ...call, messageId, anonymousId, timestamp, ...(userId !== undefined && { userId }) }
    })
    const body = Buffer.from(JSON.stringify(batch))
    return { position: index + 1, call: 'webhook' as const, receivedAt, body }
  })
})

/** As the service does it: what arrived together shares a commit, timers fire in between, everything lies in SQLite. */
async function live(entries: readonly LoggedEntry[], end: number): Promise<Lived> {
  const store = openSqliteStore(':memory:')
  const deps = { store, policy, connectors: [mailer] }
  let clock = START
  const fireUntil = async (limit: number) => {
    for (;;) {
      const [next] = (await store.dueTimers(limit, 1_000)).toSorted((a, b) => a.timer.due - b.timer.due)
      if (next === undefined) return
      // A late message may set one for a time that is already over.
      clock = Math.max(clock, next.timer.due)
      await ingestTimers(deps, await store.dueTimers(clock, 100), clock)
    }
  }
  for (const receivedAt of new Set(entries.map(entry => entry.receivedAt))) {
    await fireUntil(receivedAt - 1)
    clock = receivedAt
    await ingestEntries(deps, entries.filter(entry => entry.receivedAt === receivedAt).map(arrivedIn), receivedAt)
  }
  await fireUntil(end)
  const told: Record<string, Told[string]> = {}
  const overtaken = new Set<string>()
  for (const { id, state } of await store.people(100)) {
    const facts = (await store.facts(id, 10_000)).toReversed()
    const moments = (await store.deliveries({ profileId: id }, 10_000)).filter(({ kind }) => kind === 'event')
    const written = moments.filter(({ status }) => status === 'pending').map(moment => moment.id)
    // As it reads back from the file.
    told[id] = JSON.parse(JSON.stringify({ state, facts, written: written.toSorted() }))
    if (!facts.some(({ kind }) => kind === 'merged')) continue
    for (const moment of moments) if (moment.status === 'superseded') overtaken.add(moment.id)
  }
  store.close()
  return { told, overtaken }
}

async function replayed(entries: readonly LoggedEntry[], end: number, overtaken: Lived['overtaken']): Promise<Told> {
  let facts: readonly { readonly id: string; readonly fact: KeptFact }[] = []
  const history = createHistory(mailer, policy, { from: 0, to: Number.MAX_SAFE_INTEGER })
  const playback = createPlayback(policy, played => {
    history.note(played)
    const { profileId, joined, facts: decided } = played
    for (const { from, fact } of joined) {
      facts = facts.map(one => (one.id === from ? { ...one, id: profileId } : one))
      facts = [...facts, { id: profileId, fact }]
    }
    facts = [...facts, ...decided.filter(isKept).map(fact => ({ id: profileId, fact }))]
  })
  const log = {
    read: async (position: number, limit: number) => entries.filter(entry => entry.position > position).slice(0, limit),
    head: () => entries.length,
    close: () => undefined,
  }
  const seen = openSeen()
  const signal = new AbortController().signal
  await runStream({
    stream: streamLog(log),
    seen,
    playbacks: [playback],
    until: end,
    signal,
    onProgress: () => undefined,
  })
  seen.close()
  const told: Record<string, Told[string]> = {}
  const found = history.found(playback.people.stateOf).lanes.flat()
  const moments = found.filter(({ id }) => !overtaken.has(id))
  for (const [id, state] of playback.people.all()) {
    const written = moments.filter(({ profileId }) => profileId === id).map(moment => moment.id)
    const known = {
      state,
      facts: facts.filter(one => one.id === id).map(({ fact }) => fact),
      written: written.toSorted(),
    }
    // As it reads back from the store.
    told[id] = JSON.parse(JSON.stringify(known))
  }
  return told
}

test('a replay decides what was decided live: the same facts in the same order, the same state of everybody, and the same moments to write', async () => {
  const covered = {
    merged: 0,
    moment_fired: 0,
    moment_withheld: 0,
    level_changed: 0,
    sequence_moved: 0,
    deletion_asked: 0,
    timers: 0,
    written: 0,
  }
  await fc.assert(
    fc.asyncProperty(stream, fc.integer({ min: 0, max: 48 * HOUR }), async (entries, after) => {
      const end = (entries.at(-1)?.receivedAt ?? START) + after
      const { told: was, overtaken } = await live(entries, end)
      const again = await replayed(entries, end, overtaken)
      expect(again).toEqual(was)
      for (const { facts, written } of Object.values(was)) {
        covered.written += written.length
        for (const { kind, id } of facts) {
          covered[kind] += 1
          if (id.startsWith('timer:')) covered.timers += 1
        }
      }
    }),
    { numRuns: 200 },
  )
  // A property over streams in which nothing happens would hold too.
  for (const times of Object.values(covered)) expect(times).toBeGreaterThan(20)
})
