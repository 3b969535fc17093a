/** What holds of everybody in a stream, with timers firing between the messages and profiles turning out to be one. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createPlayback, type Played } from '../../../src/destination/backtest/playback.ts'
import type { Fact, MomentFired } from '../../../src/destination/engine/fact.ts'
import type { Message } from '../../../src/destination/engine/message.ts'
import { defaultPolicy, type Policy } from '../../../src/destination/engine/policy.ts'
import type { ProfileState } from '../../../src/destination/engine/profile.ts'
import { after, DAY, duration, eventTime, HOUR, since } from '../../../src/destination/engine/time.ts'
import { parsePolicy } from '../../../src/destination/parse-policy.ts'
import { type Act, anyActs, STREAM_START, streams } from '../../support/streams.ts'

const known: fc.Arbitrary<Act> = fc.oneof(
  { weight: 12, arbitrary: anyActs },
  fc.constantFrom('a', 'b', 'c', 'u', 'v').map((previousId): Act => ({ type: 'alias', previousId })),
)
const crowd = streams({
  seconds: 100_000,
  anonymousIds: ['a', 'b', 'c'],
  userIds: ['u', 'v', undefined, undefined],
  acts: known,
  length: 40,
})

/** Everything that was told of one person, under whatever ids. */
interface Life {
  readonly facts: readonly Fact[]
  readonly messages: readonly Message[]
}

/** @param look - called after each input with the life as it was before it. */
function live(messages: readonly Message[], policy: Policy, look: (played: Played, life: Life) => void) {
  const lives = new Map<string, Life>()
  const playback = createPlayback(policy, played => {
    const joined = [played.profileId, ...played.joined.map(({ from }) => from)].flatMap(id => lives.get(id) ?? [])
    for (const { from } of played.joined) lives.delete(from)
    const life = { facts: joined.flatMap(({ facts }) => facts), messages: joined.flatMap(({ messages }) => messages) }
    look(played, life)
    const { message } = played
    lives.set(played.profileId, {
      facts: [...life.facts, ...played.facts],
      messages: message === undefined ? life.messages : [...life.messages, message],
    })
  })
  for (const message of messages) playback.take({ receivedAt: message.receivedAt, messages: [message] })
  playback.finish(after(STREAM_START, duration(40 * DAY)))
  return playback.people
}

const firedIn = (facts: readonly Fact[]): readonly MomentFired[] => facts.filter(fact => fact.kind === 'moment_fired')

/** Nothing else holds a moment back. */
function policyWith(caps: readonly { readonly limit: number; readonly within: '1h' | '48h' }[]): Policy {
  const eager = { cooldown: '1ms', capped: true } as const
  const names = Object.keys(defaultPolicy.moments)
  const parsed = parsePolicy({
    caps,
    moments: Object.fromEntries(names.map(name => [name, eager])),
    restraint: { afterOrder: '1ms', sustained: '1ms' },
  })
  if (parsed.kind === 'invalid') throw new Error(parsed.problems.join('\n'))
  return parsed.policy
}

test('no cap is ever exceeded, however people act and turn out to be one', () => {
  const caps = fc.array(
    fc.record({ limit: fc.integer({ min: 1, max: 4 }), within: fc.constantFrom('1h' as const, '48h' as const) }),
    { minLength: 1, maxLength: 2 },
  )
  let held = 0
  fc.assert(
    fc.property(crowd, caps, (messages, caps) => {
      const policy = policyWith(caps)
      live(messages, policy, ({ facts }, life) => {
        // A step at the instant of the moment that starts its sequence is part of it, and not counted.
        const before = firedIn(life.facts).filter(({ capped }) => capped)
        for (const fact of facts) {
          if (fact.kind === 'moment_withheld' && fact.restraint === 'capped') held += 1
          if (fact.kind !== 'moment_fired' || !fact.capped) continue
          for (const { limit, within } of policy.caps)
            expect(before.filter(past => Math.abs(since(past.at, fact.at)) < within).length).toBeLessThan(limit)
          before.push(fact)
        }
      })
    }),
  )
  expect(held).toBeGreaterThan(50)
})

test('what an order, a return or a second use took back never fires', () => {
  const fired: Record<string, number> = {}
  fc.assert(
    fc.property(crowd, messages => {
      live(messages, defaultPolicy, ({ facts }, life) => {
        for (const { moment, cause, at } of firedIn(facts)) {
          fired[moment] = (fired[moment] ?? 0) + 1
          const newest = Math.max(...life.messages.map(({ timestamp }) => timestamp))
          const caused = life.messages.find(({ messageId }) => messageId === cause)?.timestamp ?? 0
          const orders = life.messages.filter(({ event }) => event === 'Order Completed')
          const quiet = { 'Cart Abandoned': 30, 'Checkout Abandoned': 30, 'Form Abandoned': 10, 'Session Exited': 1.5 }
          for (const [name, minutes] of Object.entries(quiet))
            if (moment === name) expect(newest).toBeLessThanOrEqual(at - minutes * 60_000)
          if (moment === 'Cart Abandoned' || moment === 'Checkout Abandoned')
            expect(orders.filter(({ timestamp }) => timestamp > caused)).toEqual([])
          if (moment === 'Feature Adoption Stalled') {
            const [feature] = cause.split(':')
            expect(life.messages.filter(({ properties }) => properties['feature'] === feature)).toHaveLength(1)
          }
        }
      })
    }),
  )
  for (const name of [
    'Cart Abandoned',
    'Checkout Abandoned',
    'Form Abandoned',
    'Session Exited',
    'Feature Adoption Stalled',
  ])
    expect(fired[name], name).toBeGreaterThan(3)
})

test('each fact has an id of its own, so that each write is made once', () => {
  fc.assert(
    fc.property(crowd, fc.array(fc.integer({ min: 0, max: 8 * HOUR }), { maxLength: 10 }), (messages, lateness) => {
      const ids = new Set<string>()
      live(delayedBy(messages, lateness), defaultPolicy, ({ facts }) => {
        for (const { id, kind } of facts) {
          expect(ids, `${kind} ${id}`).not.toContain(id)
          ids.add(id)
        }
      })
    }),
  )
})

/** Received so much later than they happened, each by its own delay. */
function delayedBy(messages: readonly Message[], lateness: readonly number[]): readonly Message[] {
  return messages
    .map((message, index) => ({
      ...message,
      receivedAt: eventTime(message.timestamp + (lateness[index % Math.max(lateness.length, 1)] ?? 0)),
    }))
    .toSorted((a, b) => a.receivedAt - b.receivedAt)
}

/** What is known of a person, without what was told of it and when it is asked again. */
function knownOf({
  fired: _fired,
  withheld: _withheld,
  missed: _missed,
  written: _written,
  timers: _timers,
  timersTaken: _taken,
  sequences: _sequences,
  ...known
}: ProfileState) {
  return known
}

test('a stream that arrives a day late fires nothing, and leaves the same profiles as one that was on time', () => {
  fc.assert(
    fc.property(crowd, messages => {
      const told: MomentFired[] = []
      const onTime = live(messages, defaultPolicy, () => undefined)
      const late = live(delayedBy(messages, [DAY]), defaultPolicy, ({ facts }) => told.push(...firedIn(facts)))
      expect(told).toEqual([])
      expect(late.count()).toBe(onTime.count())
      for (const [id, state] of onTime.all()) {
        const again = late.stateOf(id)
        expect(again && knownOf(again)).toEqual(knownOf(state))
      }
    }),
  )
})

test('clocks that jump, forward, back and to the beginning of time, corrupt nothing', () => {
  const jump = fc.oneof(fc.constant(0), fc.integer({ min: -400 * DAY, max: 400 * DAY }), fc.constant(-STREAM_START))
  fc.assert(
    fc.property(
      crowd,
      fc.array(fc.record({ ours: jump, theirs: jump }), { minLength: 1, maxLength: 8 }),
      (stream, jumps) => {
        const messages = stream.map((message, index): Message => {
          const { ours, theirs } = jumps[index % jumps.length] ?? { ours: 0, theirs: 0 }
          const receivedAt = Math.max(message.receivedAt + ours, 0)
          // As the parser clamps it.
          const timestamp = Math.min(Math.max(message.timestamp + theirs, 0), receivedAt)
          return { ...message, timestamp: eventTime(timestamp), receivedAt: eventTime(receivedAt) }
        })
        const people = live(messages, defaultPolicy, ({ before, state, facts }) => {
          expect(state.lastSeen).toBeGreaterThanOrEqual(before.lastSeen)
          for (const fact of facts) expect(Number.isFinite(fact.at)).toBe(true)
        })
        for (const [, state] of people.all()) {
          const text = JSON.stringify(state)
          // JSON has no word for what is no number.
          expect(text).not.toContain('null,"at"')
          expect(JSON.parse(text)).toEqual(state)
          expect(Buffer.byteLength(text)).toBeLessThan(16_384)
        }
      },
    ),
  )
})
