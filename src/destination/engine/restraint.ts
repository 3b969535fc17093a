/** Why a noticed moment may not fire now: checked in one place, for every moment, in this order. */
import type { Restraint } from './fact.ts'
import { holds, type Situation } from './holds.ts'
import type { Noticed } from './moments/moment.ts'
import { clock } from './moments/words.ts'
import type { Policy } from './policy.ts'
import type { ProfileState } from './profile.ts'
import type { Silence } from './signal.ts'
import { type EventTime, since } from './time.ts'

export interface Refusal {
  readonly restraint: Restraint
  readonly why: string
}

/** Freshness is against our clock when the input was received, everything else in event time. */
export function restrain(noticed: Noticed, situation: Situation): Refusal | undefined {
  const { state, input, policy } = situation
  return (
    repeated(noticed, state) ??
    automated(state, policy) ??
    silenced(state) ??
    withoutConsent(state, policy) ??
    noticed.lacking ??
    stale(noticed, input.now) ??
    coolingDown(noticed, state, policy) ??
    justOrdered(noticed, state, policy) ??
    capped(noticed, situation)
  )
}

function repeated({ moment, cause }: Noticed, { fired }: ProfileState): Refusal | undefined {
  const before = fired.find(past => past.moment === moment && past.cause === cause)
  return before && { restraint: 'repeated', why: `${moment} already fired for this cause at ${clock(before.at)}.` }
}

function automated({ automation }: ProfileState, policy: Policy): Refusal | undefined {
  if (automation < policy.restraint.automation) return undefined
  return {
    restraint: 'automated',
    why: `A program seems to drive the browser (${Math.round(automation * 100)} % sure).`,
  }
}

const SILENCE_WORDS: Readonly<Record<Silence, string>> = {
  unsubscribed: 'They unsubscribed',
  complained: 'They marked an e-mail as spam',
  bounced: 'Their e-mail address bounced',
}

function silenced({ silenced }: ProfileState): Refusal | undefined {
  return silenced && { restraint: 'silenced', why: `${SILENCE_WORDS[silenced.silence]} at ${clock(silenced.at)}.` }
}

/** Somebody who just bought is thanked by others; the next nudge can wait. */
function justOrdered(
  { at, policy: { capped } }: Noticed,
  { lastOrder }: ProfileState,
  policy: Policy,
): Refusal | undefined {
  if (!capped || lastOrder === undefined || Math.abs(since(lastOrder.at, at)) >= policy.restraint.afterOrder)
    return undefined
  return {
    restraint: 'just_ordered',
    why: `They ordered at ${clock(lastOrder.at)}; nothing more for ${minutes(policy.restraint.afterOrder) / 60} h.`,
  }
}

/** @returns the consent category that is needed and not granted; a site that stamps no consent is not asked. */
export function missingConsent({ consent }: ProfileState, policy: Policy): string | undefined {
  return consent === undefined ? undefined : policy.consent.find(category => consent[category] !== true)
}

function withoutConsent(state: ProfileState, policy: Policy): Refusal | undefined {
  const missing = missingConsent(state, policy)
  return missing === undefined
    ? undefined
    : { restraint: 'no_consent', why: `Consent category ${missing} is not granted.` }
}

function stale({ at, policy }: Noticed, now: EventTime): Refusal | undefined {
  const age = since(at, now)
  if (age <= policy.freshFor) return undefined
  return {
    restraint: 'stale',
    why: `It happened ${minutes(age)} min ago; it is fresh for ${minutes(policy.freshFor)} min.`,
  }
}

function coolingDown(
  { moment, variant, at, policy: { cooldown } }: Noticed,
  state: ProfileState,
  policy: Policy,
): Refusal | undefined {
  const last = state.fired.findLast(past => past.moment === moment && past.variant === variant)
  const pause = cooldown * policy.restraint.cooldownByLevel[state.level]
  if (last === undefined || Math.abs(since(last.at, at)) >= pause) return undefined
  return { restraint: 'cooling_down', why: `It fired at ${clock(last.at)} and stays silent for ${minutes(pause)} min.` }
}

function capped({ at, policy: { capped } }: Noticed, situation: Situation): Refusal | undefined {
  if (!capped) return undefined
  const { state, policy } = situation
  const segment = policy.segments.find(({ when }) => when.every(condition => holds(condition, situation)))
  for (const { limit, within } of segment?.caps ?? policy.caps) {
    const count = state.fired.filter(past => past.capped && Math.abs(since(past.at, at)) < within).length
    if (count < limit) continue
    const whose = segment === undefined ? 'the cap' : `the cap for ${segment.name}`
    return { restraint: 'capped', why: `${count} moments fired within ${within / 3_600_000} h; ${whose} is ${limit}.` }
  }
  return undefined
}

function minutes(span: number): number {
  return Math.round(span / 60_000)
}
