/** What every connector promises, run over each member. A platform's own test adds only what is special to it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Connector, Delivery, Outcome } from '../../src/connectors/connector.ts'
import { deletionDelivery, eventDelivery, joiningDelivery, traitsDelivery } from '../support/deliveries.ts'
import {
  type Answering,
  type PlatformServer,
  type Scripted,
  type Sent,
  startPlatformServer,
} from '../support/platform-server.ts'

export const CONTRACT_KEY = 'pk_contract_key_1234567890'
/** For silences only: nothing ever comes, so how short it is does not matter. */
const IMPATIENT_MS = 200
/** Whatever the machine is busy with, loopback answers sooner. */
const PATIENT_MS = 20_000
const NOW = Date.UTC(2026, 6, 15, 12)

export interface PlatformMember {
  readonly name: string
  readonly open: (to: { url: string; apiKey: string; timeoutMs: number; now: () => number }) => Promise<Connector>
  /** How the platform takes each kind. */
  readonly taken: { readonly [K in Exclude<Delivery['kind'], 'joining'>]: Answering } & {
    /** Of a platform that joins profiles. */
    readonly joining?: Answering
  }
  /** Which kind of delivery a request serves. */
  readonly kindOf: (sent: Sent) => Delivery['kind']
  /** An error body in the platform's form, saying these words. */
  readonly refusal: (words: string) => string
  /** What the platform recognises a repeated event by; absent when it recognises none. */
  readonly idempotencyKey?: (sent: Sent) => unknown
}

/** Each has one route that takes any number. */
const KINDS: Readonly<Record<Exclude<Delivery['kind'], 'joining'>, true>> = {
  event: true,
  traits: true,
  deletion: true,
}

/** For every connector, also one that calls nobody. */
export function connectorContract(name: string, open: () => Promise<Connector>): void {
  describe(`${name} as a connector`, () => {
    test('it says what it is called, how much it takes and whom it can write to', async () => {
      const connector = await open()
      expect(connector.name).toMatch(/^[a-z]+$/)
      const { concurrency, routes } = connector.limits
      // A route may always have one call under way.
      expect(concurrency).toBeGreaterThanOrEqual(routes.length)
      const forAny = routes.filter(({ from = 1 }) => from === 1).flatMap(({ kinds }) => kinds)
      const kinds = [...Object.keys(KINDS), ...(connector.joins === undefined ? [] : ['joining'])]
      expect(forAny.toSorted()).toEqual(kinds.toSorted())
      for (const { batchSize, batchBytes, windows } of routes)
        for (const bound of [batchSize, batchBytes, ...windows.flatMap(Object.values)])
          expect(bound).toBeGreaterThanOrEqual(1)
      expect(connector.needs.traits.length).toBeGreaterThan(0)
      expect(connector.needs.event.length).toBeGreaterThan(0)
    })

    test('an empty batch has no outcomes', async () => {
      expect(await (await open()).deliver([])).toEqual([])
    })

    test('each delivery has one outcome, in the order given', async () => {
      const batch = [traitsDelivery(), eventDelivery(), eventDelivery({ profileId: 'person-2', id: 'other' })]
      expect(await (await open()).deliver(batch)).toEqual([taken, taken, taken])
    })

    test('a deletion among writes has its outcome in its place', async () => {
      const other = { profileId: 'person-2', id: 'other', identifiers: { userId: 'user-2', email: 'bo@example.com' } }
      const batch = [deletionDelivery(other), eventDelivery(), deletionDelivery()]
      const outcomes = await (await open()).deliver(batch)
      expect(outcomes.map(({ kind }) => kind)).toEqual(['delivered', 'delivered', 'delivered'])
    })
  })
}

const taken: Outcome = { kind: 'delivered' }

/** What came, how it is called, what becomes of the delivery, and the reason given. */
type Meeting = [what: string, answer: Scripted, kind: Outcome['kind'], reason: RegExp]

/** For connectors that speak HTTP. */
export function platformContract(member: PlatformMember): void {
  let server: PlatformServer
  let connector: Connector
  let impatient: Connector

  beforeAll(async () => {
    server = await startPlatformServer()
    connector = await open(server.url, PATIENT_MS)
    impatient = await open(server.url, IMPATIENT_MS)
  })
  afterAll(() => server.close())

  connectorContract(member.name, async () => {
    server.answers(sent => {
      const answer = takenOf(member.kindOf(sent))
      return typeof answer === 'function' ? answer(sent) : answer
    })
    return connector
  })

  function open(url: string, timeoutMs: number): Promise<Connector> {
    return member.open({ url, apiKey: CONTRACT_KEY, timeoutMs, now: () => NOW })
  }

  function takenOf(kind: Delivery['kind']): Answering {
    const answer = member.taken[kind]
    if (answer === undefined) throw new Error(`${member.name} is not told how a ${kind} is taken`)
    return answer
  }

  async function outcome(answer: Answering, delivery: Delivery): Promise<Outcome | undefined> {
    server.answers(answer)
    const silent = typeof answer === 'object' && (answer.kind === 'silence' || answer.kind === 'trickle')
    return (await (silent ? impatient : connector).deliver([delivery]))[0]
  }

  function says(status: number, headers: Record<string, string> = {}): Scripted {
    const body = member.refusal(`no ${status} for ${CONTRACT_KEY} or ada@example.com`)
    return { kind: 'answer', status, headers: { 'Content-Type': 'application/json', ...headers }, body }
  }

  function pageWith(status: number): Scripted {
    return { kind: 'answer', status, headers: { 'Content-Type': 'text/html' }, body: '<html>Just a moment' }
  }

  function refused(status: number, kind: Outcome['kind']): Meeting {
    return [`${status}`, says(status), kind, new RegExp(`^${status} .*no ${status} for \\[removed\\] or \\[removed\\]`)]
  }

  const answers: readonly Meeting[] = [
    ...[400, 409].map(status => refused(status, 'rejected')),
    ...[401, 403].map(status => refused(status, 'unauthorized')),
    ...[408, 423, 425, 429, 500, 502, 503, 504].map(status => refused(status, 'retry')),
    ...[200, 401, 403, 404, 502].map(
      (status): Meeting => [
        `a page with ${status}`,
        pageWith(status),
        'retry',
        new RegExp(`^${status} something other`),
      ],
    ),
    ['a page with 413', pageWith(413), 'rejected', /^413 /],
    ['an empty 503', { kind: 'answer', status: 503 }, 'retry', /^503$/],
    ['a redirect', { kind: 'answer', status: 302, headers: { Location: '/elsewhere' } }, 'retry', /^302$/],
    ['half a body', { kind: 'half-body' }, 'retry', /^the connection failed \([A-Z_]+\)$/],
    ['a body that never ends', { kind: 'trickle' }, 'retry', /^no whole answer within 200 ms$/],
    ['silence', { kind: 'silence' }, 'retry', /^no whole answer within 200 ms$/],
    ['two megabytes', { kind: 'answer', status: 200, body: ' '.repeat(2 ** 21) }, 'retry', /larger than/],
  ]

  const made = [traitsDelivery(), eventDelivery(), deletionDelivery()]
  const all: readonly Delivery[] = member.taken.joining === undefined ? made : [...made, joiningDelivery()]
  describe.each(all)(`${member.name} making $kind`, delivery => {
    test('is delivered when the platform takes it, a deletion with what it said', async () => {
      const note = { note: expect.stringMatching(/^took the deletion by .*e-mail address/) }
      const expected = { kind: 'delivered', ...(delivery.kind === 'deletion' && note) }
      expect(await outcome(takenOf(delivery.kind), delivery)).toEqual(expected)
    })

    test.each(answers)('meets %s', async (_what, answer, kind, reason) => {
      const before = server.sent.length
      const met = await outcome(answer, delivery)
      const throttled = answer.kind === 'answer' && answer.status === 429
      expect(met).toEqual({ kind, reason: expect.stringMatching(reason), ...(throttled && { throttled }) })
      expect(JSON.stringify(met)).not.toContain(CONTRACT_KEY)
      expect(JSON.stringify(met)).not.toContain('ada@example.com')
      expect(server.sent.length - before).toBe(1)
    })

    test('waits as long as a 429 asks, in seconds or until a date, at most an hour', async () => {
      expect(await outcome(says(429, { 'Retry-After': '7' }), delivery)).toMatchObject({ kind: 'retry', afterMs: 7000 })
      const date = new Date(NOW + 60_000).toUTCString()
      expect(await outcome(says(503, { 'Retry-After': date }), delivery)).toMatchObject({
        kind: 'retry',
        afterMs: 60_000,
      })
      const past = new Date(NOW - 60_000).toUTCString()
      expect(await outcome(says(503, { 'Retry-After': past }), delivery)).toMatchObject({ kind: 'retry', afterMs: 0 })
      expect(await outcome(says(429, { 'Retry-After': '86400' }), delivery)).toMatchObject({ afterMs: 3_600_000 })
      expect(await outcome(says(429, { 'Retry-After': 'soon' }), delivery)).not.toHaveProperty('afterMs')
      expect(await outcome(says(429), delivery)).not.toHaveProperty('afterMs')
    })

    test('sends the same bytes at every attempt', async () => {
      const writes = async (answer: Answering) => {
        const before = server.sent.length
        await outcome(answer, delivery)
        // What is only read may be remembered at the next attempt.
        return server.sent.slice(before).filter(({ method }) => method !== 'GET')
      }
      const refused = await writes({ kind: 'answer', status: 503 })
      const taken = await writes(takenOf(delivery.kind))
      expect(await writes(takenOf(delivery.kind))).toEqual(taken)
      expect(taken.slice(0, 1)).toEqual(refused)
      if (delivery.kind === 'event' && member.idempotencyKey !== undefined)
        expect(taken.map(member.idempotencyKey)).toContain(delivery.id)
    })

    test('survives a platform that refuses the connection', async () => {
      const nobody = await startPlatformServer()
      const lost = await open(nobody.url, PATIENT_MS)
      await nobody.close()
      const [met] = await lost.deliver([delivery])
      expect(met).toEqual({ kind: 'retry', reason: 'the connection failed (ECONNREFUSED)' })
    })
  })

  test.each([traitsDelivery(), eventDelivery()])(`${member.name} gives up $kind that meets 404`, async delivery => {
    expect((await outcome(says(404), delivery))?.kind).toBe('rejected')
  })

  test(`${member.name} deletes somebody behind what was written of them, and not while that has to be retried`, async () => {
    const before = server.sent.length
    server.answers({ kind: 'answer', status: 503 })
    const outcomes = await connector.deliver([traitsDelivery(), deletionDelivery()])
    expect(outcomes.map(({ kind }) => kind)).toEqual(['retry', 'retry'])
    expect(server.sent.slice(before).map(member.kindOf)).toEqual(['traits'])
  })

  test(`${member.name} says which of the platform's profiles it joins, and gives the others up`, async () => {
    if (member.taken.joining !== undefined) expect(connector.joins?.from.length).toBeGreaterThan(0)
    else {
      expect(connector.joins).toBeUndefined()
      expect(await connector.deliver([joiningDelivery()])).toEqual([{ kind: 'rejected', reason: expect.any(String) }])
    }
  })

  test(`${member.name} never overtakes a delivery of the same profile that has to be retried`, async () => {
    const before = server.sent.length
    server.answers({ kind: 'answer', status: 503 })
    const grace = eventDelivery({ profileId: 'other', id: 'other', identifiers: { email: 'grace@example.com' } })
    const outcomes = await connector.deliver([traitsDelivery(), eventDelivery(), grace])
    expect(outcomes.map(({ kind }) => kind)).toEqual(['retry', 'retry', 'retry'])
    // One request each for the first of both people, or one for both.
    const sent = server.sent.slice(before).map(({ body }) => body)
    expect(sent.length).toBeLessThanOrEqual(2)
    expect(sent.join()).toContain('grace@example.com')
    expect(sent.join()).not.toContain(eventDelivery().id)
  })

  test(`${member.name} goes on behind a delivery the platform refuses for good`, async () => {
    server.answers(sent => {
      if (sent.body.includes('unwelcome')) return says(400)
      const taken = sent.body.includes('Cart Abandoned') ? member.taken.event : member.taken.traits
      return typeof taken === 'function' ? taken(sent) : taken
    })
    const unwelcome = traitsDelivery({ traits: { inkling_hint: 'unwelcome' } })
    const outcomes = await connector.deliver([unwelcome, eventDelivery()])
    expect(outcomes.map(({ kind }) => kind)).toEqual(['rejected', 'delivered'])
  })
}
