/** What must hold of any real stream, held against recorded ones. */
import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { decisionFindings, type LevelFinding } from '../../bench/sessions/findings.ts'
import { ottoSample } from '../../bench/sessions/otto.ts'
import { type Person, type PlayedSet, play } from '../../bench/sessions/play.ts'
import { report } from '../../bench/sessions/report.ts'
import { serpEvtrack } from '../../bench/sessions/serp-evtrack.ts'
import { serpHover } from '../../bench/sessions/serp-hover.ts'
import { interleave } from '../../bench/sessions/session.ts'
import { shopClickstream } from '../../bench/sessions/shop-clickstream.ts'
import type { MomentFired } from '../../src/destination/engine/fact.ts'
import { defaultPolicy } from '../../src/destination/engine/policy.ts'
import { read } from '../support/markdown.ts'
import { hasShared, NEEDS_SHARED } from '../support/shared.ts'

const MAX_STATE_BYTES = 16 * 1024
const SETS = {
  'shop-clickstream': () => shopClickstream(1500),
  'otto-sessions-sample': ottoSample,
  'serp-hover': serpHover,
  'serp-evtrack': serpEvtrack,
}
const names = ['shop-clickstream', 'otto-sessions-sample', 'serp-hover', 'serp-evtrack'] as const

/** Plays a set and keeps what the assertions look at. */
function playSet(name: (typeof names)[number]) {
  const facts = createHash('sha256')
  let largest = 0
  const played = play({
    data: SETS[name](),
    policy: defaultPolicy,
    onPlayed: ({ facts: decided, state }) => {
      facts.update(JSON.stringify(decided))
      largest = Math.max(largest, Buffer.byteLength(JSON.stringify(state)))
    },
  })
  return { played, facts: facts.digest('hex'), largest }
}

function firedFor({ facts }: Person): readonly MomentFired[] {
  return facts.flatMap(fact => (fact.kind === 'moment_fired' ? [fact] : []))
}

function share({ people, ordered }: LevelFinding): number {
  return ordered / people
}

describe.skipIf(!hasShared)(`recorded sessions${NEEDS_SHARED}`, () => {
  const sets = new Map<string, ReturnType<typeof playSet>>()
  beforeAll(() => {
    for (const name of names) sets.set(name, playSet(name))
  })
  const setOf = (name: string) => {
    const set = sets.get(name)
    if (set === undefined) throw new Error(`${name} was not played`)
    return set
  }
  const fired = (played: PlayedSet) => played.people.flatMap(firedFor)

  test.each(names)('%s: every session is played, in the order things happened, and something fires', name => {
    const messages = [...interleave(SETS[name]().sessions())]
    const { played } = setOf(name)
    expect(played.sessions).toBe(SETS[name]().count)
    expect(played.messages).toBe(messages.length)
    expect(messages.every(({ receivedAt }, index) => receivedAt >= (messages[index - 1]?.receivedAt ?? 0))).toBe(true)
    expect(new Set(messages.map(({ messageId }) => messageId)).size).toBe(messages.length)
    expect(fired(played).length).toBeGreaterThan(0)
  })

  test.each(names)('%s: no state grows beyond 16 KB, whatever was just taken in', name => {
    expect(setOf(name).largest).toBeLessThanOrEqual(MAX_STATE_BYTES)
  })

  test.each(names)('%s: played twice, it gives the same facts', name => {
    expect(playSet(name).facts).toBe(setOf(name).facts)
  })

  test.each(names)('%s: everything that fired says why, with its numbers', name => {
    for (const { moment, why, properties } of fired(setOf(name).played)) {
      expect(`${moment}: ${properties['reason']}`).toBe(`${moment}: ${why}`)
      expect(why).toMatch(/\d/)
      expect(why).not.toMatch(/NaN|undefined|Infinity|null/)
      for (const value of Object.values(properties))
        if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true)
    }
  })

  test.each(names)('%s: nobody gets more than the caps allow, nor anything capped in the day after an order', name => {
    for (const person of setOf(name).played.people) {
      const times = firedFor(person)
        .filter(({ capped }) => capped)
        .map(({ at }) => at)
      for (const { limit, within } of defaultPolicy.caps)
        for (const end of times)
          expect(times.filter(at => at <= end && end - at < within).length).toBeLessThanOrEqual(limit)
      const { afterOrder } = defaultPolicy.restraint
      for (const at of times) expect(person.orders.filter(order => order <= at && at - order < afterOrder)).toEqual([])
    }
  })

  test.each(['shop-clickstream', 'otto-sessions-sample'])(
    '%s: a cart that was ordered within the waiting time is never told as abandoned',
    name => {
      const { cartAbandoned, checkoutAbandoned } = defaultPolicy.moments
      const waits = new Map([
        ['Cart Abandoned', cartAbandoned.after],
        ['Checkout Abandoned', checkoutAbandoned.after],
      ])
      let told = 0
      for (const person of setOf(name).played.people)
        for (const { moment, at } of firedFor(person)) {
          const wait = waits.get(moment)
          if (wait === undefined) continue
          told += 1
          const inTheWait = (time: number) => time > at - wait && time <= at
          expect(person.orders.filter(inTheWait)).toEqual([])
          expect(person.messageTimes.filter(inTheWait)).toEqual([])
        }
      expect(told).toBeGreaterThan(5)
    },
  )

  // The largest set may be evaluated, and no table of it kept.
  test.each(names.filter(name => name !== 'shop-clickstream'))('%s: the document says what was found', name => {
    expect(read('docs/real-sessions.md')).toContain(report(SETS[name](), setOf(name).played))
  })

  test('attention alone tells buyers: with a level that half of them reach, before anybody saw a checkout', () => {
    const policy = { ...defaultPolicy, levels: { ...defaultPolicy.levels, medium: 0.4, high: 0.6 } }
    const { people } = play({ data: shopClickstream(1500), policy })
    const [, low, medium] = decisionFindings(people.filter(({ decision }) => decision?.open))
    expect(low?.people).toBeGreaterThan(200)
    expect(medium?.people).toBeGreaterThan(200)
    expect(medium && share(medium)).toBeGreaterThan(1.2 * (low ? share(low) : 1))
  })
})
