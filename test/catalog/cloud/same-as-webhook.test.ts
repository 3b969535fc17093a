/**
 * What Segment sends through this destination arrives as the same events do through the webhook: two running services keep
 * the same messages and come to know the same people. Compared is every member of a message as it is read from the log, and
 * what the service tells of each person but for how far its deliveries are. Left aside are members that a call of the type
 * does not have, such as traits of a track call: the webhook passes them on, and nothing reads them; and a `context` that
 * is null, on which the framework itself fails.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SegmentEvent } from '@segment/actions-core'
import { parseFql, validate } from '@segment/destination-subscriptions'
import { describe, expect, onTestFinished, test } from 'vitest'
import definition from '../../../catalog/cloud/index'
import type { Message } from '../../../src/destination/engine/message.ts'
import type { Person } from '../../../src/destination/explain.ts'
import { openSqliteLogToRead } from '../../../src/destination/intake/sqlite.ts'
import type { LogEvent } from '../../../src/destination/log-event.ts'
import { messagesOf } from '../../../src/destination/parse.ts'
import { areCapturesHere, captures } from '../../destination/routes/captured.ts'
import { openLiveService } from '../../support/live-service.ts'
import { type Connection, connect, KEY_ID, SECRET } from './connection.ts'
import { standardEvents } from './standard-events.ts'

interface Side {
  readonly url: string
  readonly cloud: Connection
  /** One request of the webhook. */
  webhook(body: unknown): Promise<void>
  /** @returns every message in the log, once the service has acted on all of them. */
  messages(): Promise<readonly Message[]>
  person(id: string): Promise<object>
}

async function openSide(now: number): Promise<Side> {
  const dataDir = mkdtempSync(join(tmpdir(), 'inkling-catalog-'))
  onTestFinished(() => rmSync(dataDir, { recursive: true }))
  const service = await openLiveService({
    environment: { DATA_DIR: dataDir, SIGNING_KEYS: `${KEY_ID}:${SECRET}` },
    config: { customMoments: [{ name: LAST, when: { event: LAST } }] },
    now: () => now,
  })
  const webhook = async (body: unknown) => {
    const { status } = await fetch(`${service.url}/segment`, { method: 'POST', body: JSON.stringify(body) })
    if (status !== 200) throw new Error(`the webhook answered ${status}`)
  }
  let asked = 0
  return {
    url: service.url,
    cloud: connect(service.url),
    webhook,
    messages: async () => {
      asked += 1
      // Whoever comes last in the log is acted on last.
      const last = `last ${asked}`
      const timestamp = new Date(now).toISOString()
      await webhook({ type: 'track', event: LAST, userId: last, messageId: last, timestamp })
      await service.until(() => service.events.filter(isLast).length === asked)
      const log = openSqliteLogToRead(join(dataDir, 'log.db'))
      const entries = await log.read(0, 10_000)
      log.close()
      return entries.flatMap(messagesOf).filter(({ event }) => event !== LAST)
    },
    person: async id => {
      const answer = await fetch(`${service.url}/api/people/${encodeURIComponent(id)}`)
      if (answer.status !== 200) throw new Error(`nobody is known as ${id}`)
      return decided(await answer.json())
    },
  }
}

const LAST = 'Everything Taken'
const isLast = (event: LogEvent) => event.kind === 'moment fired' && event.moment === LAST

/** When a trait is written depends on what has been delivered by then; what has been decided does not. */
function decided({ platforms: _platforms, deliveries, ...person }: Person): object {
  const moments = deliveries.filter(({ kind }) => kind !== 'traits')
  return { ...person, moments: moments.map(({ id, kind, name, plannedAt }) => ({ id, kind, name, plannedAt })) }
}

async function openBoth(): Promise<{ readonly through: Side; readonly beside: Side }> {
  const now = Date.now()
  return { through: await openSide(now), beside: await openSide(now) }
}

/** Everybody that any of the events is about. */
const idsIn = (messages: readonly Message[]): readonly string[] =>
  [...new Set(messages.flatMap(({ userId, anonymousId, previousId }) => [userId, anonymousId, previousId]))].filter(
    id => id !== undefined,
  )

async function expectSame({ through, beside }: Awaited<ReturnType<typeof openBoth>>, count: number) {
  const messages = await through.messages()
  expect(messages).toHaveLength(count)
  expect(messages).toEqual(await beside.messages())
  const people = idsIn(messages)
  expect(people.length).toBeGreaterThan(0)
  for (const id of people) expect([id, await through.person(id)]).toEqual([id, await beside.person(id)])
}

/** The mappings that take an event. */
const takersOf = (event: SegmentEvent): readonly string[] =>
  (definition.presets ?? []).flatMap(preset =>
    'subscribe' in preset && validate(parseFql(preset.subscribe), event) ? [preset.partnerAction] : [],
  )

async function sendInBatches(
  { through, beside }: Awaited<ReturnType<typeof openBoth>>,
  events: readonly SegmentEvent[],
) {
  for (const [action, batch] of Map.groupBy(events, event => takersOf(event)[0] ?? '')) {
    const statuses = await through.cloud.batch(action, batch)
    expect(statuses.filter(({ status }) => status !== 200)).toEqual([])
    await beside.webhook(batch)
  }
}

async function sendOneByOne(
  { through, beside }: Awaited<ReturnType<typeof openBoth>>,
  events: readonly SegmentEvent[],
) {
  for (const event of events) {
    await through.cloud.event(structuredClone(event))
    await beside.webhook(event)
  }
}

describe('every standard event', () => {
  test('arrives one by one as through the webhook', async () => {
    const both = await openBoth()
    const events = standardEvents(Date.now())
    await sendOneByOne(both, events)
    await expectSame(both, events.length)
  })

  test('arrives in batches as through the webhook', async () => {
    const both = await openBoth()
    const events = standardEvents(Date.now())
    await sendInBatches(both, events)
    await expectSame(both, events.length)
  })
})

describe.skipIf(!areCapturesHere)('every captured event (skipped where ../shared/fixtures is absent)', () => {
  const events = captures().flatMap(({ name, body }) => (body === '' ? [] : eventsIn(name, JSON.parse(body))))

  test('there are events of every type', () => {
    const types = new Set(events.map(({ type }) => type))
    expect([...types].toSorted()).toEqual(['alias', 'group', 'identify', 'page', 'screen', 'track'])
  })

  test('arrives one by one as through the webhook', async () => {
    const both = await openBoth()
    await sendOneByOne(both, events)
    await expectSame(both, events.length)
  })

  test('arrives in batches as through the webhook', async () => {
    const both = await openBoth()
    await sendInBatches(both, events)
    await expectSame(both, events.length)
  })
})

/**
 * The events of a captured request; each gets an id of its own, as some requests hold the same event. They happen now: what
 * came due since they were captured would fire whenever a service gets to it, and two services need not do so in one order.
 */
function eventsIn(request: string, body: unknown): readonly SegmentEvent[] {
  const { batch = body } = body as { batch?: unknown }
  const elements = Array.isArray(batch) ? batch : [batch]
  return elements.map((element, index) => ({
    ...('json' in element ? element.json : element),
    messageId: `${request} ${index}`,
    timestamp: new Date(Date.now() + 60_000).toISOString(),
  }))
}

test('a deletion forgets the person as through the webhook', async () => {
  const both = await openBoth()
  const ada: SegmentEvent = { type: 'identify', userId: 'ada', messageId: 'm-1', traits: { email: 'ada@example.com' } }
  await sendOneByOne(both, [ada])
  await expectSame(both, 1)

  const { through, beside } = both
  await through.cloud.forget({ userId: 'ada' })
  await beside.webhook({ type: 'delete', userId: 'ada' })
  // The message goes too, with everything that names them.
  for (const { person } of [through, beside]) await expect.poll(() => person('ada')).toHaveProperty('identifiers', {})
  const forgotten = await through.person('ada')
  expect(forgotten).toMatchObject({ traits: {}, story: [{ outcome: 'deleted' }] })
  expect(forgotten).toEqual(await beside.person('ada'))
})

test('the connection test passes, and fails where the key is another', async () => {
  const { url, cloud } = await openSide(Date.now())
  await cloud.test()
  await expect(connect(url, 'another-secret-of-enough-length').test()).rejects.toThrow(
    'Inkling refused the signature: check key id and secret. X-Inkling-Signature does not fit.',
  )
})

test('what the service refuses of a batch is told event by event, with its reason', async () => {
  const { cloud } = await openSide(Date.now())
  const event = (userId: string): SegmentEvent => ({ type: 'track', event: 'Feature Used', userId })
  const statuses = await cloud.batch('trackEvent', [event('ada'), event('x'.repeat(300)), event('bob')])
  expect(statuses.map(({ status, errormessage }) => [status, errormessage])).toEqual([
    [200, undefined],
    [400, 'userId: found 300 characters, expected a string of at most 255 characters or a whole number'],
    [200, undefined],
  ])
})
