/**
 * A platform is down for an hour while a backlog waits, and comes back. Time is scaled; the store and the limits are the
 * real ones. The platform only counts: what the real connectors make of every fault, `faults.test.ts` says.
 */
import { expect, onTestFinished, test } from 'vitest'
import { createRateWindows } from '../../../examples/platforms/rate-windows.ts'
import type { Connector, Delivery, Limits, Outcome, Route } from '../../../src/connectors/connector.ts'
import { LIMITS as HUBSPOT } from '../../../src/connectors/hubspot/settings.ts'
import { LIMITS as KLAVIYO } from '../../../src/connectors/klaviyo/settings.ts'
import { startDispatch } from '../../../src/destination/delivery/dispatch.ts'
import { initialState } from '../../../src/destination/engine/profile.ts'
import type { LogEvent } from '../../../src/destination/log-event.ts'
import { openSqliteStore } from '../../../src/destination/store/sqlite.ts'
import type { PlannedDelivery, Store } from '../../../src/destination/store/store.ts'
import { type FastTime, fastTime } from '../../support/fast-time.ts'

const START = Date.parse('2026-03-01T10:00:00Z')
const BACK = START + 3_600_000
/** A hundred thousand deliveries take a while, longer on a busy machine. */
const PATIENCE_MS = 180_000
/** A call takes one of these, ms, in turn. */
const LATENCIES = [80, 100, 120]

/** A call that was taken. */
interface Made {
  readonly at: number
  readonly route: Route
  readonly deliveries: readonly Delivery[]
}

/** Down until it is back; then it refuses what is over its limits, in windows it lays as it likes. */
function countingPlatform(limits: Limits, { now }: FastTime) {
  const made: Made[] = []
  let [asked, refused, left] = [0, 0, 0]
  const rates = createRateWindows()
  const connector: Connector = {
    name: 'mailer',
    limits,
    needs: { event: ['userId'], traits: ['userId'] },
    async deliver(batch) {
      const at = now()
      asked += 1
      const latency = LATENCIES[asked % LATENCIES.length] ?? 0
      await new Promise(resolve => setTimeout(resolve, latency))
      if (at < BACK) return batch.map((): Outcome => ({ kind: 'retry', reason: '503' }))
      const route = limits.routes.find(
        ({ kinds, from = 1 }) => batch.length >= from && batch.every(({ kind }) => kinds.includes(kind)),
      )
      if (route === undefined) throw new Error('no route takes this batch')
      const windows = route.windows.map(({ calls: limit, perMs: ms }) => ({ limit, ms }))
      // It counts a call some time after its start.
      if (!rates.take(route.path, windows, at + (asked % latency)).allowed) {
        refused += 1
        return batch.map((): Outcome => ({ kind: 'retry', reason: '429', throttled: true }))
      }
      made.push({ at, route, deliveries: batch })
      left -= batch.filter(({ id }) => !isUrgent(id)).length
      return batch.map((): Outcome => ({ kind: 'delivered' }))
    },
  }
  return {
    connector,
    made,
    expects: (deliveries: number) => {
      left += deliveries
    },
    asked: () => asked,
    refused: () => refused,
    left: () => left,
  }
}

const isUrgent = (id: string) => id.startsWith('urgent')

function eventOf(id: string, profileId: string, time: number): PlannedDelivery {
  const shared = { connector: 'mailer', traits: { score: 1 }, held: false }
  return { ...shared, id, profileId, time, kind: 'event', name: 'Cart Abandoned', properties: {} }
}

/** The traits first, so that events have to overtake them. Of five events, three are one person's. */
function backlogOf(events: number, traits: number): readonly PlannedDelivery[] {
  const shared = { connector: 'mailer', traits: { score: 1 }, time: START, held: false }
  return [
    ...Array.from({ length: traits }, (_, at) => ({
      ...shared,
      id: `t${at}`,
      profileId: `t${at}`,
      kind: 'traits' as const,
    })),
    ...Array.from({ length: events }, (_, at) => eventOf(`e${at}`, `p${at % 5 < 3 ? at - (at % 5) : at}`, START)),
  ]
}

async function commit(store: Store, deliveries: readonly PlannedDelivery[], now: number): Promise<void> {
  await store.commit({
    ...{ now, merges: [], identities: [], seen: [], facts: [], releases: [] },
    profiles: [...new Set(deliveries.map(({ profileId }) => profileId))].map(id => ({ id, state: initialState })),
    deliveries,
  })
}

/** @returns everything that happened until the backlog was gone; meanwhile an urgent event is taken in every second. */
async function sitOut(limits: Limits, { events, traits }: { readonly events: number; readonly traits: number }) {
  const time = fastTime(START)
  const store = openSqliteStore(':memory:')
  onTestFinished(() => store.close())
  const platform = countingPlatform(limits, time)
  const told: LogEvent[] = []
  await commit(store, backlogOf(events, traits), START)
  platform.expects(events + traits)
  const dispatch = startDispatch({
    ...{ store, connector: platform.connector, now: time.now, random: () => 0 },
    onEvent: event => told.push(event),
  })
  await time.runUntil(BACK)
  const askedInVain = platform.asked()
  let urgent = 0
  const takeIn = async () => {
    if (platform.left() > 0) setTimeout(takeIn, 1_000)
    // Before anything is taken there is nothing to overtake.
    if (platform.left() === events + traits) return
    const id = `urgent${urgent}`
    await commit(store, [eventOf(id, id, time.now())], time.now())
    urgent += 1
    dispatch.wake()
  }
  setTimeout(takeIn, 1_000)
  await time.runUntil(() => platform.left() === 0)
  await time.runUntil(time.now() + 60_000)
  const stopped = dispatch.stop()
  await time.runUntil(time.now() + 1_000)
  await stopped
  return { ...platform, told, askedInVain, urgent: () => urgent }
}

/** The most calls that started within any stretch of this length. */
function fullest(starts: readonly number[], perMs: number): number {
  let [most, first] = [0, 0]
  for (const [at, start] of starts.entries()) {
    while ((starts[first] ?? start) <= start - perMs) first += 1
    most = Math.max(most, at - first + 1)
  }
  return most
}

/** Calls made in whole windows, as a share of those allowed. */
function used(starts: readonly number[], { calls, perMs }: Route['windows'][number]): number {
  const [first = 0, last = 0] = [starts[0], starts.at(-1)]
  const whole = Math.floor((last - first) / perMs)
  expect(whole).toBeGreaterThan(2)
  return starts.filter(start => start < first + whole * perMs).length / (whole * calls)
}

/**
 * By which window a route is held back in the long run: HubSpot's day is longer than any backlog here, and a backlog of
 * events is gone from Klaviyo, in bulk, before a minute is full.
 */
const CASES = [
  {
    ...{ name: 'hubspot', limits: HUBSPOT, backlog: { events: 10_000, traits: 90_000 } },
    held: { path: '/crm/', perMs: 10_000 },
  },
  {
    ...{ name: 'klaviyo', limits: KLAVIYO, backlog: { events: 12_000, traits: 2_600 } },
    held: { path: '/api/profile-import', perMs: 60_000 },
  },
]

test.each(CASES)(
  'after an hour of outage a backlog drains as fast as $name allows, and no faster',
  { timeout: PATIENCE_MS },
  async ({ limits, backlog, held }) => {
    const { made, refused, told, askedInVain } = await sitOut(limits, backlog)
    expect(askedInVain).toBeLessThan(200)
    expect(refused()).toBe(0)
    for (const route of limits.routes) {
      const starts = made.filter(one => one.route === route).map(({ at }) => at)
      for (const window of route.windows) {
        expect(fullest(starts, window.perMs)).toBeLessThanOrEqual(window.calls)
        if (route.path === held.path && window.perMs === held.perMs)
          expect(used(starts, window)).toBeGreaterThanOrEqual(0.95)
      }
    }
    // Nothing is lost, nothing is doubled, and everybody's deliveries went in order.
    const ids = made.flatMap(({ deliveries }) => deliveries.map(({ id }) => id)).filter(id => !isUrgent(id))
    expect(ids).toHaveLength(backlog.events + backlog.traits)
    expect(new Set(ids).size).toBe(ids.length)
    const events = made.flatMap(({ deliveries }) => deliveries.filter(({ id }) => id.startsWith('e')))
    for (const theirs of Map.groupBy(events, ({ profileId }) => profileId).values()) {
      const order = theirs.map(({ id }) => Number(id.slice(1)))
      expect(order).toEqual(order.toSorted((a, b) => a - b))
    }
    expect(told.filter(({ kind }) => kind === 'loop failed')).toEqual([])
    expect(told.filter(({ kind }) => kind === 'circuit closed')).toHaveLength(2)
  },
)

test('what is taken in while a backlog drains is taken in, and its events overtake all that waits', {
  timeout: PATIENCE_MS,
}, async () => {
  const { made, urgent, told } = await sitOut(HUBSPOT, { events: 5_000, traits: 40_000 })
  const last = made.findLastIndex(({ deliveries }) => deliveries.some(({ id }) => id.startsWith('e')))
  // While events wait, every tenth call is of traits, so that these never starve.
  const theirs = made.slice(0, last).filter(({ deliveries }) => deliveries.every(({ kind }) => kind === 'traits'))
  expect(theirs.length / last).toBeGreaterThan(0.05)
  expect(theirs.length / last).toBeLessThan(0.15)
  // Once none wait, an event goes within a window of the platform, while traits wait for several.
  const from = made[last]?.at ?? 0
  const waits = made.flatMap(({ at, deliveries }) =>
    deliveries.filter(({ id, time }) => isUrgent(id) && time > from).map(({ time }) => at - time),
  )
  expect(waits.length).toBeGreaterThan(30)
  expect(Math.max(...waits)).toBeLessThan(10_000)
  const taken = made.flatMap(({ deliveries }) => deliveries.filter(({ id }) => isUrgent(id)))
  expect(taken).toHaveLength(urgent())
  expect(told.filter(({ kind }) => kind === 'loop failed')).toEqual([])
})
