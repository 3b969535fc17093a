import { expect, test } from 'vitest'
import type { Feedback, Heard } from '../../../src/connectors/feedback.ts'
import { initialState } from '../../../src/destination/engine/profile.ts'
import { type EventTime, eventTime } from '../../../src/destination/engine/time.ts'
import { keepFeedback } from '../../../src/destination/feedback/keep.ts'
import { openSqliteLog } from '../../../src/destination/intake/sqlite.ts'
import { messagesOf } from '../../../src/destination/parse.ts'
import { openSqliteStore } from '../../../src/destination/store/sqlite.ts'

const NOW: EventTime = eventTime(1_790_000_000_000)

function told(feedback: Partial<Feedback> = {}): Heard {
  const recipient = { email: 'ada@example.com' }
  return { kind: 'feedback', feedback: { id: 'e1', kind: 'opened', at: NOW - 1_000, recipient, ...feedback } }
}

/** A store that knows Ada twice by her address, and Bob by his user id. */
async function open() {
  const store = openSqliteStore(':memory:')
  const log = openSqliteLog(':memory:', { commitAfterMs: 1 })
  const profile = (id: string, known: object) => ({
    id,
    state: { ...initialState, lastSeen: NOW, known: { anonymousIds: [], ...known } },
  })
  await store.commit({
    ...{ now: NOW, merges: [], facts: [], deliveries: [], releases: [], seen: [] },
    profiles: [
      profile('ada', { email: 'ada@example.com', userId: 'u-ada' }),
      profile('ada-phone', { email: 'ada@example.com', anonymousIds: ['older', 'phone'] }),
      profile('bob', { email: 'bob@example.com', userId: 'u-bob' }),
      profile('nameless', { email: 'nameless@example.com' }),
    ],
    identities: [{ key: 'u:u-bob', profileId: 'bob' }],
  })
  const keep = (...heard: readonly Heard[]) => keepFeedback({ store, log, now: () => NOW }, 'klaviyo', heard)
  const messages = async () => (await log.read(0, 100)).flatMap(messagesOf)
  return { store, log, keep, messages }
}

test.each([
  ['opened', 'Email Opened'],
  ['clicked', 'Email Link Clicked'],
  ['unsubscribed', 'Unsubscribed'],
  ['complained', 'Email Marked as Spam'],
  ['bounced', 'Email Bounced'],
] as const)('%s becomes the call %s of the Email spec', async (kind, event) => {
  const { keep, messages } = await open()
  const recipient = { userId: 'u-bob' }
  await keep(told({ kind, recipient, subject: 'Ferns', campaignId: 'c', campaignName: 'Spring', link: 'https://a.b' }))
  expect(await messages()).toMatchObject([
    {
      type: 'track',
      messageId: 'klaviyo-e1-bob',
      event,
      userId: 'u-bob',
      timestamp: NOW - 1_000,
      receivedAt: NOW,
      properties: { email_subject: 'Ferns', campaign_id: 'c', campaign_name: 'Spring', link_url: 'https://a.b' },
      context: { traits: {} },
    },
  ])
})

test('everybody of whom the address is known is told, by the id they are known by', async () => {
  const { keep, messages } = await open()
  expect(await keep(told({ recipient: { email: 'ADA@example.com', userId: 'u-unknown' } }))).toMatchObject({ kept: 1 })
  expect((await messages()).map(({ userId, anonymousId }) => userId ?? anonymousId).toSorted()).toEqual([
    'phone',
    'u-ada',
  ])
})

test('feedback about people nobody knows makes no profiles: it is counted and left', async () => {
  const { keep, log } = await open()
  const strangers = [
    { email: 'x@example.com' },
    { userId: 'x' },
    { platformId: 'x' },
    { email: 'nameless@example.com' },
  ]
  const kept = await keep(...strangers.map((recipient, index) => told({ id: `e${index}`, recipient })))
  expect([kept, log.head()]).toMatchObject([{ kept: 0, unknown: 4 }, 0])
})

test('the same event is kept once: told twice at once, again later, and after it was taken in', async () => {
  const { keep, messages, store } = await open()
  const bob = told({ recipient: { userId: 'u-bob' } })
  expect(await keep(bob, bob)).toMatchObject({ kept: 1, repeated: 1 })
  const [message] = await messages()
  await store.commit({
    ...{ now: NOW, merges: [], facts: [], deliveries: [], releases: [], profiles: [], identities: [] },
    seen: [message?.messageId ?? ''],
  })
  expect(await keep(bob)).toMatchObject({ kept: 0, repeated: 1 })
  expect(await messages()).toHaveLength(1)
})

test('what is ignored is counted by its reason', async () => {
  const { keep, log } = await open()
  const whys = ['other', 'machine', 'machine', 'temporary', 'incomplete'] as const
  const kept = await keep(...whys.map(why => ({ kind: 'ignored', why }) as const))
  expect(kept.ignored).toEqual({ other: 1, machine: 2, temporary: 1, incomplete: 1 })
  expect(log.head()).toBe(0)
})

test('a thousand events at once become entries that are read back whole', async () => {
  const { keep, log, messages } = await open()
  const recipient = { email: 'ada@example.com' }
  const kept = await keep(...Array.from({ length: 1_000 }, (_, index) => told({ id: `e${index}`, recipient })))
  expect([kept.kept, log.head(), (await messages()).length]).toEqual([1_000, 2, 2_000])
})

test('an event of the future is taken for one of now', async () => {
  const { keep, messages } = await open()
  await keep(told({ at: NOW + 3_600_000, recipient: { userId: 'u-bob' } }))
  expect((await messages()).map(({ timestamp }) => timestamp)).toEqual([NOW])
})
