import { expect, onTestFinished, test } from 'vitest'
import { startHubspot } from '../../../examples/platforms/hubspot.ts'
import { startKlaviyo } from '../../../examples/platforms/klaviyo.ts'
import type { Feed, FeedPage, Heard, Span } from '../../../src/connectors/feedback.ts'
import { type Kept, NOTHING_KEPT } from '../../../src/destination/feedback/keep.ts'
import { startPoll } from '../../../src/destination/feedback/poll.ts'
import type { LogEvent } from '../../../src/destination/log-event.ts'
import { openFeedbackWorld } from '../../support/feedback-world.ts'

const MINUTE = 60_000

/** A feed that gives the scripted pages, and what it was asked. */
function scripted(...script: readonly FeedPage[]) {
  const asked: (readonly [Span, string | undefined])[] = []
  const left = [...script]
  const feed: Feed = {
    platform: 'klaviyo',
    latenessMs: 30 * MINUTE,
    pauseMs: 0,
    page: async (span, start) => {
      asked.push([span, start])
      return left.shift() ?? { kind: 'page', heard: [] }
    },
  }
  return { feed, asked }
}

const BEGIN = 1_790_000_000_000

/** A poll whose clock stands still but when the test sets it forward. */
function start(
  feed: Feed,
  { bookmark, overloaded = () => false }: { bookmark?: number; overloaded?: () => boolean } = {},
) {
  const bookmarks: number[] = bookmark === undefined ? [] : [bookmark]
  const events: LogEvent[] = []
  const heard: Heard[] = []
  const listeners = new Set<() => void>()
  let now = BEGIN
  const poll = startPoll({
    feed,
    everyMs: 15 * MINUTE,
    store: {
      bookmark: async () => bookmarks.at(-1),
      keepBookmark: async (_name, value) => void bookmarks.push(value),
    },
    keep: async (_platform, some): Promise<Kept> => {
      heard.push(...some)
      return { ...NOTHING_KEPT, kept: some.length }
    },
    overloaded,
    now: () => now,
    random: () => 0,
    onEvent: event => {
      events.push(event)
      for (const listener of listeners) listener()
    },
  })
  onTestFinished(() => poll.stop())
  return {
    ...{ bookmarks, events, heard },
    /** Settles once it has said so many things. */
    said: (count: number) =>
      new Promise<void>(resolve => {
        const look = () => {
          if (events.length < count) return
          listeners.delete(look)
          resolve()
        }
        listeners.add(look)
        look()
      }),
    pass: (ms: number) => {
      now += ms
      poll.wake()
    },
  }
}

const opened: Heard = {
  kind: 'feedback',
  feedback: { id: 'e', kind: 'opened', at: 1, recipient: { email: 'a@example.com' } },
}

test('at first it asks for what happened since it was switched on, and as much earlier as events may be late', async () => {
  const { feed, asked } = scripted({ kind: 'page', heard: [opened] })
  const { said, bookmarks, events } = start(feed)
  await said(1)
  expect(asked).toEqual([[{ from: BEGIN - 30 * MINUTE, until: BEGIN }, undefined]])
  expect(bookmarks).toEqual([BEGIN])
  expect(events).toEqual([{ kind: 'feedback taken', platform: 'klaviyo', by: 'poll', ...NOTHING_KEPT, kept: 1 }])
})

test('after a pause it asks from where it came to, page by page', async () => {
  const next = { kind: 'page', heard: [opened] } as const
  const { feed, asked } = scripted({ ...next, next: '2' }, { ...next, next: '3' }, next)
  const { said, bookmarks, heard } = start(feed, { bookmark: BEGIN - 1_000 * MINUTE })
  await said(1)
  const span = { from: BEGIN - 1_030 * MINUTE, until: BEGIN }
  expect(asked).toEqual([
    [span, undefined],
    [span, '2'],
    [span, '3'],
  ])
  expect([heard.length, bookmarks.at(-1)]).toEqual([3, BEGIN])
})

test('the next round begins when its time has come, however often the loop is woken', async () => {
  const { feed, asked } = scripted()
  const { said, pass } = start(feed)
  await said(1)
  pass(14 * MINUTE)
  // A woken loop has its turn by the second of these, and finds nothing to do.
  for (let turn = 0; turn < 3; turn++) await new Promise(passed => setImmediate(passed))
  pass(MINUTE)
  await said(2)
  const until = BEGIN + 15 * MINUTE
  expect(asked.map(([span]) => span.until)).toEqual([BEGIN, until])
})

test('a page that names itself as the next one is the last', async () => {
  const page = { kind: 'page', heard: [], next: '2' } as const
  const { feed, asked } = scripted(page, page)
  await start(feed).said(1)
  expect(asked).toHaveLength(2)
})

test.each([
  [{ kind: 'retry', reason: '503 busy' }, 1_000],
  [{ kind: 'retry', reason: '429', afterMs: 20_000 }, 20_000],
  [{ kind: 'retry', reason: '429', afterMs: 20_000, throttled: true }, 20_000],
  [{ kind: 'retry', reason: '429', throttled: true }, 1_000],
  [{ kind: 'unauthorized', reason: '403 no scope' }, 60_000],
  [{ kind: 'rejected', reason: '400 no such query' }, 3_600_000],
] as const)(
  'a round that fails by %o says so, keeps its place, and is tried again in %i ms',
  async (failure, retryInMs) => {
    const { feed } = scripted(failure)
    const { said, bookmarks, events } = start(feed)
    await said(1)
    expect(bookmarks).toEqual([])
    expect(events).toEqual([{ kind: 'feedback failed', platform: 'klaviyo', reason: failure.reason, retryInMs }])
  },
)

test('a page that failed is asked for again, longer and longer after, and an answer ends the count', async () => {
  const busy = { kind: 'retry', reason: 'busy' } as const
  const { feed, asked } = scripted(
    { kind: 'page', heard: [], next: '2' },
    busy,
    busy,
    { kind: 'page', heard: [] },
    busy,
  )
  const { said, pass, events } = start(feed)
  await said(1)
  pass(1_000)
  await said(2)
  pass(2_000)
  await said(3)
  pass(15 * MINUTE)
  await said(4)
  expect(asked.map(([, place]) => place)).toEqual([undefined, '2', '2', '2', undefined])
  const waits = events.map(event => (event.kind === 'feedback failed' ? event.retryInMs : 'taken'))
  expect(waits).toEqual([1_000, 2_000, 'taken', 1_000])
})

test('a round whose place the platform refuses begins anew', async () => {
  const refused = { kind: 'rejected', reason: '400 the cursor is too old' } as const
  const { feed, asked } = scripted({ kind: 'page', heard: [], next: '2' }, refused)
  const { said, pass } = start(feed)
  await said(1)
  pass(60 * MINUTE)
  await said(2)
  expect(asked.map(([span, place]) => [span.until, place])).toEqual([
    [BEGIN, undefined],
    [BEGIN, '2'],
    [BEGIN + 60 * MINUTE, undefined],
  ])
})

test('above the backlog bound nothing is asked for until it has drained', async () => {
  let overloaded = true
  const looked = Promise.withResolvers<void>()
  const { feed, asked } = scripted()
  const { said, pass } = start(feed, {
    overloaded: () => {
      looked.resolve()
      return overloaded
    },
  })
  await looked.promise
  expect(asked).toEqual([])
  overloaded = false
  pass(5_000)
  await said(1)
  expect(asked).toHaveLength(1)
})

/** A service that asks a Klaviyo of its own every minute, by a clock in the test's hand. */
async function openKlaviyoWorld() {
  let forward = 0
  const now = () => Date.now() + forward
  const klaviyo = await startKlaviyo({ apiKey: 'pk', readDelayMs: 0, now, limits: false })
  onTestFinished(() => klaviyo.close())
  const world = await openFeedbackWorld(
    {
      connectors: { klaviyo: { apiKey: 'pk', baseUrl: klaviyo.url } },
      feedback: { klaviyo: { everyMs: MINUTE } },
    },
    now,
  )
  /** Lets the minute pass, by starting the service anew, and waits for what it takes. */
  const pass = async (ms: number) => {
    await world.stop()
    forward += ms
    const since = world.events.length
    await world.start()
    const taken = await world.told('feedback taken', () => true, since)
    await world.settled()
    return taken
  }
  return { klaviyo, world, pass, now }
}

test('a restart asks on from where it came to, and takes nothing twice', async () => {
  const { klaviyo, world, pass } = await openKlaviyoWorld()
  await world.send({ type: 'identify', userId: 'ada', traits: { email: 'ada@example.com' } })
  await world.told('feedback taken')
  klaviyo.email({ metric: 'Clicked Email', email: 'ada@example.com', properties: { URL: 'https://shop.example/' } })
  expect(await pass(2 * MINUTE)).toMatchObject({ by: 'poll', kept: 1, repeated: 0 })
  // Within the time for which events may be late: seen again, and known.
  expect(await pass(2 * MINUTE)).toMatchObject({ kept: 0, repeated: 1 })
  // A day down, during which two things happened.
  klaviyo.email({ metric: 'Opened Email', email: 'ada@example.com' })
  klaviyo.email({ metric: 'Opened Email', email: 'stranger@example.com' })
  expect(await pass(1_440 * MINUTE)).toMatchObject({ kept: 1, repeated: 1, unknown: 1 })
  expect(await pass(60 * MINUTE)).toMatchObject({ kept: 0, repeated: 0, unknown: 0 })
})

test("only Klaviyo's own metrics are asked for, in pages, and its limits are told of when it throttles", async () => {
  const { klaviyo, world, pass, now } = await openKlaviyoWorld()
  await world.send({ type: 'identify', userId: 'ada', traits: { email: 'ada@example.com' } })
  await world.told('feedback taken')
  const foreign = { metric: 'Bounced Email', email: 'ada@example.com' }
  await fetch(`${klaviyo.url}/api/events`, {
    method: 'POST',
    headers: { Authorization: 'Klaviyo-API-Key pk', revision: '2026-07-15', 'Content-Type': 'application/json' },
    body: JSON.stringify({
      data: {
        type: 'event',
        attributes: {
          properties: {},
          time: new Date(now()).toISOString(),
          metric: { data: { type: 'metric', attributes: { name: foreign.metric } } },
          profile: { data: { type: 'profile', attributes: { email: foreign.email } } },
        },
      },
    }),
  })
  for (let index = 0; index < 150; index++) klaviyo.email({ metric: 'Opened Email', email: 'ada@example.com' })
  klaviyo.fail({ kind: 'throttle', retryAfterS: 1 }, { path: '/api/metrics' })
  expect(await pass(MINUTE)).toMatchObject({ kept: 150 })
  expect(await world.told('feedback failed')).toMatchObject({
    reason: expect.stringContaining('429'),
    retryInMs: 1_000,
  })
  const asked = klaviyo.requests().filter(({ path }) => path.startsWith('/api/events?'))
  expect(asked.length).toBeGreaterThan(1)
  expect(JSON.stringify(world.events)).not.toMatch(/pk"|ada@example/)
})

test('HubSpot is asked type by type, and its bots are left out', async () => {
  const hubspot = await startHubspot({ accessToken: 'pat', limits: false })
  onTestFinished(() => hubspot.close())
  const world = await openFeedbackWorld({
    connectors: { hubspot: { accessToken: 'pat', baseUrl: hubspot.url } },
    feedback: { hubspot: { everyMs: MINUTE } },
  })
  const recipient = 'ada@example.com'
  await world.send({ type: 'identify', userId: 'ada', traits: { email: recipient } })
  await world.told('feedback taken')
  await world.stop()
  const created = Date.now()
  hubspot.email({ id: 'a', created, type: 'STATUSCHANGE', recipient, portalSubscriptionStatus: 'UNSUBSCRIBED' })
  hubspot.email({ id: 'b', created, type: 'DELIVERED', recipient })
  hubspot.email({ id: 'c', created, type: 'OPEN', recipient, filteredEvent: true })
  for (let index = 0; index < 300; index++) hubspot.email({ id: `o${index}`, created, type: 'OPEN', recipient })
  await world.start()
  const taken = await world.told('feedback taken', ({ kept }) => kept > 0)
  expect(taken).toMatchObject({ kept: 301, unknown: 0, ignored: { other: 0, machine: 0 } })
})
