/** Given what happened, when something more happens, then this is decided: an example that reads like its sentence. */
import { expect } from 'vitest'
import { createPlayback } from '../../src/destination/backtest/playback.ts'
import type { InklingConfig } from '../../src/destination/define-config.ts'
import type { Fact, MomentFired, MomentWithheld, Restraint } from '../../src/destination/engine/fact.ts'
import type { Message } from '../../src/destination/engine/message.ts'
import type { Policy } from '../../src/destination/engine/policy.ts'
import { initialState, type ProfileState } from '../../src/destination/engine/profile.ts'
import { pointsAt } from '../../src/destination/engine/score.ts'
import type { EventTime } from '../../src/destination/engine/time.ts'
import { currentTraits } from '../../src/destination/engine/traits.ts'
import { parsePolicy } from '../../src/destination/parse-policy.ts'
import { at } from './messages.ts'

/** A message, or a clock that shows a time by which nothing more has happened. */
type Happening = Message | { readonly clock: EventTime }

interface Outcome {
  readonly state: ProfileState
  readonly now: EventTime
  /** Decided since `when`. */
  readonly facts: readonly Fact[]
  readonly policy: Policy
}
type Expectation = (outcome: Outcome) => void

interface Given {
  when(...happenings: readonly Happening[]): { then(...expectations: readonly Expectation[]): void }
}

export function given(...before: readonly Happening[]): Given {
  return under({}).given(...before)
}

/** The same under another configuration. */
export function under(config: InklingConfig): { given(...before: readonly Happening[]): Given } {
  const parsed = parsePolicy(config)
  if (parsed.kind === 'invalid') throw new Error(parsed.problems.join('\n'))
  const { policy } = parsed
  return {
    given: (...before) => ({
      when: (...happenings) => ({
        // biome-ignore lint/suspicious/noThenProperty: given, when, then is how an example reads, and nobody awaits it.
        then: (...expectations) => {
          const outcome = play(before, happenings, policy)
          for (const expectation of expectations) expectation(outcome)
        },
      }),
    }),
  }
}

export function itIs(clock: string): Happening {
  return { clock: at(clock) }
}

/** It reached us only so much later: held up on the way. */
export function arriving(clock: string, message: Message): Message {
  return { ...message, receivedAt: at(clock) }
}

function play(before: readonly Happening[], happenings: readonly Happening[], policy: Policy): Outcome {
  let facts: readonly Fact[] = []
  const playback = createPlayback(policy, taken => {
    facts = [...facts, ...taken.facts]
  })
  let now = at('00:00')
  const happen = (happening: Happening) => {
    now = 'clock' in happening ? happening.clock : happening.receivedAt
    if ('clock' in happening) playback.finish(now)
    else playback.take({ receivedAt: now, messages: [happening] })
  }
  before.forEach(happen)
  facts = []
  happenings.forEach(happen)
  const [[, state] = ['', initialState]] = [...playback.people.all()]
  return { state, now, facts, policy }
}

export function fires(moment: string, told: Partial<MomentFired> = {}): Expectation {
  return ({ facts }) => {
    const fired = facts.filter(fact => fact.kind === 'moment_fired').filter(fact => fact.moment === moment)
    expect(fired.length, `${moment} fires once`).toBe(1)
    expect(fired[0]).toMatchObject(told)
  }
}

export function firesNo(moment: string): Expectation {
  return ({ facts }) => expect(facts).not.toContainEqual(expect.objectContaining({ kind: 'moment_fired', moment }))
}

export function withholds(moment: string, restraint: Restraint, told: Partial<MomentWithheld> = {}): Expectation {
  return outcome => {
    firesNo(moment)(outcome)
    expect(outcome.facts).toContainEqual(
      expect.objectContaining({ kind: 'moment_withheld', moment, restraint, ...told }),
    )
  }
}

export function level(expected: string): Expectation {
  return ({ state }) => expect(state.level).toBe(expected)
}

export function points(expected: number): Expectation {
  return ({ state, now, policy }) => expect(pointsAt(state.balance, now, policy.score)).toBeCloseTo(expected, 6)
}

export function trait(name: string, expected: unknown): Expectation {
  return ({ state, now, policy }) => expect(currentTraits(state, now, policy)[name]).toEqual(expected)
}

/** What an event hands over for its flow to read. */
export function handsOver(traits: Readonly<Record<string, unknown>>): Expectation {
  return ({ facts }) =>
    expect(facts).toContainEqual(
      expect.objectContaining({ kind: 'traits_changed', traits: expect.objectContaining(traits) }),
    )
}
